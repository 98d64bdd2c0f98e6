//! Signs between words.

use super::rule::{Match, Rule};

pub(super) const RULES: &[Rule] = &[
    Rule {
        pattern: r"\b([Aa]nd)/([Oo]r)\b",
        speak: |m| Some(m.around(" ")),
    },
    // A+, B-
    Rule {
        pattern: r"\b([A-F])([+-])($|[\s.,;:!?)])",
        speak: |m| {
            let sign = if m.group(2) == "+" { "plus" } else { "minus" };
            let dash = sign == "minus" && m.group(3) == " ";
            // Two spaces keep "A" from being the article.
            (!dash).then(|| format!("{}  {sign}{}", m.group(1), m.group(3)))
        },
    },
    // ls -l
    Rule {
        pattern: r"([a-z]\s)-([a-zA-Z])($|\s)",
        speak: |m| {
            Some(format!(
                "{}dash {}{}",
                m.group(1),
                m.group(2).to_ascii_uppercase(),
                m.group(3)
            ))
        },
    },
    // growth q/q
    Rule {
        pattern: r"\b(q/q|y/y|m/m)\b",
        speak: |m| {
            let span = match m.group(1) {
                "q/q" => "quarter",
                "y/y" => "year",
                _ => "month",
            };
            Some(format!("{span} on {span}"))
        },
    },
    // "$5/month"
    Rule {
        pattern: r"([a-z])/(second|minute|hour|day|night|week|month|year|person|mile)\b",
        speak: |m| Some(m.around(" per ")),
    },
    Rule {
        pattern: r"([a-z])/([a-z])",
        speak: |m| Some(slash(m)),
    },
    Rule {
        pattern: r"([A-Z])/([A-Z])",
        speak: |m| Some(m.around(" ")),
    },
    // "Guest(s)"
    Rule {
        pattern: r"\(s\)",
        speak: |_| Some("s".to_owned()),
    },
    Rule {
        pattern: r"&&?",
        speak: |_| Some(word("and")),
    },
    Rule {
        pattern: r"\+",
        speak: |_| Some(word("plus")),
    },
    Rule {
        pattern: r"={1,3}",
        speak: |_| Some(word("equals")),
    },
    Rule {
        pattern: r"@",
        speak: |_| Some(word("at")),
    },
    Rule {
        pattern: r"%",
        speak: |_| Some(word("percent")),
    },
    Rule {
        pattern: r"°",
        speak: |_| Some(word("degrees")),
    },
    Rule {
        pattern: r"§§?",
        speak: |_| Some(word("section")),
    },
    Rule {
        pattern: r"×",
        speak: |_| Some(word("times")),
    },
    Rule {
        pattern: r"÷",
        speak: |_| Some(word("divided by")),
    },
    Rule {
        pattern: r"±",
        speak: |_| Some(word("plus or minus")),
    },
    Rule {
        pattern: r"≈",
        speak: |m| {
            let start = m.before.trim().is_empty() || m.before.trim_end().ends_with(['(', ',']);
            Some(word(if start { "about" } else { "is about" }))
        },
    },
    Rule {
        pattern: r"≠",
        speak: |_| Some(word("is not equal to")),
    },
    Rule {
        pattern: r"≤",
        speak: |_| Some(word("is at most")),
    },
    Rule {
        pattern: r"≥",
        speak: |_| Some(word("is at least")),
    },
    Rule {
        pattern: r" < ",
        speak: |_| Some(word("is less than")),
    },
    Rule {
        pattern: r" > ",
        speak: |_| Some(word("is greater than")),
    },
    Rule {
        pattern: r"√",
        speak: |_| Some(word("the square root of")),
    },
    Rule {
        pattern: r"∞",
        speak: |_| Some(word("infinity")),
    },
    Rule {
        pattern: r"²",
        speak: |_| Some(word("squared")),
    },
    Rule {
        pattern: r"³",
        speak: |_| Some(word("cubed")),
    },
    Rule {
        pattern: r"€",
        speak: |_| Some(word("euro")),
    },
    Rule {
        pattern: r"£",
        speak: |_| Some(word("pound")),
    },
    Rule {
        pattern: r"\$",
        speak: |_| Some(word("dollar")),
    },
    Rule {
        pattern: r"¥",
        speak: |_| Some(word("yen")),
    },
    Rule {
        pattern: r"₩",
        speak: |_| Some(word("won")),
    },
    Rule {
        pattern: r"₹",
        speak: |_| Some(word("rupee")),
    },
    Rule {
        pattern: r"₽",
        speak: |_| Some(word("ruble")),
    },
    Rule {
        pattern: r"⊂",
        speak: |_| Some(word("is a subset of")),
    },
    Rule {
        pattern: r"⊆",
        speak: |_| Some(word("is a subset of or equal to")),
    },
    Rule {
        pattern: r"∈",
        speak: |_| Some(word("is in")),
    },
    Rule {
        pattern: r"∪",
        speak: |_| Some(word("union")),
    },
    Rule {
        pattern: r"∩",
        speak: |_| Some(word("intersection")),
    },
    Rule {
        pattern: r"⋈",
        speak: |_| Some(word("joined with")),
    },
    Rule {
        pattern: r" / ",
        speak: |_| Some(word("slash")),
    },
];

/// Signs of numbers, applied before any rule that turns figures into words.
pub(super) const BEFORE_NUMBERS: &[Rule] = &[
    // $(0.12): a loss
    Rule {
        pattern: r"([$€£])\((<n>)\)",
        speak: |m| Some(format!("minus {}{}", m.group(1), m.group(2))),
    },
    // 4.5/5 as a mark
    Rule {
        pattern: r"\b(\d+\.\d+)/(\d+)\b",
        speak: |m| {
            let mark = ["5", "10", "20", "100"].contains(&m.group(2));
            Some(m.around(if mark { " out of " } else { " over " }))
        },
    },
    // the function call()
    Rule {
        pattern: r"(\w)\(\)",
        speak: |m| Some(m.group(1).to_owned()),
    },
    // *67 on a telephone
    Rule {
        pattern: r"([a-z] )\*(\d{2,3})\b",
        speak: |m| Some(format!("{}star {}", m.group(1), m.group(2))),
    },
    // ~$3k
    Rule {
        pattern: r"~\s?([$€£]?\.?\d)",
        speak: |m| Some(format!("about {}", m.group(1))),
    },
    Rule {
        pattern: r"(^|[\s(?])-([$€£]?\.?\d)",
        speak: |m| Some(m.around("minus ")),
    },
    // 8/10, 95/100 as a mark
    Rule {
        pattern: r"\b(\d{1,3})/(10|100)($|[\s.,!?;)])",
        speak: |m| {
            let next = m.after.trim_start();
            let unit = next.starts_with(|c: char| c.is_ascii_lowercase()) && m.group(3) == " ";
            let of = next.starts_with("of ");
            let whole = m.before.trim_end().ends_with(|c: char| c.is_ascii_digit());
            let verb = [
                "is ", "was ", "and ", "for ", "on ", "but ", "because ", "would ",
            ];
            let unit = unit && !verb.iter().any(|verb| next.starts_with(verb));
            (!of && !unit && !whole)
                .then(|| format!("{} out of {}{}", m.group(1), m.group(2), m.group(3)))
        },
    },
    // 130/85
    Rule {
        pattern: r"\b(\d{2,3})/(\d{2,3})\b",
        speak: |m| {
            let (upper, lower) = (
                m.group(1).parse::<u32>().ok()?,
                m.group(2).parse::<u32>().ok()?,
            );
            let pressure =
                (80..=240).contains(&upper) && (40..=140).contains(&lower) && upper > lower;
            (pressure && m.group(1).len() == 3)
                .then(|| format!("{} over {lower}", super::numbers::in_pairs(m.group(1))))
        },
    },
    Rule {
        pattern: r"(\d)\s?(?:∕|÷)\s?(\d)",
        speak: |m| Some(m.around(" divided by ")),
    },
];

fn word(spoken: &str) -> String {
    format!(" {spoken} ")
}

/// "He/she" is an alternative; other words have a slash between them.
fn slash(m: &Match<'_>) -> String {
    let start = m
        .before
        .rsplit(|c: char| !c.is_ascii_alphabetic())
        .next()
        .unwrap_or_default();
    let word = format!("{start}{}", m.group(1)).to_ascii_lowercase();
    let pronoun = ["he", "she", "his", "her", "hers", "him", "s"].contains(&word.as_str());
    m.around(if pronoun { " or " } else { " slash " })
}
