//! The way from text to sentences that can be spoken.

use super::TextError;
use super::homographs::{self, Features, Homographs};
use super::inline::{self, Piece};
use super::lexicon::UserLexicon;
use super::normalise::Normaliser;
use super::phonemes;
use super::phrases;
use super::pronouncer::Pronouncer;
use super::sentence::{Gap, MAX_SYMBOLS, Sentence};
use super::sentences::{End, Sentences};
use super::spoken::{Pause, Spoken, render, tidy};

/// Turns English text into sentences of symbols.
#[derive(Debug)]
pub struct FrontEnd {
    normaliser: Normaliser,
    pronouncer: Pronouncer,
}

/// What is carried from sentence to sentence.
#[derive(Debug)]
struct Flow {
    /// The silence before the next part.
    gap: Gap,
    rate: f32,
    /// Parts that are ready.
    parts: Vec<Sentence>,
}

impl FrontEnd {
    /// Reads the built-in dictionary and models.
    ///
    /// # Errors
    /// [`TextError::DamagedData`] if a file in `weights/g2p` was damaged when this was built.
    pub fn new() -> Result<Self, TextError> {
        Ok(Self {
            normaliser: Normaliser::new(),
            pronouncer: Pronouncer::new()?,
        })
    }

    /// Pronounces the words of a user's lexicon as it says.
    pub fn set_lexicon(&mut self, lexicon: UserLexicon) {
        self.pronouncer.set_user_lexicon(lexicon);
    }

    /// Splits any text into sentences that can be spoken one by one. Sentences without anything
    /// to pronounce are passed over. The text is read as the iterator advances.
    ///
    /// # Errors
    /// The iterator ends after the first error: [`TextError::NothingToSay`] if the text has no
    /// sentence at all, [`TextError::TooManyPhones`] for inline phones longer than a sentence.
    pub fn sentences<'a>(
        &'a self,
        text: &'a str,
    ) -> impl Iterator<Item = Result<Sentence, TextError>> + 'a {
        let mut sources = Sentences::new(text);
        let mut flow = Flow {
            gap: Gap::Sentence,
            rate: 1.0,
            parts: Vec::new(),
        };
        // Parts that are left of the last sentence, the next one last.
        let mut waiting: Vec<Sentence> = Vec::new();
        let mut spoken_any = false;
        let mut ended = false;
        std::iter::from_fn(move || {
            while waiting.is_empty() && !ended {
                let outcome = match sources.next() {
                    Some((source, end)) => self.speak(source, end, &mut flow),
                    None if spoken_any => return None,
                    None => Err(TextError::NothingToSay),
                };
                if let Err(error) = outcome {
                    ended = true;
                    return Some(Err(error));
                }
                waiting.append(&mut flow.parts);
                waiting.reverse();
                spoken_any |= !waiting.is_empty();
            }
            waiting.pop().map(Ok)
        })
    }

    /// The readings of words with several pronunciations.
    #[must_use]
    pub fn homographs(&self) -> &Homographs {
        self.pronouncer.homographs()
    }

    /// The homographs of a text, in order, with what their sentences tell about them: the examples
    /// that the classifier is trained on.
    #[must_use]
    pub fn homograph_features(&self, text: &str) -> Vec<(String, Features)> {
        let spoken = Sentences::new(text)
            .map(|(sentence, _)| tidy(self.normaliser.speak(sentence, self.pronouncer.lexicon())));
        spoken
            .flat_map(|sentence| homographs::occurrences(self.homographs(), &sentence))
            .collect()
    }

    /// Speaks a sentence, in as many parts as its pauses and its length need.
    fn speak(&self, source: &str, end: End, flow: &mut Flow) -> Result<(), TextError> {
        inline::warn_of_others(source);
        let pieces = inline::pieces(source);
        let is_command = |piece: &Piece<'_>| matches!(piece, Piece::Pause(_) | Piece::Rate(_));
        if pieces.iter().any(is_command) {
            let mut start = 0;
            for (place, length, command) in inline::commands(source) {
                self.speak_part(&source[start..place], true, flow)?;
                start = place + length;
                match command {
                    Piece::Pause(silence) => flow.gap = Gap::Silence(silence),
                    Piece::Rate(rate) => flow.rate = rate,
                    Piece::Text(_) | Piece::Phones(_) => {}
                }
            }
            self.speak_part(&source[start..], end == End::Cut, flow)?;
        } else {
            self.speak_part(source, end == End::Cut, flow)?;
        }
        if !matches!(flow.gap, Gap::Silence(_)) {
            flow.gap = match end {
                End::Sentence => flow.gap,
                End::Paragraph => Gap::Paragraph,
                End::Cut => Gap::Phrase,
            };
        }
        Ok(())
    }

    /// Appends a text without pauses in it, cut where it is too long. If its sentence goes on, it
    /// ends with the tone of a comma.
    fn speak_part(&self, source: &str, goes_on: bool, flow: &mut Flow) -> Result<(), TextError> {
        let mut spoken = Vec::new();
        for piece in inline::pieces(source) {
            match piece {
                Piece::Text(text) => {
                    spoken.extend(self.normaliser.speak(text, self.pronouncer.lexicon()));
                }
                Piece::Phones(phones) if !phones.is_empty() => spoken.push(Spoken::Phones(phones)),
                _ => {}
            }
        }
        let mut spoken = tidy(spoken);
        let stops = matches!(spoken_end(source), Some('.' | '!' | '?' | '…' | ':'));
        if let Some(Spoken::Pause(last)) = spoken.last_mut()
            && goes_on
            && !stops
        {
            *last = Pause::Comma;
        }
        let words = phonemes::pronounce(&spoken, &self.pronouncer);
        let spoken = phrases::add_pauses(spoken);
        let symbols = phonemes::symbols(&spoken, &words);
        if symbols.len() > MAX_SYMBOLS {
            let (left, right) =
                phrases::cut(source).ok_or(TextError::TooManyPhones { limit: MAX_SYMBOLS })?;
            self.speak_part(left, true, flow)?;
            if !matches!(flow.gap, Gap::Silence(_)) {
                flow.gap = Gap::Phrase;
            }
            return self.speak_part(right, goes_on, flow);
        }
        if words.iter().any(|word| !word.phones.is_empty()) {
            flow.parts.push(Sentence {
                source: source.trim().to_owned(),
                normalised: render(&spoken),
                symbols,
                words,
                gap: flow.gap,
                rate: flow.rate,
            });
            flow.gap = Gap::Sentence;
        }
        Ok(())
    }
}

/// The last mark of a text that says how it ends.
fn spoken_end(text: &str) -> Option<char> {
    text.trim_end_matches(|c: char| c.is_whitespace() || "\"'”’)]*_".contains(c))
        .chars()
        .next_back()
}

#[cfg(test)]
mod tests;
