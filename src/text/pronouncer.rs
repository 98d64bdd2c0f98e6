//! Pronunciations of single words, whatever they are.

use super::TextError;
use super::arpabet::Phone;
use super::derivation;
use super::letter_to_sound::LetterToSound;
use super::lexicon::Lexicon;

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

/// Pronounces words: from the dictionary, from a related word of it, or from the letters.
#[derive(Debug)]
pub(super) struct Pronouncer {
    lexicon: Lexicon,
    letter_to_sound: LetterToSound,
}

impl Pronouncer {
    /// Reads the built-in data.
    ///
    /// # Errors
    /// [`TextError::DamagedData`] if a file in `weights/g2p` was damaged when this was built.
    pub(super) fn new() -> Result<Self, TextError> {
        Ok(Self {
            lexicon: Lexicon::new()?,
            letter_to_sound: LetterToSound::new()?,
        })
    }

    /// The dictionary.
    pub(super) fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }

    /// Phones of a word of the letters a to z and apostrophes. A single letter in upper case is
    /// spoken by its name: `A` is the letter, `a` the article. Empty only without any letter.
    pub(super) fn pronounce(&self, word: &str) -> Vec<Phone> {
        if let [letter @ b'A'..=b'Z'] = word.as_bytes() {
            return letter_name(*letter);
        }
        // Only the plural of a letter has upper case left: "U's".
        let word = word.to_ascii_lowercase();
        let word = word.as_str();
        self.lexicon
            .pronounce(word)
            .or_else(|| derivation::derive(word, |word| self.lexicon.pronounce(word)))
            .unwrap_or_else(|| self.pronounce_unknown(word))
    }

    /// Words without a vowel are spelt out; others are read from their letters.
    fn pronounce_unknown(&self, word: &str) -> Vec<Phone> {
        if !word.contains(['a', 'e', 'i', 'o', 'u', 'y']) {
            return word.bytes().flat_map(letter_name).collect();
        }
        match word.strip_suffix("'s") {
            Some(base) => derivation::add_s(self.letter_to_sound.pronounce(base)),
            None => self.letter_to_sound.pronounce(word),
        }
    }
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
                pronouncer.pronounce(word),
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
