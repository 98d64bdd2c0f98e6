//! What SSML's `<say-as>` asks for: a text read as what it is said to be.

use super::numbers::{cardinal, digits, ordinal};

/// The words for a text of a kind; nothing for a kind or text that is not known.
pub(in crate::text) fn say_as(kind: &str, format: &str, text: &str) -> Option<String> {
    let figures = || {
        text.chars()
            .filter(char::is_ascii_digit)
            .collect::<String>()
    };
    let whole = || Some(figures()).filter(|figures| !figures.is_empty());
    match kind {
        "characters" | "spell-out" | "verbatim" => Some(spelt(text)),
        "digits" => whole().map(|figures| digits(&figures)),
        "cardinal" | "number" => {
            let minus = if text.starts_with(['-', '−']) {
                "minus "
            } else {
                ""
            };
            whole().map(|_| {
                format!(
                    "{minus}{}",
                    super::numbers::number(text.trim_start_matches(['-', '−']))
                )
            })
        }
        "ordinal" => whole().map(|figures| ordinal(&figures)),
        "telephone" => {
            let groups = text.split(|c: char| !c.is_ascii_alphanumeric());
            let groups = groups.filter(|group| !group.is_empty()).map(|group| {
                let numeric = group.bytes().all(|byte| byte.is_ascii_digit());
                if numeric {
                    digits(group)
                } else {
                    group.to_owned()
                }
            });
            Some(groups.collect::<Vec<_>>().join(", "))
        }
        "date" => date(format, text),
        // What the rules read right where it stands alone.
        "time" | "fraction" | "unit" | "currency" | "address" => Some(text.to_owned()),
        _ => None,
    }
}

fn spelt(text: &str) -> String {
    let named = text.chars().filter_map(|c| match c {
        c if c.is_ascii_digit() => Some(digits(&c.to_string())),
        c if c.is_alphabetic() => Some(c.to_uppercase().to_string()),
        '.' => Some("dot".to_owned()),
        '-' => Some("dash".to_owned()),
        '@' => Some("at".to_owned()),
        '/' => Some("slash".to_owned()),
        '_' => Some("underscore".to_owned()),
        _ => None,
    });
    named.collect::<Vec<_>>().join(" ")
}

/// A date whose parts stand in the order of the format: d, m and y, as in "dmy".
fn date(format: &str, text: &str) -> Option<String> {
    let parts = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>();
    let mut letters = format
        .chars()
        .filter(|c| "dmy".contains(*c))
        .collect::<Vec<_>>();
    letters.dedup();
    if letters.is_empty() || parts.len() != letters.len() {
        return Some(text.to_owned());
    }
    let part = |letter: char| {
        let place = letters.iter().position(|other| *other == letter)?;
        parts.get(place).copied()
    };
    super::dates::spoken(part('y'), part('m'), part('d')).or_else(|| {
        Some(
            parts
                .iter()
                .map(|part| cardinal(part))
                .collect::<Vec<_>>()
                .join(" "),
        )
    })
}
