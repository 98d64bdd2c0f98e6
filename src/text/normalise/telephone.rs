//! Telephone numbers, read digit by digit with a pause between the groups.

use super::numbers::digits;
use super::rule::{Match, Rule};

pub(super) const RULES: &[Rule] = &[
    // 1-800-GO-U-HAUL, 1-800-FLOWERS
    Rule {
        pattern: r"\b1[ .-](8\d\d|900)[ .-]([A-Za-z0-9]*[A-Z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*)\b",
        speak: |m| {
            Some(format!(
                "one, {} hundred, {}",
                digits(&m.group(1)[..1]),
                m.group(2).replace('-', " ")
            ))
        },
    },
    // +1 (555) 123-4567, +44 20 7946 0958
    Rule {
        pattern: r"\+(\d{1,3}(?:[ .-]?\(?\d{1,4}\)?){2,6})\b",
        speak: |m| Some(in_groups(m)),
    },
    // (555) 123-4567, 1-800-555-1234
    Rule {
        pattern: r"((?:\b1[ .-])?(?:\(\d{3}\) ?|\b\d{3}[.-])\d{3}[ .-]\d{4}(?:-\d{1,4})?)\b",
        speak: |m| Some(in_groups(m)),
    },
    // (020) 7946 0123
    Rule {
        pattern: r"(\(0\d{1,4}\) ?\d{3,4}[ -]\d{3,4})\b",
        speak: |m| Some(in_groups(m)),
    },
    // 07700 900123
    Rule {
        pattern: r"\b(0\d{3,4} \d{5,6}|0\d{2,4} \d{3,4} \d{3,4})\b",
        speak: |m| Some(in_groups(m)),
    },
    // 555-1234
    Rule {
        pattern: r"\b(\d{3}-\d{4})\b",
        speak: |m| Some(in_groups(m)),
    },
];

fn in_groups(m: &Match<'_>) -> String {
    let groups = m
        .group(1)
        .split(|c: char| !c.is_ascii_digit())
        .filter(|group| !group.is_empty());
    let spoken = groups.map(digits).collect::<Vec<_>>().join(", ");
    let plus = if m.group(0).starts_with('+') {
        "plus "
    } else {
        ""
    };
    format!("{plus}{spoken}")
}
