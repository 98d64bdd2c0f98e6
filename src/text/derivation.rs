//! Pronunciations of words that the dictionary lacks, from a relative that it has: inflected
//! forms, frequent endings and British spellings.

use super::arpabet::Phone;

/// Endings that are spoken alike after every word: the letters, what the base may end in instead
/// of nothing, and the phones.
const SUFFIXES: [(&str, &[&str], &[&str]); 7] = [
    ("ing", &["", "e"], &["IH0", "NG"]),
    ("ly", &[""], &["L", "IY0"]),
    ("ness", &[""], &["N", "AH0", "S"]),
    ("less", &[""], &["L", "AH0", "S"]),
    ("ful", &[""], &["F", "AH0", "L"]),
    ("ment", &[""], &["M", "AH0", "N", "T"]),
    ("ship", &[""], &["SH", "IH2", "P"]),
];

/// British spellings and the American ones that the dictionary prefers.
const BRITISH: [(&str, &str); 8] = [
    ("our", "or"),
    ("ise", "ize"),
    ("isi", "izi"),
    ("isa", "iza"),
    ("yse", "yze"),
    ("ysi", "yzi"),
    ("ll", "l"),
    ("tre", "ter"),
];

/// Shortest base that a rule may leave: shorter ones are mostly accidents ("bed", "king").
const MIN_BASE: usize = 3;

/// What the dictionary says about a word.
type Lookup<'a> = dyn Fn(&str) -> Option<Vec<Phone>> + 'a;

/// Pronounces a word in lower case from a related word that `lookup` knows.
pub(super) fn derive(
    word: &str,
    lookup: impl Fn(&str) -> Option<Vec<Phone>>,
) -> Option<Vec<Phone>> {
    let known = |word: &str| lookup(word).or_else(|| british(word, &lookup));
    british(word, &lookup)
        .or_else(|| possessive_or_plural(word, &known))
        .or_else(|| past(word, &known))
        .or_else(|| suffixed(word, &known))
}

/// Appends the ending written `s` or `'s`.
pub(super) fn add_s(mut phones: Vec<Phone>) -> Vec<Phone> {
    let ending: &[&str] = match phones.last().map(|phone| phone.base()) {
        Some("S" | "Z" | "SH" | "ZH" | "CH" | "JH") => &["IH0", "Z"],
        Some("P" | "T" | "K" | "F" | "TH") => &["S"],
        _ => &["Z"],
    };
    phones.extend(named(ending));
    phones
}

fn possessive_or_plural(word: &str, lookup: &Lookup<'_>) -> Option<Vec<Phone>> {
    if let Some(base) = word.strip_suffix("s'") {
        // "the boys'" sounds like "the boys"; "James'" has the dictionary's own "james".
        return lookup(&format!("{base}s")).or_else(|| lookup(base).map(add_s));
    }
    if let Some(base) = word.strip_suffix("'s") {
        return lookup(base).map(add_s);
    }
    let stem = word
        .strip_suffix('s')
        .filter(|stem| stem.len() >= MIN_BASE)?;
    if stem.ends_with('s') {
        return None;
    }
    let singular = lookup(stem)
        .or_else(|| {
            stem.strip_suffix("ie")
                .and_then(|stem| lookup(&format!("{stem}y")))
        })
        .or_else(|| stem.strip_suffix('e').and_then(lookup));
    singular.map(add_s)
}

fn past(word: &str, lookup: &Lookup<'_>) -> Option<Vec<Phone>> {
    let stem = word
        .strip_suffix("ed")
        .filter(|stem| stem.len() >= MIN_BASE)?;
    let mut phones = match stem.strip_suffix('i') {
        Some(stem) => lookup(&format!("{stem}y")),
        None => base(stem, &["e", ""], lookup),
    }?;
    let ending: &[&str] = match phones.last().map(|phone| phone.base()) {
        Some("T" | "D") => &["IH0", "D"],
        Some("P" | "K" | "F" | "TH" | "S" | "SH" | "CH") => &["T"],
        _ => &["D"],
    };
    phones.extend(named(ending));
    Some(phones)
}

fn suffixed(word: &str, lookup: &Lookup<'_>) -> Option<Vec<Phone>> {
    SUFFIXES.iter().find_map(|(suffix, endings, spoken)| {
        let stem = word
            .strip_suffix(suffix)
            .filter(|stem| stem.len() >= MIN_BASE)?;
        let mut phones = base(stem, endings, lookup)?;
        // "Fully" has one L.
        let spoken = named(spoken).collect::<Vec<_>>();
        phones.pop_if(|last| spoken.first() == Some(last));
        phones.extend(spoken);
        Some(phones)
    })
}

fn british(word: &str, lookup: &Lookup<'_>) -> Option<Vec<Phone>> {
    BRITISH.iter().find_map(|(british, american)| {
        let respelt = word.rfind(british).map(|start| {
            let mut respelt = word.to_owned();
            respelt.replace_range(start..start + british.len(), american);
            respelt
        })?;
        lookup(&respelt)
    })
}

/// The base of a stem to which a suffix was added: the stem with one of the endings, or without
/// a doubled consonant ("stopp" is "stop").
fn base(stem: &str, endings: &[&str], lookup: &Lookup<'_>) -> Option<Vec<Phone>> {
    let single = || {
        let mut last = stem.bytes().rev();
        let doubled = last.next() == last.next() && endings.contains(&"e");
        doubled
            .then(|| &stem[..stem.len() - 1])
            .filter(|stem| stem.len() >= MIN_BASE)
    };
    endings
        .iter()
        .find_map(|ending| lookup(&format!("{stem}{ending}")))
        .or_else(|| single().and_then(lookup))
}

fn named(names: &[&str]) -> impl Iterator<Item = Phone> {
    names
        .iter()
        .map(|name| Phone::from_name(name).expect("endings are spelt in phones"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::arpabet::parse_phones;

    fn lookup(word: &str) -> Option<Vec<Phone>> {
        let phones = match word {
            "grok" => "G R AA1 K",
            "zap" => "Z AE1 P",
            "blate" => "B L EY1 T",
            "fuzz" => "F AH1 Z",
            "tribly" => "T R IH1 B L IY0",
            "color" => "K AH1 L ER0",
            "realize" => "R IY1 L AY2 Z",
            _ => return None,
        };
        Some(parse_phones(phones).unwrap())
    }

    #[test]
    fn relatives() {
        for (word, phones) in [
            ("grok's", "G R AA1 K S"),
            ("groks'", "G R AA1 K S"),
            ("zaps", "Z AE1 P S"),
            ("blates", "B L EY1 T S"),
            ("fuzzes", "F AH1 Z IH0 Z"),
            ("triblies", "T R IH1 B L IY0 Z"),
            ("triblied", "T R IH1 B L IY0 D"),
            ("grokked", "G R AA1 K T"),
            ("zapped", "Z AE1 P T"),
            ("blated", "B L EY1 T IH0 D"),
            ("blating", "B L EY1 T IH0 NG"),
            ("zapping", "Z AE1 P IH0 NG"),
            ("grokness", "G R AA1 K N AH0 S"),
            ("colour", "K AH1 L ER0"),
            ("realise", "R IY1 L AY2 Z"),
            ("coloured", "K AH1 L ER0 D"),
            ("realising", "R IY1 L AY2 Z IH0 NG"),
        ] {
            assert_eq!(
                derive(word, lookup),
                Some(parse_phones(phones).unwrap()),
                "{word}"
            );
        }
    }

    #[test]
    fn unrelated_words_stay_unknown() {
        for word in ["grokss", "zed", "ing", "s", "'s", "", "blatte", "our"] {
            assert_eq!(derive(word, lookup), None, "{word}");
        }
    }
}
