//! Pronunciations of single words, whatever they are.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::TextError;
use super::arpabet::Phone;
use super::derivation;
use super::homographs::Homographs;
use super::letter_to_sound::LetterToSound;
use super::lexicon::{Lexicon, UserLexicon};
use super::sentence::Origin;
use super::spoken::{LONGEST_WORD, Spoken};

/// Names of the letters a to z.
const LETTER_NAMES: [&str; 26] = [
    "EY1",
    "B IY1",
    "S IY1",
    "D IY1",
    "IY1",
    "EH1 F",
    "JH IY1",
    "EY1 CH",
    "AY1",
    "JH EY1",
    "K EY1",
    "EH1 L",
    "EH1 M",
    "EH1 N",
    "OW1",
    "P IY1",
    "K Y UW1",
    "AA1 R",
    "EH1 S",
    "T IY1",
    "Y UW1",
    "V IY1",
    "D AH1 B AH0 L Y UW0",
    "EH1 K S",
    "W AY1",
    "Z IY1",
];

/// So many words that were read from their letters are remembered.
const REMEMBERED: usize = 4096;

/// Phones of a word, and where they are from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pronunciation {
    pub(super) phones: Vec<Phone>,
    pub(super) origin: Origin,
}

/// Pronounces words: by their sentence if they have several readings, from the dictionary, from a
/// related word of it, or from the letters.
#[derive(Debug, Clone)]
pub(super) struct Pronouncer {
    lexicon: Lexicon,
    homographs: Arc<Homographs>,
    letter_to_sound: Arc<LetterToSound>,
    /// What the letters of unknown words gave: the names of a text recur.
    from_letters: Arc<Mutex<HashMap<String, Vec<Phone>>>>,
}

impl Pronouncer {
    /// Reads the built-in data.
    ///
    /// # Errors
    /// [`TextError::DamagedData`] if a file in `weights/g2p` was damaged when this was built.
    pub(super) fn new() -> Result<Self, TextError> {
        Ok(Self {
            lexicon: Lexicon::new()?,
            homographs: Arc::new(Homographs::new()?),
            letter_to_sound: Arc::new(LetterToSound::new()?),
            from_letters: Arc::default(),
        })
    }

    /// The dictionary.
    pub(super) fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }

    /// Prefers the pronunciations of a user's lexicon.
    pub(super) fn set_user_lexicon(&mut self, lexicon: UserLexicon) {
        self.lexicon.set_user(lexicon);
    }

    /// The homographs.
    pub(super) fn homographs(&self) -> &Homographs {
        &self.homographs
    }

    /// Phones of the word at a place of a sentence; `before_vowel` tells how the next word starts.
    pub(super) fn pronounce_in(
        &self,
        sentence: &[Spoken],
        place: usize,
        before_vowel: bool,
    ) -> Pronunciation {
        let Some(Spoken::Word(word)) = sentence.get(place) else {
            return Pronunciation {
                phones: Vec::new(),
                origin: Origin::Text,
            };
        };
        if word.text == "the" && !self.lexicon.is_users("the") {
            return Pronunciation {
                phones: the(before_vowel),
                origin: Origin::Dictionary,
            };
        }
        let users = self.lexicon.is_users(&word.text);
        let chosen = (!users).then(|| self.homographs.choose(sentence, place));
        match chosen.flatten() {
            Some(reading) => Pronunciation {
                phones: reading.phones,
                origin: Origin::Homograph(reading.name),
            },
            None => self.pronounce(&word.text),
        }
    }

    /// Phones of a word of the letters a to z and apostrophes. A single letter in upper case is
    /// spoken by its name: `A` is the letter, `a` the article. Empty only without any letter.
    pub(super) fn pronounce(&self, word: &str) -> Pronunciation {
        if let [letter @ b'A'..=b'Z'] = word.as_bytes() {
            return Pronunciation {
                phones: letter_name(*letter),
                origin: Origin::Spelt,
            };
        }
        // Only the plural of a letter has upper case left: "U's".
        let word = word.to_ascii_lowercase();
        let word = word.as_str();
        if let Some((phones, origin)) = self.lexicon.pronounce(word) {
            return Pronunciation { phones, origin };
        }
        let known = (word.len() <= LONGEST_WORD)
            .then(|| derivation::derive(word, |word| Some(self.lexicon.pronounce(word)?.0)))
            .flatten();
        match known {
            Some(phones) => Pronunciation {
                phones,
                origin: Origin::Derivation,
            },
            None => self.pronounce_unknown(word),
        }
    }

    /// Words without a vowel are spelt out; others are read from their letters.
    fn pronounce_unknown(&self, word: &str) -> Pronunciation {
        if !word.contains(['a', 'e', 'i', 'o', 'u', 'y']) || word.len() > LONGEST_WORD {
            return Pronunciation {
                phones: word.bytes().flat_map(letter_name).collect(),
                origin: Origin::Spelt,
            };
        }
        let phones = match word.strip_suffix("'s") {
            Some(base) => derivation::add_s(self.read_letters(base)),
            None => self.read_letters(word),
        };
        Pronunciation {
            phones,
            origin: Origin::Letters,
        }
    }

    /// What the letter-to-sound model makes of a word.
    fn read_letters(&self, word: &str) -> Vec<Phone> {
        let known = || {
            self.from_letters
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        if let Some(phones) = known().get(word) {
            return phones.clone();
        }
        let phones = self.letter_to_sound.pronounce(word);
        let mut known = known();
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(word.to_owned(), phones.clone());
        phones
    }
}

/// "The" is `DH IY0` before a vowel, else `DH AH0`.
fn the(before_vowel: bool) -> Vec<Phone> {
    let names = if before_vowel {
        ["DH", "IY0"]
    } else {
        ["DH", "AH0"]
    };
    names
        .iter()
        .filter_map(|name| Phone::from_name(name))
        .collect()
}

/// How a letter is called; nothing for anything else.
fn letter_name(letter: u8) -> Vec<Phone> {
    let index = usize::from(letter.to_ascii_lowercase().wrapping_sub(b'a'));
    let names = LETTER_NAMES.get(index).copied().unwrap_or_default();
    names.split(' ').filter_map(Phone::from_name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::arpabet::parse_phones;

    #[test]
    fn each_source_in_turn() {
        let pronouncer = Pronouncer::new().unwrap();
        for (word, phones) in [
            ("hello", "HH AH0 L OW1"),
            ("a", "AH0"),
            ("A", "EY1"),
            ("W", "D AH1 B AH0 L Y UW0"),
            ("armour", "AA1 R M ER0"),
            ("nothingness", "N AH1 TH IH0 NG N AH0 S"),
            ("blick", "B L IH1 K"),
            ("blick's", "B L IH1 K S"),
            ("brrr", "B IY1 AA1 R AA1 R AA1 R"),
            ("'", ""),
        ] {
            assert_eq!(
                pronouncer.pronounce(word).phones,
                parse_phones(phones).unwrap(),
                "{word}"
            );
        }
    }

    #[test]
    fn every_letter_has_a_name() {
        for letter in b'A'..=b'Z' {
            assert_eq!(
                letter_name(letter),
                letter_name(letter.to_ascii_lowercase())
            );
            assert!(letter_name(letter).iter().any(|phone| phone.is_vowel()));
        }
        assert_eq!(letter_name(b'\''), vec![]);
    }
}
