//! Dates: names of months with days and years, ISO 8601, and dates in figures.

use super::numbers::{cardinal, ordinal, year};
use super::rule::{Match, Rule};

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

pub(super) const RULES: &[Rule] = &[
    // 2024-03-05T10:00Z
    Rule {
        pattern: r"\b(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(Z?)\b",
        speak: |m| {
            let zone = if m.group(3).is_empty() { "" } else { " UTC" };
            Some(format!("{} at {}{zone}", m.group(1), m.group(2)))
        },
    },
    // 2024-03-05, 2024/3/5
    Rule {
        pattern: r"\b([12]\d{3})[-/.](\d{1,2})[-/.](\d{1,2})\b",
        speak: |m| in_figures(m.group(2), m.group(3), m.group(1)),
    },
    // 3/5/2024 is read in the American order where both are possible.
    Rule {
        pattern: r"\b(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})\b",
        speak: |m| {
            in_figures(m.group(1), m.group(2), m.group(3))
                .or_else(|| in_figures(m.group(2), m.group(1), m.group(3)))
        },
    },
    // on 2/22, (3/14)
    Rule {
        pattern: r"(?i)(\b(?:on|by|until|till|since|from|before|after|due|through|thru|ends?|starts?|begins?|opens?|closes?|dated|(?:birthday|anniversary|deadline|date|party|wedding|exam|meeting|game) (?:is|was)|for|of|the|(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?) |\()(1[0-2]|0?[1-9])/(3[01]|[12]\d|0?[1-9])\b",
        speak: day_in_figures,
    },
    // 5.3.2024
    Rule {
        pattern: r"\b(\d{1,2})[.-](\d{1,2})[.-]([12]\d{3})\b",
        speak: |m| {
            in_figures(m.group(2), m.group(1), m.group(3))
                .or_else(|| in_figures(m.group(1), m.group(2), m.group(3)))
        },
    },
    // Dec. 25-31
    Rule {
        pattern: r"\b(<month>)\b\.? (\d{1,2})\s?-\s?(\d{1,2})\b(?:,? (\d{4})\b)?",
        speak: |m| {
            let (from, to) = (day(m.group(2))?, day(m.group(3))?);
            Some(format!(
                "{} {from} to {to}{}",
                month(m.group(1))?,
                year_after(m.group(4))
            ))
        },
    },
    // Jan-15-2020, 15-Jan-2020
    Rule {
        pattern: r"\b(<month>)-(\d{1,2})(?:-([12]\d{3}))?\b",
        speak: |m| {
            let (day, year) = (day(m.group(2))?, year_after(m.group(3)));
            Some(format!("{} {day}{year}", month(m.group(1))?))
        },
    },
    Rule {
        pattern: r"\b(\d{1,2})-(<month>)-([12]\d{3}|\d{2})\b",
        speak: day_of_month,
    },
    // 340 A.D, 44 BC
    Rule {
        pattern: r"\b(\d{1,4}) ?(A\.D|B\.C|A\.D\.|B\.C\.|B\.C\.E\.|C\.E\.|AD|BCE?|CE)($|[^\w])",
        speak: |m| {
            let letters = m.group(2).chars().filter(char::is_ascii_alphabetic);
            let letters = letters.map(String::from).collect::<Vec<_>>().join(" ");
            Some(format!(
                "{} {letters}{}",
                super::codes::in_era(m.group(1)),
                m.group(3)
            ))
        },
    },
    // March 5th, 2024
    Rule {
        pattern: r"(?i)\b(<month>)\b\.? (\d{1,2})(?:st|nd|rd|th)?\b(?:,? (\d{4})\b)?",
        speak: |m| {
            let (day, year) = (day(m.group(2))?, year_after(m.group(3)));
            Some(format!("{} {day}{year}", month(m.group(1))?))
        },
    },
    // the 5th of March 2024
    Rule {
        pattern: r"(?i)(?:\bthe )?\b(\d{1,2})(?:st|nd|rd|th)?(?: of)? (<month>)\b(?:\.?,? (\d{4})\b)?",
        speak: day_of_month,
    },
    // March 2024
    Rule {
        pattern: r"(?i)\b(<month>)\b\.?,? (\d{4})\b",
        speak: |m| {
            Some(format!(
                "{} {}",
                month(m.group(1))?,
                year(m.group(2).parse().ok()?)
            ))
        },
    },
];

/// The name of a month that is written out or abbreviated.
fn month(written: &str) -> Option<&'static str> {
    let start = written.get(..3)?.to_ascii_lowercase();
    MONTHS.into_iter().find(|month| month.starts_with(&start))
}

/// A day of a month as an ordinal.
fn day(written: &str) -> Option<String> {
    let value = written
        .parse::<u64>()
        .ok()
        .filter(|day| (1..=31).contains(day))?;
    Some(ordinal(&value.to_string()))
}

/// A year behind a date, if there is one.
fn year_after(written: &str) -> String {
    let full = match (written.len(), written.parse::<u64>()) {
        // Two digits: people mean the years around the last turn of the century.
        (2, Ok(value)) => year(if value < 50 {
            2000 + value
        } else {
            1900 + value
        }),
        (4, Ok(value)) => year(value),
        _ => return String::new(),
    };
    format!(", {full}")
}

/// A date without a year, unless it may be a fraction or a score.
fn day_in_figures(m: &Match<'_>) -> Option<String> {
    let next = m.after.trim_start();
    let continues = m.after.starts_with(['/', '.', '-'])
        && m.after[1..].starts_with(|c: char| c.is_ascii_digit());
    let counted = m.after.starts_with(' ')
        && [
            "of",
            "cup",
            "inch",
            "mile",
            "pound",
            "ounce",
            "teaspoon",
            "tablespoon",
            "the",
        ]
        .iter()
        .any(|word| next.starts_with(word));
    let (month, day) = (m.group(2), m.group(3));
    let famous = (month, day) == ("9", "11");
    // "For 3/4" is more often a share than a day, "on 3/4" is one.
    let fraction = ["from ", "for ", "of ", "the ", "("]
        .contains(&&*m.group(1).to_ascii_lowercase())
        && ["2", "3", "4", "5", "6", "8", "10", "16"].contains(&day)
        && month.parse::<u32>().ok()? < day.parse::<u32>().ok()?;
    (!continues && !counted && !famous && !fraction)
        .then(|| in_figures(month, day, "").map(|date| format!("{}{date}", m.group(1))))
        .flatten()
}

fn in_figures(month: &str, day_of_month: &str, year: &str) -> Option<String> {
    let month = MONTHS.get(month.parse::<usize>().ok()?.checked_sub(1)?)?;
    Some(format!(
        "{month} {}{}",
        day(day_of_month)?,
        year_after(year)
    ))
}

/// A date of which some parts are given in figures.
pub(super) fn spoken(year: Option<&str>, month: Option<&str>, day: Option<&str>) -> Option<String> {
    if let (Some(month), Some(day)) = (month, day) {
        return in_figures(month, day, year.unwrap_or_default());
    }
    let name = MONTHS.get(month?.parse::<usize>().ok()?.checked_sub(1)?)?;
    Some(format!("{name}{}", year_after(year.unwrap_or_default())))
}

fn day_of_month(m: &Match<'_>) -> Option<String> {
    // "5 may agree", "10 march on"
    let next_is_word =
        m.after.starts_with(' ') && m.after[1..].starts_with(|c: char| c.is_ascii_lowercase());
    if ["may", "mar", "march"].contains(&m.group(2)) && m.group(3).is_empty() && next_is_word {
        return None;
    }
    let month = month(m.group(2))?;
    // "5 May" is a date, but "may" after a number is also a verb: only the capital tells.
    let Some(day) = day(m.group(1)) else {
        return Some(format!(
            "{} {month}{}",
            cardinal(m.group(1)),
            year_after(m.group(3))
        ));
    };
    Some(format!("the {day} of {month}{}", year_after(m.group(3))))
}
