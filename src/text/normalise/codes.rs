//! Strings of digits and letters that are read one by one: numbers of books, cards, accounts,
//! flights and rooms, colours, versions.

use super::numbers::{cardinal, digits, in_pairs, year};
use super::rule::{Match, Rule};

/// Symbols of elements that formulas are made of, those of two letters first.
const ELEMENTS: [&str; 22] = [
    "Ag", "Al", "Ba", "Br", "Ca", "Cl", "Cu", "Fe", "Li", "Mg", "Mn", "Na", "Pb", "Si", "Zn", "C",
    "F", "H", "K", "N", "O", "S",
];

pub(super) const RULES: &[Rule] = &[
    // ISBN 978-0-306-40615-7
    Rule {
        pattern: r"\b(ISBN|ISSN)(?:-1[03])?:?\s?((?:\d[- ]?){7,12}[\dX])\b",
        speak: |m| Some(format!("{} {}", m.group(1), groups(m.group(2)))),
    },
    // 4111 1111 1111 1111
    Rule {
        pattern: r"\b(\d{4}[ -]\d{4}[ -]\d{4}[ -]\d{4})\b",
        speak: |m| Some(groups(m.group(1))),
    },
    // 123-45-6789
    Rule {
        pattern: r"\b(\d{3}-\d{2}-\d{4})\b",
        speak: |m| Some(groups(m.group(1))),
    },
    // card ending in 8876, PIN 1234, account number 12345678
    Rule {
        pattern: r"(?i)\b((?:ending in|chmod|pin|otp|code|account|acct|extension|ext|zip|(?:password|serial|tracking|routing|case|invoice|order|confirmation|id|card)(?: number| no\.?| code| #)|pnr)(?:\.|:| is| number| no\.?| code){0,2}:?\s#?[A-Za-z]{0,3})(\d{3,})\b",
        speak: |m| {
            let before = m.group(1).trim_end_matches('#').trim_end();
            Some(format!("{before} {}", digits(m.group(2))))
        },
    },
    // 020 7946 0958: groups that are no years or round numbers
    Rule {
        pattern: r"\b(\d{3,6}(?: \d{3,6}){2,4})\b",
        speak: |m| {
            let mut parts = m.group(1).split(' ');
            let counts = parts.all(|part| part.ends_with("00") || part.len() == 4 && part < "2100");
            (!counts).then(|| groups(m.group(1)))
        },
    },
    // RTX 4050, PCIe x8, x86
    Rule {
        pattern: r"\b([A-Z]{2,}[a-z]?[ -])(\d{4})(ti\b|[a-zA-Z]?)\b",
        speak: model_number,
    },
    Rule {
        pattern: r"\b([A-Z]{2}[A-Za-z]* )x(\d{1,2})\b",
        speak: |m| Some(m.around("X ")),
    },
    Rule {
        pattern: r"\bx(86|64|32|16|386|486)\b",
        speak: |m| Some(format!("X {}", in_pairs(m.group(1)))),
    },
    // 1Z999AA10: letters and figures by turns
    Rule {
        pattern: r"(\b[Nn]o\. )?\b([A-Z0-9]{8,})\b",
        speak: |m| {
            let number = if m.group(1).is_empty() { "" } else { "number " };
            let code = m.group(2).as_bytes();
            let turns = code
                .windows(2)
                .filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit());
            (turns.count() > 2).then(|| format!("{number}{}", one_by_one(m.group(2))))
        },
    },
    // H2SO4, NaHCO3
    Rule {
        pattern: r"\b((?:[A-Z][a-z]?\d{0,2}){2,6})\b",
        speak: |m| formula(m.group(1)),
    },
    Rule {
        pattern: r"\b([Tt]he )WHO\b",
        speak: |m| Some(format!("{}W H O", m.group(1))),
    },
    // 2nite, gr8
    Rule {
        pattern: r"(?i)\b(2nite|2night|2day|2moro|b4|gr8|l8r|m8|h8)\b",
        speak: |m| {
            let word = match &*m.group(1).to_ascii_lowercase() {
                "2nite" | "2night" => "tonight",
                "2day" => "today",
                "2moro" => "tomorrow",
                "b4" => "before",
                "gr8" => "great",
                "l8r" => "later",
                "m8" => "mate",
                _ => "hate",
            };
            // "B4" and "M8" are names of other things.
            (!m.group(1).starts_with(|c: char| c.is_ascii_uppercase())).then(|| word.to_owned())
        },
    },
    // localhost:3000
    Rule {
        pattern: r"\b(localhost):(\d{2,5})\b",
        speak: |m| Some(m.around(" colon ")),
    },
    // call 911
    Rule {
        pattern: r"\b(911|411|311|112|999)\b",
        speak: emergency,
    },
    // room 204, flight 370, area 51; "UA 1234", "BA2490"
    Rule {
        pattern: r"\b((?i:room|flight|suite|apartment|apt\.?|highway|interstate|route|http|error|status) (?:[A-Z]{1,3} ?)?)(\d{3,4})\b",
        speak: |m| {
            let number = m.group(2);
            // "Suite fourteen hundred"
            let hundreds = number.len() == 4 && number.ends_with("00");
            let words = if hundreds {
                year(number.parse().ok()?)
            } else {
                in_pairs(number)
            };
            Some(format!("{} {words}", m.group(1).trim_end()))
        },
    },
    // 1080p
    Rule {
        pattern: r"\b(480|576|720|1080|1440|2160)([pi])\b",
        speak: |m| {
            let letter = m.group(2).to_ascii_uppercase();
            Some(format!("{} {letter}", in_pairs(m.group(1))))
        },
    },
    // 401(k)
    Rule {
        pattern: r"\b(\d{3})\((k|b|c)\)",
        speak: |m| {
            Some(format!(
                "{} {}",
                in_pairs(m.group(1)),
                m.group(2).to_ascii_uppercase()
            ))
        },
    },
    // #FF5733, #fff
    Rule {
        pattern: r"#([0-9A-Fa-f]{6}|[0-9A-Fa-f]{3})\b",
        speak: colour,
    },
    // 0x1F
    Rule {
        pattern: r"\b0x([0-9A-Fa-f]+)\b",
        speak: |m| Some(format!("zero X {}", one_by_one(m.group(1)))),
    },
    // v2.1.0-beta.3
    Rule {
        pattern: r"(\d)-(alpha|beta|rc|dev|pre)\.?(\d*)\b",
        speak: |m| {
            let name = if m.group(2) == "rc" {
                "R C"
            } else {
                m.group(2)
            };
            Some(format!("{} {name} {}", m.group(1), m.group(3)))
        },
    },
    // C#, F#, C++, f++
    Rule {
        pattern: r"\b([A-G])#($|[^\w])",
        speak: |m| Some(m.around(" sharp")),
    },
    Rule {
        pattern: r"\b([A-Za-z])\+\+",
        speak: |m| Some(format!("{} plus plus", m.group(1).to_ascii_uppercase())),
    },
    // AT&T, M&Ms, Q&A
    Rule {
        pattern: r"\b([A-Z]{1,2})&([A-Z])(s?)\b",
        speak: |m| {
            let first = one_by_one(m.group(1));
            let plural = if m.group(3).is_empty() { "" } else { "'s" };
            Some(format!("{first} and {}{plural}", m.group(2)))
        },
    },
    // 2Q22, 1H23
    Rule {
        pattern: r"\b([1-4])([QH])(\d{2})\b",
        speak: |m| {
            let which = ["first", "second", "third", "fourth"];
            let which = which.get(m.group(1).parse::<usize>().ok()?.checked_sub(1)?)?;
            let part = if m.group(2) == "Q" { "quarter" } else { "half" };
            Some(format!("the {which} {part} of {}", cardinal(m.group(3))))
        },
    },
    Rule {
        pattern: r"\bFY\s?'?(\d{2,4})\b",
        speak: |m| Some(format!("fiscal year {}", m.group(1))),
    },
    // Numbers that no name of a number is for, and parts that letters join
    Rule {
        pattern: r"\b(\d{11,})\b",
        speak: |m| (!m.before.ends_with(['.', ','])).then(|| digits(m.group(1))),
    },
];

/// Digits one by one, with a pause between the groups.
fn groups(written: &str) -> String {
    let groups = written
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|group| !group.is_empty());
    groups.map(one_by_one).collect::<Vec<_>>().join(", ")
}

/// Digits and letters one by one.
fn one_by_one(written: &str) -> String {
    let named = written.chars().map(|c| match c {
        '0'..='9' => digits(&c.to_string()),
        c => c.to_ascii_uppercase().to_string(),
    });
    named.collect::<Vec<_>>().join(" ")
}

fn emergency(m: &Match<'_>) -> Option<String> {
    let before = m.before.trim_end().rsplit(' ').next()?.to_ascii_lowercase();
    let called = [
        "call", "called", "calling", "dial", "dialed", "a", "the", "phone", "text", "to",
    ];
    called
        .contains(&before.as_str())
        .then(|| digits(m.group(1)))
}

/// A chemical formula, symbol by symbol.
fn formula(written: &str) -> Option<String> {
    if !written.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let mut spoken = Vec::new();
    let mut rest = written;
    while !rest.is_empty() {
        let symbol = ELEMENTS.iter().find(|symbol| rest.starts_with(**symbol))?;
        spoken.extend(
            symbol
                .chars()
                .map(|letter| letter.to_ascii_uppercase().to_string()),
        );
        rest = &rest[symbol.len()..];
        let figures = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if figures > 0 {
            spoken.push(cardinal(&rest[..figures]));
        }
        rest = &rest[figures..];
    }
    Some(spoken.join(" "))
}

/// The number of a model behind its name: "4050" is "forty fifty". Years and thousands stay.
fn model_number(m: &Match<'_>) -> Option<String> {
    let number = m.group(2);
    let other =
        number.starts_with("19") || number.starts_with("20") || number[1..].starts_with("00");
    let currency = ["USD", "EUR", "GBP", "JPY", "CHF", "CNY", "INR"];
    let other = other || currency.contains(&m.group(1).trim_end());
    let suffix = m.group(3).to_ascii_uppercase();
    let suffix = suffix.chars().map(|letter| format!(" {letter}"));
    (!other).then(|| {
        let number = in_pairs(number);
        format!("{}{number}{}", m.group(1), suffix.collect::<String>())
    })
}

/// A year beside the name of its era.
pub(super) fn in_era(written: &str) -> String {
    match written.parse() {
        Ok(hundreds) if hundreds % 100 == 0 => year(hundreds),
        Ok(value) if value > 100 => in_pairs(written),
        _ => cardinal(written),
    }
}

/// A colour has a letter, or stands beside the word.
fn colour(m: &Match<'_>) -> Option<String> {
    let code = m.group(1);
    let letters = code.contains(|c: char| c.is_ascii_alphabetic());
    let mixed = code.contains(|c: char| c.is_ascii_digit()) || code.len() == 3 || {
        let upper = code.to_ascii_uppercase();
        code == upper
    };
    (letters && mixed || code.len() == 6 && !letters).then(|| format!("hash {}", one_by_one(code)))
}
