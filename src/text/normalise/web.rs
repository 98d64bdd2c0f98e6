//! Addresses of the web, e-mail addresses, paths, file names, hashtags and handles.

use super::numbers::{cardinal, digits};
use super::rule::{Match, Rule};

/// Endings of file names that are read as words; others are spelt if they have no vowel.
const EXTENSION_WORDS: [(&str, &str); 8] = [
    ("txt", "text"),
    ("wav", "wave"),
    ("jpg", "jay peg"),
    ("jpeg", "jay peg"),
    ("json", "jason"),
    ("yaml", "yammel"),
    ("toml", "tommel"),
    ("exe", "E X E"),
];

/// Words that start a sentence after a stop without a space.
const SMALL_WORDS: [&str; 24] = [
    "and", "are", "but", "for", "he", "how", "if", "in", "is", "it", "my", "no", "not", "on",
    "she", "so", "that", "the", "then", "they", "this", "we", "what", "you",
];

/// Addresses of mail and of pages with their protocol. They go before anything that reads digits.
pub(super) const ADDRESSES: &[Rule] = &[
    // name@example.org
    Rule {
        pattern: r"\b[\w.+&-]+@[\w-]+(?:\.[\w-]+)+(?:/[^\s<>\x22]*[\w/])?",
        speak: |m| Some(aloud(m.group(0))),
    },
    // https://example.org/path?query, www.example.org. Marks at the end belong to the sentence.
    Rule {
        pattern: r"\b(?:(?:https?|ftp|file):///?|(www\.))([^\s<>\x22]*[\w/=&#-])",
        speak: |m| {
            let www = if m.group(1).is_empty() {
                ""
            } else {
                "W W W dot "
            };
            Some(format!(
                "{www}{}",
                aloud(m.group(2).trim_start_matches("www."))
            ))
        },
    },
];

/// Other addresses and names.
pub(super) const RULES: &[Rule] = &[
    // example.org/path
    Rule {
        pattern: r"\b(?:[A-Za-z0-9_-]+\.)+(?:com|org|net|edu|gov|mil|io|dev|uk|info|app|ai|eu|ca|au|de|fr|es|nl|ch|jp|cn|ru|br|xyz|biz|tv|online|shop|blog)\b(?:[/?][^\s<>\x22]*[\w/=&#-])?",
        speak: |m| Some(aloud(m.group(0))),
    },
    // some.name/path, np.array: two words or more with stops between them are a name.
    Rule {
        pattern: r"\b[a-z][a-z0-9_]+(?:\.[a-z][a-z0-9_]+)+\b(?:/[\w./=&#-]*[\w/])?",
        speak: dotted,
    },
    // /usr/bin, ./tools/demo.sh, ~/notes
    Rule {
        pattern: r"(^|[\s(\x22'])((?:~|\.{1,2})?/[\w.-]*\w(?:/[\w.-]*\w)*)/?",
        speak: |m| {
            // "56 /km²" is a rate.
            let rate = m.before.ends_with(|c: char| c.is_ascii_digit())
                && m.group(2).matches('/').count() == 1;
            (!rate).then(|| format!("{}{}", m.group(1), aloud(m.group(2))))
        },
    },
    // C:\Users\me
    Rule {
        pattern: r"\b([A-Za-z]:(?:\\[\w.-]+)+)\\?",
        speak: |m| Some(aloud(m.group(1))),
    },
    // README.md, kernel_test.rs
    Rule {
        pattern: r"\b([\w-]*[A-Za-z_][\w-]*)\.(txt|md|rs|py|js|ts|c|h|cpp|html|css|json|yaml|toml|wgsl|sh|wav|mp3|mp4|flac|png|jpg|jpeg|gif|pdf|csv|zip|gz|exe|docx?|xlsx?)\b",
        speak: |m| Some(aloud(m.group(0))),
    },
    // #HashTag, @handle
    Rule {
        pattern: r"#([A-Za-z_]\w*)",
        speak: |m| {
            let within = m.before.ends_with(|c: char| c.is_ascii_alphanumeric());
            let sign = if within { " hash" } else { "hashtag" };
            Some(format!("{sign} {}", name(m)))
        },
    },
    Rule {
        pattern: r"@([A-Za-z_]\w*)",
        speak: |m| {
            let within = m.before.ends_with(|c: char| c.is_ascii_alphanumeric());
            let space = if within { " " } else { "" };
            Some(format!("{space}at {}", name(m)))
        },
    },
];

/// A name with stops in it, unless one of its parts is an abbreviation: "etc.and" lacks a space.
fn dotted(m: &Match<'_>) -> Option<String> {
    let name = m.group(0);
    let abbreviated = name.split('.').any(|part| super::kind(part).is_some());
    // "It ended.then it began" is not a name.
    let sentences = name
        .split('.')
        .skip(1)
        .any(|part| SMALL_WORDS.contains(&part));
    if sentences {
        return Some(name.replace('.', ". "));
    }
    (!abbreviated).then(|| aloud(name))
}

/// A name for later rules, which split it at changes of case.
fn name(m: &Match<'_>) -> String {
    m.group(1).replace('_', " ").trim().to_owned()
}

/// An address with its signs called by name.
fn aloud(address: &str) -> String {
    let mut words = Vec::new();
    let mut rest = address;
    while let Some(first) = rest.chars().next() {
        let same = |c: char| {
            c.is_ascii_alphabetic() == first.is_ascii_alphabetic()
                && c.is_ascii_digit() == first.is_ascii_digit()
        };
        let end = match first {
            c if c.is_ascii_alphanumeric() => rest.find(|c| !same(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (run, tail) = rest.split_at(end);
        words.push(match first {
            '0'..='9' if run.len() > 2 => digits(run),
            '0'..='9' => cardinal(run),
            c if c.is_ascii_alphabetic() => letters(run, tail.is_empty()),
            sign => sign_name(sign).to_owned(),
        });
        rest = tail;
    }
    words.retain(|word| !word.is_empty());
    words.join(" ")
}

/// A run of letters: as it stands for later rules, but some endings have a reading of their own
/// and short ones ("io", "rs", "uk") are spelt.
fn letters(run: &str, last: bool) -> String {
    let lower = run.to_ascii_lowercase();
    if last && let Some((_, word)) = EXTENSION_WORDS.iter().find(|(ending, _)| *ending == lower) {
        return (*word).to_owned();
    }
    if last && run.len() == 2 || run.len() == 1 {
        return run
            .to_ascii_uppercase()
            .chars()
            .map(|c| format!("{c} "))
            .collect::<String>()
            .trim_end()
            .to_owned();
    }
    run.to_owned()
}

fn sign_name(sign: char) -> &'static str {
    match sign {
        '.' => "dot",
        '/' => "slash",
        '-' => "dash",
        '_' => "underscore",
        '@' => "at",
        ':' => "colon",
        '?' => "question mark",
        '=' => "equals",
        '&' => "and",
        '#' => "hash",
        '%' => "percent",
        '+' => "plus",
        '~' => "tilde",
        '\\' => "backslash",
        _ => "",
    }
}
