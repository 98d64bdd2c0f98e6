//! Roman numerals where nothing else is likely: of kings, chapters and wars.

use super::numbers::{cardinal_of, ordinal};
use super::rule::{Match, Rule};

pub(super) const RULES: &[Rule] = &[
    // Chapter IV
    Rule {
        pattern: r"(?i)\b((?:chapter|book|part|act|scene|volume|section|canto|appendix|article|phase|type|class|war|mark|number|figure|table) )([IVXLC]{2,}|[VX])\b",
        speak: |m| Some(format!("{}{}", m.group(1), cardinal_of(value(m.group(2))?))),
    },
    // "Act I," is a numeral, but "the book I read" is none.
    Rule {
        pattern: r"\b((?:Chapter|Book|Part|Act|Scene|Volume|Section|Canto) )I([.,:;)]|$)",
        speak: |m| Some(m.around("one")),
    },
    Rule {
        pattern: r"\b(World War )I\b",
        speak: |m| Some(format!("{}one", m.group(1))),
    },
    // Henry VIII
    Rule {
        pattern: r"\b((?:Henry|Louis|George|Edward|Charles|William|James|Richard|John|Philip|Frederick|Napoleon|Elizabeth|Catherine|Mary|Peter|Paul|Pius|Benedict|Leo|Gregory|Francis|Ferdinand|Leopold|Alexander|Nicholas|Wilhelm|Ramses|Ptolemy) )([IVX]{2,}|V)\b",
        speak: |m| {
            let ordinal = ordinal(&value(m.group(2))?.to_string());
            Some(format!("{}the {ordinal}", m.group(1)))
        },
    },
    // Rocky IV, World War II
    Rule {
        pattern: r"\b([IVX]{2,})\b",
        speak: after_name,
    },
];

/// Roman digits, and pairs that stand for one.
const DIGITS: [(&str, usize); 13] = [
    ("M", 1000),
    ("CM", 900),
    ("D", 500),
    ("CD", 400),
    ("C", 100),
    ("XC", 90),
    ("L", 50),
    ("XL", 40),
    ("X", 10),
    ("IX", 9),
    ("V", 5),
    ("IV", 4),
    ("I", 1),
];

/// The value of a well-formed numeral in upper case.
fn value(numeral: &str) -> Option<u64> {
    let (mut rest, mut value) = (numeral, 0);
    for (digit, worth) in DIGITS {
        while let Some(shorter) = rest.strip_prefix(digit) {
            (rest, value) = (shorter, value + worth);
        }
    }
    let mut remainder = value;
    let canonical = DIGITS.iter().map(|(digit, worth)| {
        let count = remainder / worth;
        remainder %= worth;
        digit.repeat(count)
    });
    let well_formed = rest.is_empty() && value > 0 && canonical.collect::<String>() == numeral;
    well_formed.then_some(value as u64)
}

/// Without a known word before it, only after a capitalised word.
fn after_name(m: &Match<'_>) -> Option<String> {
    let before = m.before.strip_suffix(' ')?.rsplit(' ').next()?;
    let named = before.starts_with(|c: char| c.is_ascii_uppercase())
        && before.ends_with(|c: char| c.is_ascii_lowercase());
    named.then(|| value(m.group(1)).map(cardinal_of)).flatten()
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn numerals() {
        for (numeral, expected) in [
            ("I", Some(1)),
            ("IV", Some(4)),
            ("VIII", Some(8)),
            ("XIV", Some(14)),
            ("XL", Some(40)),
            ("MCMLXXXIV", Some(1984)),
            ("IIII", None),
            ("VX", None),
            ("IXI", None),
            ("", None),
        ] {
            assert_eq!(value(numeral), expected, "{numeral}");
        }
    }
}
