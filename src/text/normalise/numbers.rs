//! Numbers in words, and the rules for bare numbers.
//!
//! Numbers stay strings of digits, so that length and precision have no limit.

use super::rule::{Match, Rule};

const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] = [
    "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
];
const SCALES: [&str; 7] = [
    "",
    " thousand",
    " million",
    " billion",
    " trillion",
    " quadrillion",
    " quintillion",
];

/// The first number that [`SCALES`] has no name for.
const BEYOND_NAMES: u128 = 10_u128.pow(21);

/// Ordinals that are not the cardinal with "th" behind.
const ORDINALS: [(&str, &str); 7] = [
    ("one", "first"),
    ("two", "second"),
    ("three", "third"),
    ("five", "fifth"),
    ("eight", "eighth"),
    ("nine", "ninth"),
    ("twelve", "twelfth"),
];

/// Words before a number of four digits that make it a quantity rather than a year.
const QUANTIFIERS: [&str; 14] = [
    "about",
    "over",
    "under",
    "than",
    "nearly",
    "almost",
    "roughly",
    "approximately",
    "exactly",
    "another",
    "some",
    "these",
    "those",
    "all",
];
/// Words before a number that make a year of it even where years are seldom written.
const DATING: [&str; 12] = [
    "in", "since", "year", "by", "until", "till", "from", "of", "around", "circa", "before",
    "after",
];
/// Words after a number of four digits that look like a plural, but are none.
const NO_PLURALS: [&str; 10] = [
    "is", "was", "has", "as", "its", "his", "this", "us", "does", "perhaps",
];
/// Plurals without an s.
const PLURALS: [&str; 6] = ["people", "men", "women", "children", "feet", "percent"];

/// Rules for numbers that nothing else has claimed. Applied last of all rules for numbers.
pub(super) const RULES: &[Rule] = &[
    // version v1.2
    Rule {
        pattern: r"\b([vV]ersion )v(\d)",
        speak: |m| Some(m.around("")),
    },
    // 1.2.3, 192.168.0.1
    Rule {
        pattern: r"\bv?(\d+(?:\.\d+){2,})\b",
        speak: |m| Some(version(m)),
    },
    Rule {
        pattern: r"\b[vV](\d)",
        speak: |m| Some(format!("version {}", m.group(1))),
    },
    Rule {
        pattern: r"#\s?(\d)",
        speak: |m| Some(format!("number {}", m.group(1))),
    },
    // 2 1/2, 23 4/5ths
    Rule {
        pattern: r"\b(\d+) (\d{1,2})/(\d{1,3})(?:ths?|rds?|nds?|s)?\b",
        speak: mixed_fraction,
    },
    Rule {
        pattern: r"(?i)\b(<n>)(?:st|nd|rd|th)\b",
        speak: |m| Some(ordinal(m.group(1))),
    },
    // 1990s, 1990's
    Rule {
        pattern: r"\b([12]\d\d0)'?s\b",
        speak: |m| Some(plural(&year(m.group(1).parse().ok()?))),
    },
    // in '04
    Rule {
        pattern: r"(^|[\s(])'0(\d)\b",
        speak: |m| Some(m.around("oh ")),
    },
    // '90s, 747s
    Rule {
        pattern: r"'?\b(\d+)'?s\b",
        speak: |m| {
            let fraction = m.before.ends_with(['.', ',']);
            let name = m.group(1).len() == 3 && !m.group(1).ends_with("00");
            let words = if name {
                in_pairs(m.group(1))
            } else {
                cardinal(m.group(1))
            };
            (!fraction).then(|| plural(&words))
        },
    },
    Rule {
        pattern: r"\b(\d{1,2})/(\d{1,3})\b",
        speak: |m| fraction(m.group(1), m.group(2)),
    },
    // 24/7, 9/11, 50/50; 23/44
    Rule {
        pattern: r"\b(\d+)/(\d+)\b",
        speak: |m| {
            let (first, second) = (m.group(1), m.group(2));
            let parts = || Some(first.parse::<u32>().ok()? + second.parse::<u32>().ok()?);
            let named = ["24/7", "9/11"].contains(&m.group(0));
            let long = first.len() > 3 || second.len() > 3;
            let plain = named || long || first == second || parts() == Some(100);
            let over = if plain { "" } else { "over " };
            Some(format!("{} {over}{}", cardinal(first), cardinal(second)))
        },
    },
    Rule {
        pattern: r"(\d)\s?[x*×]\s?(\d)",
        speak: |m| Some(m.around(" times ")),
    },
    Rule {
        pattern: r"(\d)[x×](?:\b|$)",
        speak: |m| Some(format!("{} times", m.group(1))),
    },
    // 10k followers, 5M views
    Rule {
        pattern: r"(<n>)k\b",
        speak: |m| Some(format!("{} thousand", m.group(1))),
    },
    Rule {
        pattern: r"(<n>)(?:M|mn)\b",
        speak: |m| Some(format!("{} million", m.group(1))),
    },
    Rule {
        pattern: r"(<n>)bn\b",
        speak: |m| Some(format!("{} billion", m.group(1))),
    },
    // A100s, F-16s
    Rule {
        pattern: r"([A-Z])-?(\d+)s\b",
        speak: |m| {
            let number = m.group(2);
            let pairs = number.len() == 3 && !number.ends_with("00");
            let words = if pairs {
                in_pairs(number)
            } else {
                cardinal(number)
            };
            Some(format!("{} {}", m.group(1), plural(&words)))
        },
    },
    // MP3, COVID-19; 4K, 5-year-old
    Rule {
        pattern: r"([A-Za-z])-?(\d)",
        // Two spaces keep "A4" from being read with the article.
        speak: |m| Some(m.around(if m.group(1) == "A" { "  " } else { " " })),
    },
    Rule {
        pattern: r"(\d)-?([A-Za-z])",
        speak: |m| Some(m.around(" ")),
    },
    Rule {
        pattern: r"\b([12]\d{3})\b",
        speak: bare_year,
    },
    Rule {
        pattern: r"(?:\d*\.\d+|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+)",
        speak: |m| {
            // "114...48": what stands before the figures is an omission.
            if m.before.ends_with('.') && m.group(0).starts_with('.') {
                return Some(format!(". {}", number(&m.group(0)[1..])));
            }
            let glued = m.after.starts_with(|c: char| c.is_ascii_digit());
            Some(format!(
                "{}{}",
                number(m.group(0)),
                if glued { ", " } else { "" }
            ))
        },
    },
];

/// A number as written, with commas between thousands and a fraction behind a point, in words.
pub(super) fn number(written: &str) -> String {
    let plain = written.replace(',', "");
    match plain.split_once('.') {
        None => cardinal(&plain),
        Some((whole, fraction)) => {
            let whole = if whole.is_empty() {
                "zero".to_owned()
            } else {
                cardinal(whole)
            };
            format!("{whole} point {}", digits(fraction))
        }
    }
}

/// Digits as a cardinal number. Digit by digit where a person would read them so: after a
/// leading zero, and beyond the names of numbers.
pub(super) fn cardinal(digits_of_number: &str) -> String {
    let leading_zero = digits_of_number.len() > 1 && digits_of_number.starts_with('0');
    match digits_of_number.parse::<u128>() {
        Ok(value) if !leading_zero && value < BEYOND_NAMES => cardinal_of(value),
        _ => digits(digits_of_number),
    }
}

/// A cardinal number in words.
pub(super) fn cardinal_of(value: impl Into<u128>) -> String {
    let value = value.into();
    let mut groups = Vec::new();
    let mut rest = value;
    for scale in SCALES {
        let group = rest % 1000;
        if group > 0 {
            // "two thousand and five", but "two thousand five hundred".
            let and = if scale.is_empty() && group < 100 && value >= 1000 {
                "and "
            } else {
                ""
            };
            groups.push(format!("{and}{}{scale}", below_thousand(group)));
        }
        rest /= 1000;
    }
    groups.reverse();
    if groups.is_empty() {
        SMALL[0].to_owned()
    } else {
        groups.join(" ")
    }
}

fn below_thousand(value: u128) -> String {
    let (hundreds, rest) = (value / 100, value % 100);
    match (hundreds, rest) {
        (0, rest) => below_hundred(rest),
        (hundreds, 0) => format!("{} hundred", below_hundred(hundreds)),
        (hundreds, rest) => format!(
            "{} hundred and {}",
            below_hundred(hundreds),
            below_hundred(rest)
        ),
    }
}

fn below_hundred(value: u128) -> String {
    let value = usize::try_from(value).expect("callers pass remainders below 100");
    let (tens, units) = (value / 10, value % 10);
    match (tens, units) {
        (0 | 1, _) => SMALL[tens * 10 + units].to_owned(),
        (tens, 0) => TENS[tens].to_owned(),
        (tens, units) => format!("{} {}", TENS[tens], SMALL[units]),
    }
}

/// Digits one by one: "555" is "five five five". Other signs are passed over.
pub(super) fn digits(written: &str) -> String {
    let words = written
        .chars()
        .filter_map(|c| c.to_digit(10))
        .map(|d| SMALL[d as usize]);
    words.collect::<Vec<_>>().join(" ")
}

/// A number as an ordinal: "22" is "twenty second".
pub(super) fn ordinal(written: &str) -> String {
    let words = number(written);
    let (front, last) = words
        .rsplit_once(' ')
        .map_or(("", words.as_str()), |pair| pair);
    let space = if front.is_empty() { "" } else { " " };
    let irregular = ORDINALS.iter().find(|(cardinal, _)| *cardinal == last);
    let last = match (irregular, last.strip_suffix('y')) {
        (Some((_, ordinal)), _) => (*ordinal).to_owned(),
        (None, Some(stem)) => format!("{stem}ieth"),
        (None, None) => format!("{last}th"),
    };
    format!("{front}{space}{last}")
}

/// "204" is "two oh four", "370" "three seventy", "1428" "fourteen twenty eight".
pub(super) fn in_pairs(written: &str) -> String {
    let (front, back) = written.split_at(written.len() - 2);
    match (back, front) {
        ("00", _) => cardinal(written),
        (_, "") => cardinal(back),
        (back, front) => {
            let back = match back.strip_prefix('0') {
                Some(unit) => format!("oh {}", cardinal(unit)),
                None => cardinal(back),
            };
            format!("{} {back}", cardinal(front))
        }
    }
}

/// A year as it is called: 1905 is "nineteen oh five", 2005 "two thousand and five".
pub(super) fn year(value: u64) -> String {
    let (century, rest) = (value / 100, value % 100);
    match (century, rest) {
        (20, 0..10) | (10, 0) => cardinal_of(value),
        (10..100, 0) => format!("{} hundred", cardinal_of(century)),
        (10..100, 1..10) => format!("{} oh {}", cardinal_of(century), cardinal_of(rest)),
        (10..100, _) => format!("{} {}", cardinal_of(century), cardinal_of(rest)),
        _ => cardinal_of(value),
    }
}

/// The plural of a number in words: "nineteen nineties".
pub(super) fn plural(words: &str) -> String {
    match (words.strip_suffix('y'), words.ends_with('x')) {
        (Some(stem), _) => format!("{stem}ies"),
        (None, true) => format!("{words}es"),
        (None, false) => format!("{words}s"),
    }
}

fn version(m: &Match<'_>) -> String {
    let parts = m.group(1).split('.').map(cardinal).collect::<Vec<_>>();
    let point = if parts.len() > 3 { " dot " } else { " point " };
    let version = if m.group(0).starts_with('v') {
        "version "
    } else {
        ""
    };
    format!("{version}{}", parts.join(point))
}

fn fraction(numerator: &str, denominator: &str) -> Option<String> {
    let (n, d) = (
        numerator.parse::<u64>().ok()?,
        denominator.parse::<u64>().ok()?,
    );
    let name = match d {
        2 => "half".to_owned(),
        4 => "quarter".to_owned(),
        3 | 5..=10 | 12 | 16 | 20 | 32 | 64 | 100 | 128 => ordinal(denominator),
        11..100 if n == 1 => ordinal(denominator),
        _ => return None,
    };
    match n {
        1 => Some(format!("one {name}")),
        n if n < d && d == 2 => None,
        n if n < d => Some(format!("{} {name}s", cardinal_of(n))),
        _ => None,
    }
}

fn mixed_fraction(m: &Match<'_>) -> Option<String> {
    let fraction = fraction(m.group(2), m.group(3))?;
    let fraction = fraction
        .strip_prefix("one ")
        .map_or(fraction.clone(), |name| {
            format!(
                "{} {name}",
                if name.starts_with("eighth") {
                    "an"
                } else {
                    "a"
                }
            )
        });
    Some(format!("{} and {fraction}", cardinal(m.group(1))))
}

/// Reads four digits as a year unless the neighbouring words make them a quantity.
fn bare_year(m: &Match<'_>) -> Option<String> {
    let decimals = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let continues = m.after.strip_prefix(['.', ',']).is_some_and(decimals);
    if continues || m.before.ends_with(['.', ',']) {
        return None;
    }
    let before = m.word_before();
    let next = m.after.strip_prefix(' ').unwrap_or_default();
    let next = next
        .split(|c: char| !c.is_ascii_lowercase())
        .next()
        .unwrap_or_default();
    let plural = next.len() > 2 && next.ends_with('s') && !next.ends_with("ss");
    let counts = PLURALS.contains(&next) || (plural && !NO_PLURALS.contains(&next));
    let value = m.group(1).parse().ok()?;
    // "1001 nights", but "in 1066"
    let dated = value >= 1100 || DATING.contains(&before.as_str());
    let is_year = !counts
        && !QUANTIFIERS.contains(&before.as_str())
        && dated
        && (1001..2100).contains(&value);
    is_year.then(|| year(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cardinals() {
        for (digits, words) in [
            ("0", "zero"),
            ("7", "seven"),
            ("13", "thirteen"),
            ("40", "forty"),
            ("42", "forty two"),
            ("100", "one hundred"),
            ("101", "one hundred and one"),
            ("999", "nine hundred and ninety nine"),
            ("1000", "one thousand"),
            ("1005", "one thousand and five"),
            ("12345", "twelve thousand three hundred and forty five"),
            ("1000000", "one million"),
            ("2000010", "two million and ten"),
            ("007", "zero zero seven"),
            (
                "18446744073709551615",
                "eighteen quintillion four hundred and forty six quadrillion \
              seven hundred and forty four trillion seventy three billion seven hundred and nine \
              million five hundred and fifty one thousand six hundred and fifteen",
            ),
        ] {
            assert_eq!(cardinal(digits), words);
        }
        assert_eq!(cardinal(&"9".repeat(40)).split(' ').count(), 40);
    }

    #[test]
    fn ordinals() {
        for (digits, words) in [
            ("1", "first"),
            ("12", "twelfth"),
            ("20", "twentieth"),
            ("23", "twenty third"),
            ("100", "one hundredth"),
            ("1,000", "one thousandth"),
        ] {
            assert_eq!(ordinal(digits), words);
        }
    }

    #[test]
    fn years() {
        for (value, words) in [
            (1066, "ten sixty six"),
            (1000, "one thousand"),
            (1500, "fifteen hundred"),
            (1905, "nineteen oh five"),
            (1999, "nineteen ninety nine"),
            (2000, "two thousand"),
            (2005, "two thousand and five"),
            (2024, "twenty twenty four"),
            (476, "four hundred and seventy six"),
        ] {
            assert_eq!(year(value), words);
        }
    }
}
