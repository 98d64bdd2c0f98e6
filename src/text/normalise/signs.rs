//! Signs between words.

use super::rule::{Match, Rule};

pub(super) const RULES: &[Rule] = &[
    Rule {
        pattern: r"\b([Aa]nd)/([Oo]r)\b",
        speak: |m| m.around(" "),
    },
    Rule {
        pattern: r"([a-z])/([a-z])",
        speak: slash,
    },
    Rule {
        pattern: r"([A-Z])/([A-Z])",
        speak: |m| m.around(" "),
    },
    // "Guest(s)"
    Rule {
        pattern: r"\(s\)",
        speak: |_| Some("s".to_owned()),
    },
    Rule {
        pattern: r"&",
        speak: |_| word("and"),
    },
    Rule {
        pattern: r"\+",
        speak: |_| word("plus"),
    },
    Rule {
        pattern: r"==?",
        speak: |_| word("equals"),
    },
    Rule {
        pattern: r"@",
        speak: |_| word("at"),
    },
    Rule {
        pattern: r"%",
        speak: |_| word("percent"),
    },
    Rule {
        pattern: r"°",
        speak: |_| word("degrees"),
    },
    Rule {
        pattern: r"§§?",
        speak: |_| word("section"),
    },
    Rule {
        pattern: r"×",
        speak: |_| word("times"),
    },
    Rule {
        pattern: r"÷",
        speak: |_| word("divided by"),
    },
    Rule {
        pattern: r"±",
        speak: |_| word("plus or minus"),
    },
    Rule {
        pattern: r"≈",
        speak: |_| word("about"),
    },
    Rule {
        pattern: r"≠",
        speak: |_| word("is not equal to"),
    },
    Rule {
        pattern: r"≤",
        speak: |_| word("is at most"),
    },
    Rule {
        pattern: r"≥",
        speak: |_| word("is at least"),
    },
    Rule {
        pattern: r" < ",
        speak: |_| word("is less than"),
    },
    Rule {
        pattern: r" > ",
        speak: |_| word("is greater than"),
    },
    Rule {
        pattern: r"√",
        speak: |_| word("the square root of"),
    },
    Rule {
        pattern: r"∞",
        speak: |_| word("infinity"),
    },
    Rule {
        pattern: r"²",
        speak: |_| word("squared"),
    },
    Rule {
        pattern: r"³",
        speak: |_| word("cubed"),
    },
    Rule {
        pattern: r"€",
        speak: |_| word("euro"),
    },
    Rule {
        pattern: r"£",
        speak: |_| word("pound"),
    },
    Rule {
        pattern: r"\$",
        speak: |_| word("dollar"),
    },
    Rule {
        pattern: r" / ",
        speak: |_| word("slash"),
    },
];

/// Signs of numbers, applied before any rule that turns figures into words.
pub(super) const BEFORE_NUMBERS: &[Rule] = &[Rule {
    pattern: r"(^|[\s(])-([$€£]?\.?\d)",
    speak: |m| m.around("minus "),
}];

#[expect(clippy::unnecessary_wraps, reason = "rules may decline")]
fn word(spoken: &str) -> Option<String> {
    Some(format!(" {spoken} "))
}

/// "He/she" is an alternative; other words have a slash between them.
fn slash(m: &Match<'_>) -> Option<String> {
    let start = m
        .before
        .rsplit(|c: char| !c.is_ascii_alphabetic())
        .next()
        .unwrap_or_default();
    let word = format!("{start}{}", m.group(1)).to_ascii_lowercase();
    let pronoun = ["he", "she", "his", "her", "hers", "him", "s"].contains(&word.as_str());
    m.around(if pronoun { " or " } else { " slash " })
}
