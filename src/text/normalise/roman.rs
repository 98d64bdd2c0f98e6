//! Roman numerals where nothing else is likely: of kings, chapters and wars.

use super::numbers::{cardinal_of, ordinal};
use super::rule::{Match, Rule};

pub(super) const RULES: &[Rule] = &[
    // Parts II and III, Chapters I-IV
    Rule {
        pattern: r"\b((?:Chapters|Books|Parts|Acts|Scenes|Volumes|Sections|Articles|Phases|Types|chapters|parts|volumes|sections) )([IVXLC]+)( and | or | to | ?- ?|, )([IVXLC]+)\b",
        speak: |m| {
            let middle = if m.group(3).contains('-') {
                " to "
            } else {
                m.group(3)
            };
            Some(format!(
                "{}{}{middle}{}",
                m.group(1),
                cardinal_of(value(m.group(2))?),
                cardinal_of(value(m.group(4))?)
            ))
        },
    },
    // Elizabeth I reigned, Francis I, Charles I's
    Rule {
        pattern: r"\b((?:Elizabeth|Francis|Charles|James|George|Mary|Nicholas|Alexander|Napoleon|Peter|Catherine|Edward|Richard|Henry|Louis|Philip|William|Frederick|Leopold|Ferdinand|Justinian|Theodosius|Darius|Otto|Pius|Leo|Paul|Constantine|Cyrus|Wilhelm|Franz Joseph) )I('s\b|[.,;:!?)]| (?:of|was|is|had|has|became|ruled|reigned|died|and|who|in|from|to|would|came|took|[a-z]+ed)\b|$| ?--)",
        speak: |m| Some(m.around("the first")),
    },
    // Chapter IV
    Rule {
        pattern: r"(?i)\b((?:chapter|book|part|act|scene|volume|section|canto|appendix|article|phase|type|class|war|mark|number|figure|table) )([IVXLC]{2,}|[VX])\b",
        speak: |m| {
            let sign = m.before.ends_with("uestion ") || m.before.ends_with("xclamation ");
            let numeral = m.group(2).to_ascii_uppercase();
            let written_small = m.group(2) != numeral && m.group(2).len() < 2;
            (!sign && !written_small)
                .then(|| Some(format!("{}{}", m.group(1), cardinal_of(value(&numeral)?))))
                .flatten()
        },
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
        pattern: r"\b([IVXLC]{2,})\b",
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
    // Letters that stand for sizes, discs and the like more often than for numbers.
    let is_other =
        ["XL", "CC", "CV", "CI", "LC", "CL", "XXL", "XC", "IC", "DC"].contains(&m.group(1));
    (named && !is_other)
        .then(|| value(m.group(1)).map(cardinal_of))
        .flatten()
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
