//! What capital letters tell: acronyms that are spelt, acronyms that are read, and names like
//! "iPhone" that are written together.

use crate::text::lexicon::Lexicon;

/// Words of up to three letters that stay words in capitals: emphasis, or acronyms read as words.
/// Other short words in capitals are spelt.
const SHORT_WORDS: &str = " \
    all am an and any are as ask at bad be big but by can cat cut day did do dog eat end far few \
    for fun get go god got had has hat he her him his hot how if in is its job lay let lie like \
    lot low man may me men mr mrs ms my new no non nor not now of off oh old on one or our out \
    own pay put ran red run sad sat saw say sea see set she sir sit six so son sun ten the \
    to too top try two up was way we wet who why win won yes yet you zip \
    gif jar lan lol nas pin ram rom sim wan ";
/// Acronyms of more letters that are spelt although they have vowels.
const SPELT: [&str; 7] = ["ASAP", "IEEE", "IMHO", "ISBN", "OECD", "UCLA", "USSR"];

/// Reads a run of letters and apostrophes: words in lower case with spaces between them, single
/// letters to be spelt in upper case.
pub(super) fn read(token: &str, lexicon: &Lexicon) -> String {
    let (base, ending) = split_ending(token);
    let capitals = base.bytes().filter(u8::is_ascii_uppercase).count();
    let letters = base.bytes().filter(u8::is_ascii_alphabetic).count();
    if letters == 1 && capitals == 1 {
        return format!("{base}{ending}");
    }
    if capitals == letters {
        return if is_spelt(base, lexicon) {
            format!("{}{ending}", spell(base))
        } else {
            format!("{base}{ending}").to_ascii_lowercase()
        };
    }
    let lower = token.to_ascii_lowercase();
    let only_first = capitals == 1 && token.starts_with(|c: char| c.is_ascii_uppercase());
    if capitals == 0 || only_first || token.starts_with("Mc") || lexicon.contains(&lower) {
        return lower;
    }
    match split_camel_case(token).as_slice() {
        [_] => lower,
        parts => parts
            .iter()
            .map(|part| read(part, lexicon))
            .collect::<Vec<_>>()
            .join(" "),
    }
}

/// Gives a text that is all in capitals the capitals of a title, so that words are not taken for
/// acronyms.
pub(super) fn calm(text: String, lexicon: &Lexicon) -> String {
    let mut words = text
        .split(|c: char| !c.is_ascii_alphabetic())
        .filter(|word| word.len() > 1);
    let is_word = |word: &str| word.len() > 3 && lexicon.contains(&word.to_ascii_lowercase());
    let is_prose = match words.clone().count() {
        0 | 1 => false,
        2 => words.any(is_word),
        _ => true,
    };
    if !is_prose || text.contains(|c: char| c.is_ascii_lowercase()) {
        return text;
    }
    let mut calm = String::with_capacity(text.len());
    for run in text.split_inclusive(|c: char| !c.is_ascii_alphabetic() && c != '\'') {
        let word = run.trim_end_matches(|c: char| !c.is_ascii_alphabetic());
        let roman = word.len() > 1 && word.bytes().all(|byte| b"IVX".contains(&byte));
        match word {
            "I" => calm.push_str(run),
            _ if roman => calm.push_str(run),
            _ if word.len() == 1 => calm.push_str(&run.to_ascii_lowercase()),
            _ => {
                let first = run
                    .find(|c: char| c.is_ascii_alphabetic())
                    .map_or(0, |start| start + 1);
                calm.push_str(&run[..first]);
                calm.push_str(&run[first..].to_ascii_lowercase());
            }
        }
    }
    calm
}

/// Splits a plural or possessive ending in lower case off capitals: "GPUs", "NASA's". One letter
/// needs the apostrophe: "Is" is no plural.
fn split_ending(token: &str) -> (&str, &str) {
    let possessive = token.strip_suffix("'s");
    let plural = token.strip_suffix('s').filter(|base| base.len() > 1);
    match possessive.or(plural) {
        Some(base) if !base.is_empty() && base.bytes().all(|byte| byte.is_ascii_uppercase()) => {
            (base, "'s")
        }
        _ => (token, ""),
    }
}

fn is_spelt(acronym: &str, lexicon: &Lexicon) -> bool {
    let lower = acronym.to_ascii_lowercase();
    if SPELT.contains(&acronym) {
        return true;
    }
    if acronym.len() <= 3 {
        return !SHORT_WORDS.contains(&format!(" {lower} "));
    }
    !lexicon.contains(&lower) && !lower.contains(['a', 'e', 'i', 'o', 'u', 'y'])
}

fn spell(acronym: &str) -> String {
    let letters = acronym
        .chars()
        .filter(char::is_ascii_alphabetic)
        .map(String::from);
    letters.collect::<Vec<_>>().join(" ")
}

/// Parts of a name with capitals inside: "iPhone" has two.
fn split_camel_case(token: &str) -> Vec<&str> {
    let bytes = token.as_bytes();
    let starts_part = |i: &usize| {
        let before = bytes[i - 1];
        let after = bytes.get(i + 1);
        let capital = bytes[*i].is_ascii_uppercase();
        // A plural s does not make its letter the start of a word: "WebGPUs".
        let word_follows = after.is_some_and(u8::is_ascii_lowercase)
            && !(after == Some(&b's') && i + 2 == bytes.len());
        capital && (before.is_ascii_lowercase() || (before.is_ascii_uppercase() && word_follows))
    };
    let mut starts = vec![0];
    starts.extend((1..bytes.len()).filter(starts_part));
    let ends = starts.iter().copied().skip(1).chain([token.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|(&start, end)| &token[start..end])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capitals() {
        let lexicon = Lexicon::new().unwrap();
        for (written, read_as) in [
            ("Hello", "hello"),
            ("hello", "hello"),
            ("NASA", "nasa"),
            ("NASA's", "nasa's"),
            ("BBC", "B B C"),
            ("GPUs", "G P U's"),
            ("US", "U S"),
            ("IT", "I T"),
            ("THE", "the"),
            ("NEVER", "never"),
            ("WGSL", "W G S L"),
            ("CUDA", "cuda"),
            ("A", "A"),
            ("B's", "B's"),
            ("Is", "is"),
            ("As", "as"),
            ("Us", "us"),
            ("myGizmo", "my gizmo"),
            ("WebGPU", "web G P U"),
            ("WGSLParser", "W G S L parser"),
            ("McKraken", "mckraken"),
            ("O'Neill", "o'neill"),
        ] {
            assert_eq!(read(written, &lexicon), read_as, "{written}");
        }
    }

    #[test]
    fn capitals_throughout_are_no_acronyms() {
        let lexicon = Lexicon::new().unwrap();
        let calm = |text: &str| calm(text.to_owned(), &lexicon);
        assert_eq!(calm("I KNOW A CAT"), "I Know a Cat");
        assert_eq!(
            calm("DON'T SHOUT, \"MR. JONES\""),
            "Don't Shout, \"Mr. Jones\""
        );
        assert_eq!(calm("NOW TO BED"), "Now To Bed");
        assert_eq!(calm("HENRY VIII"), "Henry VIII");
        assert_eq!(calm("NASA"), "NASA");
        assert_eq!(calm("TCP/IP"), "TCP/IP");
        assert_eq!(calm("The BBC"), "The BBC");
    }
}
