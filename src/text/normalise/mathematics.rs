//! Formulas: powers, relations, operators.

use super::numbers::{cardinal, ordinal, plural};
use super::rule::{Match, Rule};

/// Digits above the line and what they are on it.
const SUPERSCRIPTS: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹";

pub(super) const RULES: &[Rule] = &[
    // 2^10, x^2
    Rule {
        pattern: r"([\w)])\^\(?(-?)(\d{1,3}|[a-z])\)?",
        speak: power,
    },
    // 5! = 120
    Rule {
        pattern: r"(\d)!(\s?[=+*/)])",
        speak: |m| Some(m.around(" factorial")),
    },
    // b² - 4
    Rule {
        pattern: r"([²³])\s?-\s?([\w(])",
        speak: |m| Some(m.around(" minus ")),
    },
    // 12.5" x 8", 5 cm x 3 cm
    Rule {
        pattern: r"(\d(?:\x22|'|\s?(?:cm|mm|m|in\.?|ft\.?|km)))\s?[x×]\s?",
        speak: |m| {
            let size = m.after.starts_with(|c: char| c.is_ascii_digit());
            size.then(|| format!("{} by ", m.group(1)))
        },
    },
    // n-1, x - 2
    Rule {
        pattern: r"(^|[\s(=+*/])([ijknxy])\s?-\s?(\d+)\b",
        speak: |m| Some(format!("{}{} minus {}", m.group(1), m.group(2), m.group(3))),
    },
    // mc²
    Rule {
        pattern: r"(^|[\s(=+])([a-z])([a-z])([²³])",
        speak: |m| {
            let product = format!("{}{}", m.group(2), m.group(3));
            let unit = ["km", "cm", "mm", "dm", "ft", "mi", "in"].contains(&product.as_str());
            let letters = product.to_ascii_uppercase();
            let (a, b) = letters.split_at(1);
            (!unit).then(|| format!("{}{a} {b}{}", m.group(1), m.group(4)))
        },
    },
    // p<0.05, n>30, x<=3
    Rule {
        pattern: r"([\w)])\s?(<=|>=|!=|<|>)\s?([\w(.-])",
        speak: relation,
    },
    // x2, x3 as a factor
    Rule {
        pattern: r"(^|\s)x(\d+)\b",
        speak: |m| Some(m.around("times ")),
    },
    // 9x13, 4x4
    Rule {
        pattern: r"\b(\d{1,4}(?:\.\d+)?)x(\d{1,4})s\b",
        speak: |m| {
            Some(format!(
                "{} by {}",
                m.group(1),
                plural(&cardinal(m.group(2)))
            ))
        },
    },
    Rule {
        pattern: r"\b(\d{1,4}(?:\.\d+)?)x(\d{1,4}(?:\.\d+)?(?:x\d{1,4})?)\b",
        speak: |m| {
            Some(format!(
                "{} by {}",
                m.group(1),
                m.group(2).replace('x', " by ")
            ))
        },
    },
    // 25 x 7 m, 1920 × 1080
    Rule {
        pattern: r"(\d)\s?[x×]\s?(\d+(?:\.\d+)?\s?(?:[a-z]{1,2}[²³23]?|inch|inches|feet|pixels)?\b)",
        speak: |m| {
            let unit = m
                .group(2)
                .trim_end()
                .ends_with(|c: char| c.is_ascii_alphabetic() || "²³23".contains(c));
            let power = m.group(2).ends_with(" to");
            let unit = unit && !power && m.group(2).contains(|c: char| c.is_ascii_alphabetic());
            let size =
                m.group(2).len() >= 3 && m.group(2).bytes().all(|byte| byte.is_ascii_digit());
            (unit || size).then(|| m.around(" by "))
        },
    },
];

/// Powers above the line become powers behind a caret: 10⁶ is 10^6.
pub(super) fn superscripts(text: &str) -> Option<String> {
    let value = |c: char| {
        let place = SUPERSCRIPTS.chars().position(|sign| sign == c)?;
        char::from_digit(u32::try_from(place).ok()?, 10)
    };
    text.contains(|c: char| "⁰¹⁴⁵⁶⁷⁸⁹⁻".contains(c)).then(|| {
        let mut plain = String::with_capacity(text.len());
        let mut raised = false;
        for c in text.chars() {
            let digit = value(c).or((c == '⁻').then_some('-'));
            match digit {
                Some(digit) if raised => plain.push(digit),
                Some(digit) => {
                    plain.push('^');
                    plain.push(digit);
                }
                None => plain.push(c),
            }
            raised = digit.is_some();
        }
        plain
    })
}

#[expect(clippy::unnecessary_wraps, reason = "a rule may decline")]
fn power(m: &Match<'_>) -> Option<String> {
    let exponent = m.group(3);
    let spoken = match (m.group(2), exponent) {
        ("", "2") => "squared".to_owned(),
        ("", "3") => "cubed".to_owned(),
        ("", exponent) if exponent.starts_with(|c: char| c.is_ascii_digit()) => {
            format!("to the {}", ordinal(exponent))
        }
        ("", exponent) => format!("to the {}", exponent.to_ascii_uppercase()),
        (_, exponent) => format!("to the minus {exponent}"),
    };
    Some(format!("{} {spoken} ", m.group(1)))
}

#[expect(clippy::unnecessary_wraps, reason = "a rule may decline")]
fn relation(m: &Match<'_>) -> Option<String> {
    // "It is < 1" has its verb.
    let verb = m.group(1) == "s" && m.before.ends_with(" i");
    let spoken = match m.group(2) {
        "<" => "is less than",
        ">" => "is greater than",
        "<=" => "is at most",
        ">=" => "is at least",
        _ => "is not equal to",
    };
    let spoken = spoken
        .strip_prefix("is ")
        .filter(|_| verb)
        .unwrap_or(spoken);
    Some(format!("{} {spoken} {}", m.group(1), m.group(3)))
}
