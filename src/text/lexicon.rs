//! The pronouncing dictionary, and lexicons of users.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::TextError;
use super::arpabet::{Phone, parse_phones};
use super::ipa;
use super::sentence::Origin;

/// CMUdict as published, one pronunciation a line; `weights/g2p/README.md` says where it is from.
pub(super) const DICTIONARY: &str = include_str!("../../weights/g2p/cmudict.dict");

/// Bytes of one of its lines, about: how many words it has tells how much memory to ask for.
const MEAN_LINE: usize = 26;

/// Words whose usual pronunciation is not the first that the dictionary has, or not there.
const PREFERRED: &[(&str, &str)] = &[
    ("accent", "AE1 K S EH2 N T"),
    ("concrete", "K AA1 N K R IY0 T"),
    ("costume", "K AA1 S T UW0 M"),
    ("costumes", "K AA1 S T UW0 M Z"),
    ("decade", "D EH1 K EY0 D"),
    ("decades", "D EH1 K EY0 D Z"),
    ("detail", "D IY1 T EY0 L"),
    ("details", "D IY1 T EY0 L Z"),
    ("finance", "F AY1 N AE2 N S"),
    ("houses", "HH AW1 Z IH0 Z"),
    ("leisure", "L IY1 ZH ER0"),
    ("research", "R IY1 S ER0 CH"),
    ("tissue", "T IH1 SH UW0"),
    ("tissues", "T IH1 SH UW0 Z"),
    // Written with their accents, they are other words than without.
    ("exposé", "EH2 K S P OW0 Z EY1"),
    ("lamé", "L AA0 M EY1"),
    ("maté", "M AA1 T EY2"),
    ("pâté", "P AA0 T EY1"),
    ("résumé", "R EH1 Z AH0 M EY2"),
    ("résumés", "R EH1 Z AH0 M EY2 Z"),
    ("rosé", "R OW0 Z EY1"),
    ("saké", "S AA1 K EY2"),
    // Interjections and names of things that letters mislead about.
    ("aah", "AA1"),
    ("achoo", "AH0 CH UW1"),
    ("aha", "AH0 HH AA1"),
    ("argh", "AA1 R G"),
    ("brr", "B ER1"),
    ("eek", "IY1 K"),
    ("grr", "G ER1"),
    ("hm", "HH AH1 M"),
    ("mm", "M AH1 M"),
    ("mhm", "M HH AH1 M"),
    ("ooh", "UW1"),
    ("pfft", "F T"),
    ("phew", "F Y UW1"),
    ("psst", "P S T"),
    ("sh", "SH"),
    ("tsk", "T IH1 S K"),
    ("ugh", "AH1 G"),
    ("uh", "AH1"),
    ("um", "AH1 M"),
    ("whoa", "W OW1"),
    ("yay", "Y EY1"),
    ("zzz", "Z"),
    ("covid", "K OW1 V IH0 D"),
    ("emoji", "IH0 M OW1 JH IY0"),
    ("gigabyte", "G IH1 G AH0 B AY2 T"),
    ("gigabytes", "G IH1 G AH0 B AY2 T S"),
    ("github", "G IH1 T HH AH2 B"),
    ("google", "G UW1 G AH0 L"),
    ("iphone", "AY1 F OW2 N"),
    ("ipad", "AY1 P AE2 D"),
    ("ipod", "AY1 P AA2 D"),
    ("imac", "AY1 M AE2 K"),
    ("icloud", "AY1 K L AW2 D"),
    ("jpeg", "JH EY1 P EH2 G"),
    ("linux", "L IH1 N AH0 K S"),
    ("nginx", "EH1 N JH IH0 N EH2 K S"),
    ("oled", "OW1 L EH2 D"),
    ("paypal", "P EY1 P AE2 L"),
    ("siri", "S IH1 R IY0"),
    ("spotify", "S P AA1 T IH0 F AY2"),
    ("tiktok", "T IH1 K T AA2 K"),
    ("ubuntu", "UH0 B UH1 N T UW0"),
    ("whatsapp", "W AH1 T S AE2 P"),
    ("wifi", "W AY1 F AY2"),
    ("wikipedia", "W IH2 K IH0 P IY1 D IY0 AH0"),
    ("youtube", "Y UW1 T UW2 B"),
];

/// Pronunciations that a user prefers to the dictionary's.
///
/// One a line: a word, white space, and its phones in ARPAbet (`gif JH IH1 F`) or in IPA
/// (`gif /dʒɪf/`). Empty lines and what follows a `#` are passed over; of two lines for one word the
/// last counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserLexicon {
    words: HashMap<String, Vec<Phone>>,
}

impl UserLexicon {
    /// Reads a lexicon; `file` is its name in error messages.
    ///
    /// # Errors
    /// [`TextError::Lexicon`] for the first line that is none of the above.
    pub fn parse(text: &str, file: &str) -> Result<Self, TextError> {
        let mut words = HashMap::new();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let wrong = |problem: String| TextError::Lexicon {
                file: file.to_owned(),
                line: number,
                problem,
            };
            let Some((word, phones)) = line.split_once(char::is_whitespace) else {
                let problem = format!(
                    "\"{line}\" has no pronunciation: a word and its phones stand on each line, as \
                     in gif JH IH1 F"
                );
                return Err(wrong(problem));
            };
            if !word.chars().all(|c| c.is_alphabetic() || c == '\'') {
                let problem =
                    format!("\"{word}\" is no word: only letters and apostrophes make one");
                return Err(wrong(problem));
            }
            let phones = ipa::parse_either(phones).map_err(|error| wrong(error.to_string()))?;
            if !phones.iter().any(|phone| phone.is_vowel()) {
                let problem = format!("the pronunciation of \"{word}\" has no vowel");
                return Err(wrong(problem));
            }
            words.insert(word.to_lowercase(), phones);
        }
        Ok(Self { words })
    }
}

/// Looks words up in a user's lexicon, in the preferred pronunciations, and in CMUdict.
#[derive(Clone)]
pub(super) struct Lexicon {
    /// Words and the phones of their first pronunciation, as they stand in the file.
    dictionary: Arc<HashMap<&'static str, &'static str>>,
    preferred: HashMap<&'static str, Vec<Phone>>,
    user: UserLexicon,
}

impl Lexicon {
    /// Reads the built-in dictionary.
    ///
    /// # Errors
    /// [`TextError::DamagedData`] if the file in `weights/g2p` was damaged when this was built.
    pub(super) fn new() -> Result<Self, TextError> {
        let mut dictionary = HashMap::with_capacity(DICTIONARY.len() / MEAN_LINE);
        for line in DICTIONARY.lines() {
            let (word, phones) = line.split_once(' ').ok_or_else(|| TextError::DamagedData {
                what: "dictionary",
                problem: format!("\"{line}\" is no word with its phones"),
            })?;
            // Further pronunciations are those of "word(2)".
            if !word.ends_with(')') {
                dictionary.insert(word, phones);
            }
        }
        let preferred = PREFERRED
            .iter()
            .map(|(word, phones)| Ok((*word, parse_phones(phones)?)))
            .collect::<Result<_, TextError>>()?;
        Ok(Self {
            dictionary: Arc::new(dictionary),
            preferred,
            user: UserLexicon::default(),
        })
    }

    pub(super) fn set_user(&mut self, lexicon: UserLexicon) {
        self.user = lexicon;
    }

    /// Whether the word, in lower case, is in the user's lexicon.
    pub(super) fn is_users(&self, word: &str) -> bool {
        self.user.words.contains_key(word)
    }

    /// Whether this word, in lower case, is known.
    pub(super) fn contains(&self, word: &str) -> bool {
        self.dictionary.contains_key(word)
            || self.preferred.contains_key(word)
            || self.is_users(word)
    }

    /// The first, most usual pronunciation of a word in lower case, and whose it is.
    pub(super) fn pronounce(&self, word: &str) -> Option<(Vec<Phone>, Origin)> {
        if let Some(phones) = self.user.words.get(word) {
            return Some((phones.clone(), Origin::User));
        }
        if let Some(phones) = self.preferred.get(word) {
            return Some((phones.clone(), Origin::Dictionary));
        }
        let names = self.dictionary.get(word)?.split(' ');
        // What stands behind a "#" is a remark.
        let names = names.take_while(|name| *name != "#");
        let phones = names.map(Phone::from_name).collect::<Option<_>>()?;
        Some((phones, Origin::Dictionary))
    }
}

impl fmt::Debug for Lexicon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lexicon").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<UserLexicon, TextError> {
        UserLexicon::parse(text, "my.txt")
    }

    #[test]
    fn user_lexicons() {
        let lexicon = parse("# mine\nGIF JH IH1 F # soft\n\nZoë /zoʊi/\ngif G IH1 F\n").unwrap();
        assert_eq!(lexicon.words["gif"], parse_phones("G IH1 F").unwrap());
        assert_eq!(lexicon.words["zoë"], parse_phones("Z OW1 IY0").unwrap());
    }

    #[test]
    fn bad_lines_are_named() {
        for (text, line, part) in [
            ("gif JH IH1 F\nnginx", 2, "no pronunciation"),
            ("a2b EY1", 1, "no word"),
            ("gif JH QQ", 1, "QQ"),
            ("pst P S T", 1, "no vowel"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("my.txt, line {line}: ")),
                "{error}"
            );
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn every_word_of_the_dictionary_has_phones() {
        let lexicon = Lexicon::new().unwrap();
        assert_eq!(lexicon.dictionary.len(), 125_929);
        for word in lexicon.dictionary.keys() {
            assert!(lexicon.pronounce(word).is_some(), "{word}");
        }
    }

    #[test]
    fn preferred_pronunciations_are_phones() {
        let lexicon = Lexicon::new().unwrap();
        let accent = parse_phones("AE1 K S EH2 N T").unwrap();
        assert_eq!(
            lexicon.pronounce("accent"),
            Some((accent, Origin::Dictionary))
        );
    }
}
