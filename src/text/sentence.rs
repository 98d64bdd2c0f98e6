//! A sentence as the acoustic model reads it.

use std::time::Duration;

use super::TextError;
use super::arpabet::{Phone, parse_phones};
use super::symbols::{Pause, Symbol};

/// Sentences with more symbols are cut into parts, so that the memory for one stays bounded.
/// 220 symbols are about 15 seconds of speech.
pub const MAX_SYMBOLS: usize = 220;

/// Where the pronunciation of a word is from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// Given in the text itself.
    Text,
    /// A lexicon of the user.
    User,
    /// The sentence chose among several readings; this is the one.
    Homograph(&'static str),
    /// The dictionary.
    Dictionary,
    /// A related word of the dictionary.
    Derivation,
    /// The letter-to-sound model.
    Letters,
    /// The names of the letters.
    Spelt,
}

/// A word of a sentence with its pronunciation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PronouncedWord {
    /// The word as in the normalised text.
    pub text: String,
    /// Its phones.
    pub phones: Vec<Phone>,
    /// Where they are from.
    pub origin: Origin,
}

/// The silence before a sentence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gap {
    /// That between two parts of one sentence.
    Phrase,
    /// That between two sentences.
    #[default]
    Sentence,
    /// That between two paragraphs.
    Paragraph,
    /// As long as the text asks for.
    Silence(Duration),
}

/// One sentence, or a part of one that is overlong or has a pause in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sentence {
    /// The text as written.
    pub source: String,
    /// The words as spoken, in lower case; a letter in upper case is spelt.
    pub normalised: String,
    /// Phones, boundaries between words, and pauses. At most [`MAX_SYMBOLS`]; starts with a phone
    /// and ends with `.`, `!` or `?`, or with `,` if its sentence goes on.
    pub symbols: Vec<Symbol>,
    /// The words with their pronunciations; none where phones were given in place of a text.
    pub words: Vec<PronouncedWord>,
    /// The silence before it.
    pub gap: Gap,
    /// How many times as fast as the rest it is to be spoken.
    pub rate: f32,
}

impl Sentence {
    /// A sentence of phones from elsewhere: ARPAbet as in CMUdict, vowels with their stress digit, words
    /// divided by `|`, and pauses where `,`, `.`, `!` or `?` stand, all separated by white space, as in
    /// `HH AH0 L OW1 , M AY1 | F R EH1 N D .` A full stop is added where no `.`, `!` or `?` ends it.
    ///
    /// # Errors
    /// [`TextError::UnknownPhone`] names what is no phone, [`TextError::NothingToSay`] tells of no phone at
    /// all, [`TextError::TooManyPhones`] of more than [`MAX_SYMBOLS`] symbols.
    pub fn from_phones(phones: &str) -> Result<Self, TextError> {
        let mut symbols: Vec<Symbol> = Vec::new();
        for name in phones.split_whitespace() {
            let mark = Pause::ALL.into_iter().find(|pause| pause.mark() == name);
            let symbol = match (mark, symbols.last_mut()) {
                // Nothing is said before a pause or boundary at the beginning.
                (Some(_), None) => continue,
                (None, None) if name == "|" => continue,
                // Of two pauses the stronger one stands, and a pause divides words, too.
                (Some(pause), Some(Symbol::Pause(last))) => {
                    *last = pause.max(*last);
                    continue;
                }
                (Some(pause), Some(last @ Symbol::Boundary)) => {
                    *last = Symbol::Pause(pause);
                    continue;
                }
                (None, Some(Symbol::Pause(_) | Symbol::Boundary)) if name == "|" => continue,
                (Some(pause), _) => Symbol::Pause(pause),
                (None, _) if name == "|" => Symbol::Boundary,
                (None, _) => Symbol::Phone(parse_phones(name)?[0]),
            };
            symbols.push(symbol);
        }
        match symbols.last_mut() {
            None => return Err(TextError::NothingToSay),
            Some(Symbol::Pause(last)) => *last = Pause::Period.max(*last),
            Some(last @ Symbol::Boundary) => *last = Symbol::Pause(Pause::Period),
            Some(Symbol::Phone(_)) => symbols.push(Symbol::Pause(Pause::Period)),
        }
        if symbols.len() > MAX_SYMBOLS {
            return Err(TextError::TooManyPhones { limit: MAX_SYMBOLS });
        }
        Ok(Self {
            source: phones.to_owned(),
            normalised: phones.to_owned(),
            symbols,
            words: Vec::new(),
            gap: Gap::default(),
            rate: 1.0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_SYMBOLS, Sentence};
    use crate::text::TextError;

    fn read(phones: &str) -> String {
        let sentence = Sentence::from_phones(phones).unwrap();
        let names = sentence.symbols.iter().map(|symbol| symbol.name());
        names.collect::<Vec<_>>().join("_")
    }

    #[test]
    fn phones_words_and_pauses_become_symbols() {
        assert_eq!(read("HH AY1 | DH EH1 R ?"), "HH_AY1_ _DH_EH1_R_?");
        assert_eq!(read("hh ay1 , y uw1"), "HH_AY1_,_Y_UW1_.");
        assert_eq!(read("| , HH AY1 | , ! | Y UW1 |"), "HH_AY1_!_Y_UW1_.");
        assert_eq!(read("AY1 , |"), "AY1_.");
    }

    #[test]
    fn what_cannot_be_said_is_refused() {
        let unknown = TextError::UnknownPhone {
            phone: "hello".to_owned(),
        };
        assert_eq!(Sentence::from_phones("AY1 hello"), Err(unknown));
        for empty in ["", " | , . "] {
            assert_eq!(Sentence::from_phones(empty), Err(TextError::NothingToSay));
        }
        let long = "AY1 ".repeat(MAX_SYMBOLS);
        let limit = TextError::TooManyPhones { limit: MAX_SYMBOLS };
        assert_eq!(Sentence::from_phones(&long), Err(limit));
    }
}
