//! The phones of CMUdict: ARPAbet with a stress digit on every vowel.

use std::fmt;

use super::TextError;

/// Every phone in alphabetical order: 15 vowels in three degrees of stress (0 none, 1 primary,
/// 2 secondary) and 24 consonants.
const NAMES: [&str; Phone::COUNT] = [
    "AA0", "AA1", "AA2", "AE0", "AE1", "AE2", "AH0", "AH1", "AH2", "AO0", "AO1", "AO2", "AW0",
    "AW1", "AW2", "AY0", "AY1", "AY2", "B", "CH", "D", "DH", "EH0", "EH1", "EH2", "ER0", "ER1",
    "ER2", "EY0", "EY1", "EY2", "F", "G", "HH", "IH0", "IH1", "IH2", "IY0", "IY1", "IY2", "JH",
    "K", "L", "M", "N", "NG", "OW0", "OW1", "OW2", "OY0", "OY1", "OY2", "P", "R", "S", "SH", "T",
    "TH", "UH0", "UH1", "UH2", "UW0", "UW1", "UW2", "V", "W", "Y", "Z", "ZH",
];

/// One phone of the ARPAbet, for example `AE1` or `NG`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone(u8);

impl Phone {
    /// How many phones there are.
    pub const COUNT: usize = 69;

    /// The phone of this name, in upper case and with its stress digit if it is a vowel.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let index = NAMES.binary_search(&name).ok()?;
        u8::try_from(index).ok().and_then(Self::from_index)
    }

    /// The phone at this place in the alphabetical order of all names.
    #[must_use]
    pub const fn from_index(index: u8) -> Option<Self> {
        if (index as usize) < Self::COUNT {
            Some(Self(index))
        } else {
            None
        }
    }

    /// Place in the alphabetical order of all names, below [`Phone::COUNT`].
    #[must_use]
    pub const fn index(self) -> u8 {
        self.0
    }

    /// The name with the stress digit, for example `AE1`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        NAMES[self.0 as usize]
    }

    /// The name without the stress digit, for example `AE`.
    #[must_use]
    pub fn base(self) -> &'static str {
        self.name().trim_end_matches(|c: char| c.is_ascii_digit())
    }

    /// Degree of stress of a vowel: 0 none, 1 primary, 2 secondary.
    #[must_use]
    pub fn stress(self) -> Option<u8> {
        self.name()
            .bytes()
            .last()
            .filter(u8::is_ascii_digit)
            .map(|digit| digit - b'0')
    }

    /// The same vowel in another degree of stress, up to 2; consonants have none and stay.
    #[must_use]
    pub fn with_stress(self, stress: u8) -> Self {
        match self.stress() {
            // The three degrees of a vowel are neighbours in the alphabetical order.
            Some(own) => Self(self.0 - own + stress.min(2)),
            None => self,
        }
    }

    /// Whether this is a vowel, the core of a syllable.
    #[must_use]
    pub fn is_vowel(self) -> bool {
        self.stress().is_some()
    }

    /// Every phone, in alphabetical order of the names.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..=u8::MAX).map_while(Self::from_index)
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Reads phones separated by white space, as in `HH AH0 L OW1`. Lower case is accepted.
///
/// # Errors
/// [`TextError::UnknownPhone`] names the first word that is no phone.
pub fn parse_phones(text: &str) -> Result<Vec<Phone>, TextError> {
    text.split_whitespace()
        .map(|name| {
            Phone::from_name(&name.to_ascii_uppercase()).ok_or_else(|| TextError::UnknownPhone {
                phone: name.to_owned(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_map_to_themselves() {
        assert!(NAMES.is_sorted());
        assert!(Phone::all().all(|phone| Phone::from_name(phone.name()) == Some(phone)));
        assert_eq!(Phone::all().count(), Phone::COUNT);
        assert_eq!(Phone::all().filter(|phone| phone.is_vowel()).count(), 45);
    }

    #[test]
    fn base_drops_only_the_stress() {
        assert_eq!(Phone::from_name("EY2").map(Phone::base), Some("EY"));
        assert_eq!(Phone::from_name("NG").map(Phone::base), Some("NG"));
    }

    #[test]
    fn unknown_phones_are_named() {
        assert_eq!(parse_phones("hh AH0").map(|phones| phones.len()), Ok(2));
        for wrong in ["AH", "B1", "QX", "AH3"] {
            let error = parse_phones(wrong).unwrap_err();
            assert_eq!(
                error,
                TextError::UnknownPhone {
                    phone: wrong.to_owned()
                }
            );
        }
    }
}
