//! The pronouncing dictionary.

use std::fmt;
use std::str::FromStr;

use cmudict_fast::Cmudict;

use super::TextError;
use super::arpabet::Phone;

/// CMUdict as published, one pronunciation a line; `weights/g2p/README.md` says where it is from.
pub(super) const DICTIONARY: &str = include_str!("../../weights/g2p/cmudict.dict");

/// Looks words up in CMUdict.
pub(super) struct Lexicon {
    dictionary: Cmudict,
}

impl Lexicon {
    /// Reads the built-in dictionary.
    ///
    /// # Errors
    /// [`TextError::DamagedData`] if the file in `weights/g2p` was damaged when this was built.
    pub(super) fn new() -> Result<Self, TextError> {
        let dictionary = Cmudict::from_str(DICTIONARY).map_err(|error| TextError::DamagedData {
            what: "dictionary",
            problem: error.to_string(),
        })?;
        Ok(Self { dictionary })
    }

    /// Whether the dictionary has this word, in lower case.
    pub(super) fn contains(&self, word: &str) -> bool {
        self.dictionary.get(word).is_some()
    }

    /// The first, most usual pronunciation of a word in lower case.
    pub(super) fn pronounce(&self, word: &str) -> Option<Vec<Phone>> {
        let rule = self.dictionary.get(word)?.first()?;
        rule.pronunciation()
            .iter()
            .map(|symbol| Phone::from_name(&symbol.to_string()))
            .collect()
    }
}

impl fmt::Debug for Lexicon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lexicon").finish_non_exhaustive()
    }
}
