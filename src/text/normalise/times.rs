//! Times of day, and ratios, which look like them.

use super::numbers::{cardinal_of, digits};
use super::rule::{Match, Rule};

pub(super) const RULES: &[Rule] = &[
    // 1:59 p.m. est
    Rule {
        pattern: r"(?i)(\d\s?[ap]\.?m\b\.?)\s?((?:[ecmp]\.?[sd]?\.?t|gmt|utc)\b\.?)",
        speak: |m| Some(format!("{} {}", m.group(1), spelt(m.group(2)))),
    },
    // 2.30 p.m.
    Rule {
        pattern: r"\b(\d{1,2})\.(\d{2}\s?[AaPp]\.?[Mm]\b)",
        speak: |m| Some(m.around(":")),
    },
    // 11:30EST
    Rule {
        pattern: r"(:\d\d)([ECMP][SD]?T|GMT|UTC)\b",
        speak: |m| Some(m.around(" ")),
    },
    // 2:03.86 of a race
    Rule {
        pattern: r"\b(\d{1,2}):([0-5]\d)\.(\d{1,3})\b",
        speak: |m| {
            let (minutes, seconds) = (
                m.group(1).parse::<u64>().ok()?,
                m.group(2).parse::<u64>().ok()?,
            );
            let oh = if seconds < 10 { "oh " } else { "" };
            let fraction = digits(m.group(3));
            Some(format!(
                "{} {oh}{} point {fraction}",
                cardinal_of(minutes),
                cardinal_of(seconds)
            ))
        },
    },
    // 5:30, 17:45:10, 5:30 p.m.
    Rule {
        pattern: r"\b(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s?([AaPp])\.?[Mm](?:\b\.?|)|\b)",
        speak: clock,
    },
    // 5 pm
    Rule {
        pattern: r"\b(\d{1,2})\s?([AaPp])\.?[Mm]\b\.?",
        speak: |m| {
            let hour = hour(m.group(1)).filter(|hour| *hour <= 12)?;
            Some(format!("{}{}", cardinal_of(hour), half_of_day(m.group(2))))
        },
    },
    // 41:32 of a race or a film, but 60:40 as a split
    Rule {
        pattern: r"\b(\d{2}):([0-5]\d)\b",
        speak: |m| {
            let (minutes, seconds) = (
                m.group(1).parse::<u64>().ok()?,
                m.group(2).parse::<u64>().ok()?,
            );
            let oh = if seconds < 10 { "oh " } else { "" };
            (minutes > 24 && minutes + seconds != 100 && seconds > 0)
                .then(|| format!("{} {oh}{}", cardinal_of(minutes), cardinal_of(seconds)))
        },
    },
    // 4:1
    Rule {
        pattern: r"(\d):(\d)",
        speak: |m| Some(m.around(" to ")),
    },
];

fn hour(written: &str) -> Option<u64> {
    written.parse().ok().filter(|hour| *hour <= 24)
}

/// " A M" or " P M", or nothing.
fn half_of_day(letter: &str) -> String {
    if letter.is_empty() {
        String::new()
    } else {
        format!(" {} M", letter.to_ascii_uppercase())
    }
}

fn clock(m: &Match<'_>) -> Option<String> {
    let hour = hour(m.group(1))?;
    let minute = m.group(2).parse().ok().filter(|minute| *minute < 60)?;
    let half = half_of_day(m.group(4));
    let seconds = m.group(3).parse::<u64>().ok();
    let minutes = match minute {
        0 if !half.is_empty() && seconds.is_some_and(|seconds| seconds > 0) => {
            " hours zero minutes".to_owned()
        }
        0 if !half.is_empty() => String::new(),
        0 if (1..=12).contains(&hour) => " o'clock".to_owned(),
        0 => " hundred".to_owned(),
        1..10 => format!(" oh {}", cardinal_of(minute)),
        _ => format!(" {}", cardinal_of(minute)),
    };
    if let (Some(seconds), "") = (seconds, m.group(4)) {
        let count = |value: u64, unit: &str| {
            let plural = if value == 1 { "" } else { "s" };
            format!("{} {unit}{plural}", cardinal_of(value))
        };
        return Some(format!(
            "{} {} and {}",
            count(hour, "hour"),
            count(minute, "minute"),
            count(seconds, "second")
        ));
    }
    let seconds = match seconds {
        Some(0) | None => String::new(),
        Some(seconds) => format!(" and {} seconds", cardinal_of(seconds)),
    };
    Some(format!("{}{minutes}{seconds}{half}", cardinal_of(hour)))
}

fn spelt(zone: &str) -> String {
    let letters = zone.chars().filter(char::is_ascii_alphabetic);
    let letters = letters.map(|letter| letter.to_ascii_uppercase().to_string());
    letters.collect::<Vec<_>>().join(" ")
}
