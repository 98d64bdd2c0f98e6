//! From the International Phonetic Alphabet to ARPAbet.

use super::TextError;
use super::arpabet::{Phone, parse_phones};

/// Sounds of American English (and the nearest ones of others), longest first where one starts
/// another: IPA and ARPAbet, vowels without stress.
const SOUNDS: &[(&str, &str)] = &[
    ("tʃ", "CH"),
    ("t͡ʃ", "CH"),
    ("ʧ", "CH"),
    ("dʒ", "JH"),
    ("d͡ʒ", "JH"),
    ("ʤ", "JH"),
    ("aɪ", "AY"),
    ("aʊ", "AW"),
    ("eɪ", "EY"),
    ("oʊ", "OW"),
    ("əʊ", "OW"),
    ("ɔɪ", "OY"),
    ("ɪə", "IH R"),
    ("eə", "EH R"),
    ("ʊə", "UH R"),
    ("ɜɹ", "ER"),
    ("ɜr", "ER"),
    ("ɜː", "ER"),
    ("əɹ", "ER"),
    ("ər", "ER"),
    ("ɚ", "ER"),
    ("ɝ", "ER"),
    ("i", "IY"),
    ("ɪ", "IH"),
    ("e", "EY"),
    ("ɛ", "EH"),
    ("æ", "AE"),
    ("a", "AA"),
    ("ɑ", "AA"),
    ("ɒ", "AA"),
    ("ɔ", "AO"),
    ("o", "OW"),
    ("u", "UW"),
    ("ʊ", "UH"),
    ("ʌ", "AH"),
    ("ə", "AH"),
    ("ɐ", "AH"),
    ("p", "P"),
    ("b", "B"),
    ("t", "T"),
    ("ɾ", "D"),
    ("ʔ", "T"),
    ("d", "D"),
    ("k", "K"),
    ("x", "K"),
    ("ɡ", "G"),
    ("g", "G"),
    ("f", "F"),
    ("v", "V"),
    ("θ", "TH"),
    ("ð", "DH"),
    ("s", "S"),
    ("z", "Z"),
    ("ʃ", "SH"),
    ("ʒ", "ZH"),
    ("h", "HH"),
    ("m", "M"),
    ("n", "N"),
    ("ŋ", "NG"),
    ("l", "L"),
    ("ɫ", "L"),
    ("r", "R"),
    ("ɹ", "R"),
    ("ʁ", "R"),
    ("j", "Y"),
    ("w", "W"),
    ("ʍ", "W"),
];
/// Signs that change nothing here: length, syllables, ties, brackets, spaces.
const PASSED_OVER: &str = "ː.‿̩̃͡ʰ/[] ";

/// Phones of a word in IPA, with or without slashes around it. Stress marks stand before their
/// syllable; without any, the first vowel is stressed.
///
/// # Errors
/// [`TextError::UnknownIpa`] names the first sign that is none.
pub(super) fn parse(ipa: &str) -> Result<Vec<Phone>, TextError> {
    let mut phones: Vec<Phone> = Vec::new();
    let mut rest = ipa;
    let mut stress = 0;
    let marked = ipa.contains(['ˈ', '\'']);
    let mut stressed = false;
    while let Some(sign) = rest.chars().next() {
        let found = SOUNDS.iter().find(|(ipa, _)| rest.starts_with(ipa));
        if let Some((ipa, names)) = found {
            rest = &rest[ipa.len()..];
            for name in names.split(' ') {
                let vowel = Phone::from_name(&format!("{name}0"));
                if vowel.is_some() && !marked && !stressed {
                    stress = 1;
                    stressed = true;
                }
                let phone = vowel.map(|phone| phone.with_stress(stress));
                stress = if vowel.is_some() { 0 } else { stress };
                phones.extend(phone.or_else(|| Phone::from_name(name)));
            }
            continue;
        }
        match sign {
            'ˈ' | '\'' => stress = 1,
            'ˌ' => stress = 2,
            sign if PASSED_OVER.contains(sign) => {}
            sign => return Err(TextError::UnknownIpa { sign }),
        }
        rest = &rest[sign.len_utf8()..];
    }
    Ok(phones)
}

/// Phones in ARPAbet, or in IPA if they are none: ARPAbet is written in capitals of ASCII.
///
/// # Errors
/// [`TextError::UnknownPhone`] or [`TextError::UnknownIpa`].
pub(super) fn parse_either(written: &str) -> Result<Vec<Phone>, TextError> {
    let arpabet = parse_phones(written);
    let capitals = written.contains(|c: char| c.is_ascii_uppercase());
    if arpabet.is_ok() || capitals {
        return arpabet;
    }
    parse(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        for (ipa, arpabet) in [
            ("həˈloʊ", "HH AH0 L OW1"),
            ("/ˈtʃɪldɹən/", "CH IH1 L D R AH0 N"),
            ("kæt", "K AE1 T"),
            ("ˌɪntəˈnæʃənəl", "IH2 N T AH0 N AE1 SH AH0 N AH0 L"),
            ("ˈwɔːtɚ", "W AO1 T ER0"),
        ] {
            assert_eq!(parse(ipa), Ok(parse_phones(arpabet).unwrap()), "{ipa}");
        }
        assert_eq!(parse("ʘ"), Err(TextError::UnknownIpa { sign: 'ʘ' }));
    }
}
