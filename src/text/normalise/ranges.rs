//! Ranges, relations and sums: what a dash between figures means.

use super::rule::{Match, Rule};

/// Names of days, abbreviated and whole.
const DAYS: [(&str, &str); 7] = [
    ("mon", "monday"),
    ("tue", "tuesday"),
    ("wed", "wednesday"),
    ("thu", "thursday"),
    ("fri", "friday"),
    ("sat", "saturday"),
    ("sun", "sunday"),
];
/// Names of months, abbreviated and whole.
const MONTHS: [(&str, &str); 12] = [
    ("jan", "january"),
    ("feb", "february"),
    ("mar", "march"),
    ("apr", "april"),
    ("may", "may"),
    ("jun", "june"),
    ("jul", "july"),
    ("aug", "august"),
    ("sep", "september"),
    ("oct", "october"),
    ("nov", "november"),
    ("dec", "december"),
];

/// Ranges. They go before anything that turns one of the numbers into words.
pub(super) const RULES: &[Rule] = &[
    // 1e-5, 6.02e23
    Rule {
        pattern: r"\b(\d+(?:\.\d+)?)[eE]([+-]?)(\d{1,3})\b",
        speak: |m| {
            let minus = if m.group(2) == "-" { "minus " } else { "" };
            Some(format!(
                "{} times ten to the {minus}{}",
                m.group(1),
                m.group(3)
            ))
        },
    },
    // 1-2=5, 5 - 3 = 2
    Rule {
        pattern: r"(\d)\s?-\s?(\d+(?:\.\d+)?\s?=)",
        speak: |m| Some(m.around(" minus ")),
    },
    Rule {
        pattern: r"(=\s?\d+(?:\.\d+)?)\s?-\s?(\d)",
        speak: |m| Some(m.around(" minus ")),
    },
    // 3x + 2 = 8
    Rule {
        pattern: r"(\d)([nxyz]\b\s?[-+=*/^])",
        speak: |m| Some(m.around(" ")),
    },
    // 2pm-5pm, 9:30 a.m. - 5 p.m., 9-5pm
    Rule {
        pattern: r"(\b\d{1,2}(?::\d\d)?(?:\s?[AaPp]\.?[Mm]\b\.?)?)\s?-\s?(\d{1,2}(?::\d\d)?\s?[AaPp]\.?[Mm]\b)",
        speak: |m| Some(m.around(" to ")),
    },
    Rule {
        pattern: r"(\b\d{1,2}:\d\d)\s?-\s?(\d{1,2}:\d\d\b)",
        speak: |m| Some(m.around(" to ")),
    },
    // Mon-Fri, Jan.-Mar.
    Rule {
        pattern: r"\b([A-Z][a-z]{2,8})\.?\s?-\s?([A-Z][a-z]{2,8})\b",
        speak: names,
    },
    // 1960s-80s
    Rule {
        pattern: r"(\b\d{2,4}s)-('?\d{2,4}s\b)",
        speak: |m| Some(m.around(" to ")),
    },
    // 10-20, 5 - 7, but 1-2-3 is no range.
    Rule {
        pattern: r"(^|[\s(\[\x22'$€£])(<n>%?)(?:-| - )([$€£]?<n>)((?:-\d+)*)",
        speak: |m| {
            let (sign, from, to) = (m.group(1), m.group(2), m.group(3));
            // The currency of "$3-4" stands with the second amount as well.
            let money = ["$", "€", "£"].contains(&sign) && !to.starts_with(sign);
            let leading_zero = to.len() == 1 && to == "0";
            (m.group(4).is_empty() && !leading_zero).then(|| {
                if money {
                    format!("{from} to {sign}{to}")
                } else {
                    format!("{sign}{from} to {to}")
                }
            })
        },
    },
];

/// Days or months on both sides.
fn names(m: &Match<'_>) -> Option<String> {
    let full = |table: &[(&str, &'static str)], written: &str| {
        let written = written.to_ascii_lowercase();
        let start = written.get(..3)?;
        let (_, name) = table.iter().find(|(short, _)| *short == start)?;
        (name.starts_with(&written) || written == "thurs" || written == "tues" || written == "sept")
            .then_some(*name)
    };
    let both = |table: &[(&str, &'static str)]| {
        Some(format!(
            "{} to {}",
            full(table, m.group(1))?,
            full(table, m.group(2))?
        ))
    };
    both(&DAYS).or_else(|| both(&MONTHS))
}
