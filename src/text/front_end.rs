//! The way from text to sentences that can be spoken.

use std::sync::Arc;

use super::TextError;
use super::excerpt;
use super::homographs::{self, Features, Homographs};
use super::inline::{self, Piece};
use super::lexicon::UserLexicon;
use super::normalise::Normaliser;
use super::phonemes;
use super::phrases;
use super::pronouncer::Pronouncer;
use super::sentence::{Gap, MAX_SYMBOLS, PronouncedWord, Sentence};
use super::sentences::{End, Sentences};
use super::spoken::{Pause, Spoken, render, tidy};
use super::symbols::Symbol;

/// A text of about so many symbols is cut without being read: estimates are good to a sixth.
const SURELY_TOO_LONG: usize = MAX_SYMBOLS * 6 / 5;

/// Turns English text into sentences of symbols. Clones share the dictionary and the models.
#[derive(Debug, Clone)]
pub struct FrontEnd {
    normaliser: Arc<Normaliser>,
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

impl Flow {
    /// Appends a part unless there is nothing to pronounce in it.
    fn push(
        &mut self,
        source: String,
        spoken: &[Spoken],
        symbols: Vec<Symbol>,
        words: Vec<PronouncedWord>,
    ) {
        if words.iter().all(|word| word.phones.is_empty()) {
            return;
        }
        self.parts.push(Sentence {
            source,
            normalised: render(spoken),
            symbols,
            words,
            gap: self.gap,
            rate: self.rate,
        });
        self.gap = Gap::Sentence;
    }

    /// The gap before the next part, unless a silence was asked for.
    fn go_on(&mut self, gap: Gap) {
        if !matches!(self.gap, Gap::Silence(_)) {
            self.gap = gap;
        }
    }
}

impl FrontEnd {
    /// Reads the built-in dictionary and models.
    ///
    /// # Errors
    /// [`TextError::DamagedData`] if a file in `weights/g2p` was damaged when this was built.
    pub fn new() -> Result<Self, TextError> {
        Ok(Self {
            normaliser: Arc::new(Normaliser::new()),
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
        match end {
            End::Sentence => {}
            End::Paragraph => flow.go_on(Gap::Paragraph),
            End::Cut => flow.go_on(Gap::Phrase),
        }
        Ok(())
    }

    /// Appends a text without pauses in it, cut where it is too long. If its sentence goes on, it
    /// ends with the tone of a comma.
    fn speak_part(&self, source: &str, goes_on: bool, flow: &mut Flow) -> Result<(), TextError> {
        let mut spoken = self.words(source);
        let stops = matches!(spoken_end(source), Some('.' | '!' | '?' | '…' | ':'));
        if let Some(Spoken::Pause(last)) = spoken.last_mut()
            && goes_on
            && !stops
        {
            *last = Pause::Comma;
        }
        // Two letters to a phone are more than any sentence has: so many can't fit, and their
        // pronunciation would be for nothing.
        let letters = spoken.iter().map(Spoken::length).sum::<usize>();
        if letters > 2 * MAX_SYMBOLS
            && let Some(halves) = phrases::cut(source)
        {
            return self.speak_halves(halves, letters, goes_on, flow);
        }
        let words = phonemes::pronounce(&spoken, &self.pronouncer);
        let paused = phrases::add_pauses(spoken);
        let symbols = phonemes::symbols(&paused, &words);
        if symbols.len() > MAX_SYMBOLS {
            return match phrases::cut(source) {
                Some(halves) => self.speak_halves(halves, symbols.len(), goes_on, flow),
                None => speak_in_pieces(source, &paused, words, flow),
            };
        }
        flow.push(source.trim().to_owned(), &paused, symbols, words);
        Ok(())
    }

    /// Appends both halves of a text of about this length in symbols.
    fn speak_halves(
        &self,
        (left, right): (&str, &str),
        length: usize,
        goes_on: bool,
        flow: &mut Flow,
    ) -> Result<(), TextError> {
        let parts = flow.parts.len();
        self.speak_half(left, length / 2, true, flow)?;
        if flow.parts.len() > parts {
            flow.go_on(Gap::Phrase);
        }
        self.speak_half(right, length / 2, goes_on, flow)
    }

    /// Appends one of them. What is surely still too long is cut again before it is read: no text is
    /// read more than a few times.
    fn speak_half(
        &self,
        half: &str,
        length: usize,
        goes_on: bool,
        flow: &mut Flow,
    ) -> Result<(), TextError> {
        if length > SURELY_TOO_LONG
            && let Some(halves) = phrases::cut(half)
        {
            return self.speak_halves(halves, length, goes_on, flow);
        }
        self.speak_part(half, goes_on, flow)
    }

    /// The words and pauses of a text, its inline phones among them.
    fn words(&self, source: &str) -> Vec<Spoken> {
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
        tidy(spoken)
    }
}

/// Appends what is too long and has no boundary to cut it at: its words in as many parts as they need,
/// each with its share of the text.
fn speak_in_pieces(
    source: &str,
    spoken: &[Spoken],
    words: Vec<PronouncedWord>,
    flow: &mut Flow,
) -> Result<(), TextError> {
    let too_many = TextError::TooManyPhones { limit: MAX_SYMBOLS };
    let pieces = phrases::pieces(spoken, &words, MAX_SYMBOLS).ok_or(too_many)?;
    let mut words = words.into_iter();
    let mut written = 0;
    for piece in pieces {
        let end = excerpt::start(source, source.len() * piece.end / spoken.len()).len();
        let mut said = spoken[piece].to_vec();
        let count = said.iter().filter(|item| !matches!(item, Spoken::Pause(_)));
        let words = words.by_ref().take(count.count()).collect::<Vec<_>>();
        if !matches!(said.last(), Some(Spoken::Pause(_))) {
            said.push(Spoken::Pause(Pause::Comma));
        }
        let symbols = phonemes::symbols(&said, &words);
        flow.push(
            source[written..end].trim().to_owned(),
            &said,
            symbols,
            words,
        );
        flow.go_on(Gap::Phrase);
        written = end;
    }
    flow.go_on(Gap::Sentence);
    Ok(())
}

/// The last mark of a text that says how it ends.
fn spoken_end(text: &str) -> Option<char> {
    text.trim_end_matches(|c: char| c.is_whitespace() || "\"'”’)]*_".contains(c))
        .chars()
        .next_back()
}

#[cfg(test)]
mod tests;
