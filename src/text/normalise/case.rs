//! What capital letters tell: acronyms that are spelt, acronyms that are read, and names like
//! "iPhone" that are written together.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::text::lexicon::Lexicon;

/// Words of up to three letters that stay words in capitals: emphasis, or acronyms read as words.
/// Other short words in capitals are spelt.
const SHORT_WORDS: &str = " \
    all am an and any are as ask at bad be big but by can cat cut day did do dog eat end far few \
    for fun get go god got had has hat he her him his hot how if in is its job lay let lie like \
    lot low man may me men mr mrs ms my new no non nor not now of off oh old on one or our out \
    own pay put ran red run sad sat saw say sea see set she sir sit six so son sun ten the \
    to too top try two up was way we wet who why win won yes yet you zip ";
/// Acronyms of three letters that are read as words.
const SHORT_ACRONYMS: &str = " gif jar lan lol nas pin ram rom sim wan ";
/// Acronyms of more letters that are spelt although they have vowels.
const SPELT: [&str; 22] = [
    "BYOB", "NYSE", "AARP", "ADHD", "AMEX", "ASAP", "EBITDA", "ESPN", "HEIC", "IEEE", "IMHO",
    "ISBN", "ISSN", "NAACP", "NCAA", "OECD", "TIAA", "UCLA", "UEFI", "UNHCR", "USSR", "YMCA",
];
/// Names that no rule of capitals reads right.
const NAMES: [(&str, &str); 62] = [
    ("iOS", "I O S"),
    ("iPadOS", "ipad O S"),
    ("macOS", "mac O S"),
    ("watchOS", "watch O S"),
    ("PhD", "P H D"),
    ("PhDs", "P H D's"),
    ("IoT", "I O T"),
    ("SaaS", "sass"),
    ("LaTeX", "lay tech"),
    ("PostgreSQL", "postgres Q L"),
    ("MySQL", "my S Q L"),
    ("NoSQL", "no S Q L"),
    ("WiFi", "wifi"),
    ("JavaScript", "java script"),
    ("TypeScript", "type script"),
    ("LinkedIn", "linked in"),
    ("PCIe", "P C I E"),
    ("YoY", "year over year"),
    ("QoQ", "quarter over quarter"),
    ("ctrl", "control"),
    ("cmd", "command"),
    ("esc", "escape"),
    // What people type in chats
    ("idk", "I D K"),
    ("omg", "O M G"),
    ("imo", "I M O"),
    ("imho", "I M H O"),
    ("irl", "I R L"),
    ("afaik", "A F A I K"),
    ("fyi", "F Y I"),
    ("asap", "A S A P"),
    ("diy", "D I Y"),
    ("tmrw", "tomorrow"),
    ("ur", "your"),
    ("pls", "please"),
    ("plz", "please"),
    ("thx", "thanks"),
    ("ppl", "people"),
    ("ttyl", "T T Y L"),
    ("mtg", "meeting"),
    ("attn", "attention"),
    ("pH", "P H"),
    ("im", "i'm"),
    ("ive", "i've"),
    ("dont", "don't"),
    ("didnt", "didn't"),
    ("doesnt", "doesn't"),
    ("isnt", "isn't"),
    ("wasnt", "wasn't"),
    ("couldnt", "couldn't"),
    ("wouldnt", "wouldn't"),
    ("shouldnt", "shouldn't"),
    ("havent", "haven't"),
    ("youre", "you're"),
    ("theyre", "they're"),
    ("thats", "that's"),
    ("whats", "what's"),
    ("wyd", "W Y D"),
    ("cant", "can't"),
    ("appt", "appointment"),
    ("cya", "see ya"),
    ("WWI", "world war one"),
    ("WWII", "world war two"),
];

/// Reads a run of letters and apostrophes: words in lower case with spaces between them, single
/// letters to be spelt in upper case.
pub(super) fn read(token: &str, lexicon: &Lexicon) -> String {
    if lexicon.is_users(&token.to_ascii_lowercase()) {
        return token.to_ascii_lowercase();
    }
    if let Some(spoken) = name(token) {
        return spoken.to_owned();
    }
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
        return calm_letters(&lower, lexicon);
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

/// How a name is read that has a reading of its own. Those in lower case may have a capital, too.
fn name(token: &str) -> Option<&'static str> {
    static READINGS: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| NAMES.into_iter().collect());
    let lower = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase());
    let find = |name: &str| READINGS.get(name).copied();
    find(token).or_else(|| {
        let capital = token.starts_with(|c: char| c.is_ascii_uppercase()) && lower(&token[1..]);
        capital.then(|| find(&token.to_ascii_lowercase())).flatten()
    })
}

/// A drawn-out word with its letters as often as they are written without emphasis: "sooo" is "so",
/// "brrr" is "brr".
fn calm_letters(word: &str, lexicon: &Lexicon) -> String {
    let drawn_out = word
        .as_bytes()
        .windows(3)
        .any(|letters| letters[0] == letters[1] && letters[1] == letters[2]);
    if !drawn_out || lexicon.contains(word) {
        return word.to_owned();
    }
    let at_most = |count: usize| {
        let mut calm = String::new();
        for letter in word.chars() {
            let run = calm
                .chars()
                .rev()
                .take_while(|last| *last == letter)
                .count();
            if run < count {
                calm.push(letter);
            }
        }
        calm
    };
    let single = at_most(1);
    if ["so", "no", "yes", "oh", "me", "go", "he", "we", "you", "ya"].contains(&single.as_str()) {
        return single;
    }
    let double = at_most(2);
    if lexicon.contains(&double) {
        return double;
    }
    if lexicon.contains(&single) {
        single
    } else {
        double
    }
}

/// Gives a run of words in capitals the capitals of a title, so that words are not taken for
/// acronyms.
pub(super) fn calm(text: String, lexicon: &Lexicon) -> String {
    if !has_capital_words(&text) {
        return text;
    }
    let whole = !text.contains(|c: char| c.is_ascii_lowercase());
    // Runs of words in capitals with what is between them.
    let mut calm = String::with_capacity(text.len());
    let mut run_start: Option<usize> = None;
    let mut run_end = 0;
    let mut copied = 0;
    let mut place = 0;
    let mut finish = |start: Option<usize>, end: usize, copied: &mut usize| {
        if let Some(start) = start
            && is_prose(&text[start..end], whole, lexicon)
        {
            calm.push_str(&text[*copied..start]);
            calm.push_str(&calm_run(&text[start..end], lexicon));
            *copied = end;
        }
    };
    for run in text.split_inclusive(|c: char| !c.is_ascii_alphabetic() && c != '\'') {
        let word = run.trim_matches(|c: char| !c.is_ascii_alphabetic());
        let end = place + run.len();
        if word.contains(|c: char| c.is_ascii_lowercase()) {
            finish(run_start.take(), run_end, &mut copied);
        } else if !word.is_empty() {
            run_start = run_start.or(Some(place));
            run_end = end;
        }
        place = end;
    }
    finish(run_start, run_end, &mut copied);
    calm.push_str(&text[copied..]);
    calm
}

/// Whether two letters in capitals follow each other.
fn has_capital_words(text: &str) -> bool {
    let mut bytes = text.as_bytes().windows(2);
    bytes.any(|pair| pair[0].is_ascii_uppercase() && pair[1].is_ascii_uppercase())
}

/// Whether words in capitals are emphasis: three or more, or two of which one is long and known.
fn is_prose(run: &str, whole: bool, lexicon: &Lexicon) -> bool {
    let words = || {
        run.split(|c: char| !c.is_ascii_alphabetic() && c != '\'')
            .filter(|word| word.len() > 1)
    };
    let known = |word: &str| lexicon.contains(&word.to_ascii_lowercase());
    let long = words().any(|word| word.len() > 3 && known(word));
    let known = words().filter(|word| known(word)).count();
    match words().count() {
        0 | 1 => false,
        2 => long && !run.contains(','),
        // "OLED, SQL, GIF" is no prose: it has none of the small words.
        count => {
            let small = words()
                .any(|word| SHORT_WORDS.contains(&format!(" {} ", word.to_ascii_lowercase())));
            whole || 2 * known > count && small
        }
    }
}

fn calm_run(run: &str, lexicon: &Lexicon) -> String {
    let mut calm = String::with_capacity(run.len());
    for run in run.split_inclusive(|c: char| !c.is_ascii_alphabetic() && c != '\'') {
        let word = run.trim_end_matches(|c: char| !c.is_ascii_alphabetic());
        let roman = word.len() > 1 && word.bytes().all(|byte| b"IVX".contains(&byte));
        let acronym = word.len() <= 5
            && word.len() > 1
            && !lexicon.contains(&word.to_ascii_lowercase())
            && !["MR", "MRS", "MS", "DR", "ST"].contains(&word);
        match word {
            "I" => calm.push_str(run),
            _ if roman || acronym => calm.push_str(run),
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
        let word = format!(" {lower} ");
        return !SHORT_WORDS.contains(&word) && !SHORT_ACRONYMS.contains(&word);
    }
    // Without a vowel behind the first letter, or with three consonants in a row, nobody says it as
    // a word: "ESPN".
    let is_vowel = |c: char| "aeiouy".contains(c);
    let consonants = lower
        .split(is_vowel)
        .map(str::len)
        .max()
        .unwrap_or_default();
    let unspeakable = !lower[1..].contains(is_vowel) || (acronym.len() <= 5 && consonants > 2);
    !lexicon.contains(&lower) && unspeakable
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
