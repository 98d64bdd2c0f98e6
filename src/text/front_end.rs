//! The way from text to sentences that can be spoken.

use super::TextError;
use super::inline::{self, Piece};
use super::normalise::Normaliser;
use super::phonemes;
use super::pronouncer::Pronouncer;
use super::sentence::{MAX_SYMBOLS, Sentence};
use super::sentences::{Sentences, halve};
use super::spoken::{Spoken, render, tidy};

/// Turns English text into sentences of symbols.
#[derive(Debug)]
pub struct FrontEnd {
    normaliser: Normaliser,
    pronouncer: Pronouncer,
}

impl FrontEnd {
    /// Reads the built-in dictionary and the letter-to-sound model.
    ///
    /// # Errors
    /// [`TextError::DamagedData`] if a file in `weights/g2p` was damaged when this was built.
    pub fn new() -> Result<Self, TextError> {
        Ok(Self {
            normaliser: Normaliser::new(),
            pronouncer: Pronouncer::new()?,
        })
    }

    /// Splits any text into sentences that can be spoken one by one. Sentences without anything
    /// to pronounce are passed over. The text is read as the iterator advances.
    ///
    /// # Errors
    /// The iterator ends after the first error: [`TextError::NothingToSay`] if the text has no
    /// sentence at all; [`TextError::UnbalancedBrackets`], [`TextError::UnknownPhone`] and
    /// [`TextError::TooManyPhones`] for wrong inline phones.
    pub fn sentences<'a>(
        &'a self,
        text: &'a str,
    ) -> impl Iterator<Item = Result<Sentence, TextError>> + 'a {
        let mut sources = Sentences::new(text);
        // Parts that are left of the last sentence, the next one last.
        let mut parts: Vec<Sentence> = Vec::new();
        let mut spoken_any = false;
        let mut ended = false;
        std::iter::from_fn(move || {
            while parts.is_empty() && !ended {
                let outcome = match sources.next() {
                    Some(source) => self.speak(source, &mut parts),
                    None if spoken_any => return None,
                    None => Err(TextError::NothingToSay),
                };
                if let Err(error) = outcome {
                    ended = true;
                    return Some(Err(error));
                }
                parts.reverse();
                spoken_any |= !parts.is_empty();
            }
            parts.pop().map(Ok)
        })
    }

    /// Appends the sentence, in as many parts as its length needs.
    fn speak(&self, source: &str, parts: &mut Vec<Sentence>) -> Result<(), TextError> {
        let mut spoken = Vec::new();
        for piece in inline::pieces(source)? {
            match piece {
                Piece::Text(text) => {
                    spoken.extend(self.normaliser.speak(text, self.pronouncer.lexicon()));
                }
                Piece::Phones(phones) if phones.is_empty() => {}
                Piece::Phones(phones) => spoken.push(Spoken::Phones(phones)),
            }
        }
        let spoken = tidy(spoken);
        let symbols = phonemes::symbols(&spoken, &self.pronouncer);
        if symbols.len() > MAX_SYMBOLS {
            let (left, right) =
                halve(source).ok_or(TextError::TooManyPhones { limit: MAX_SYMBOLS })?;
            self.speak(left, parts)?;
            return self.speak(right, parts);
        }
        if !symbols.is_empty() {
            let normalised = render(&spoken);
            parts.push(Sentence {
                source: source.to_owned(),
                normalised,
                symbols,
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
