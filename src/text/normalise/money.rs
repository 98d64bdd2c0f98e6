//! Amounts of money.

use super::numbers::{cardinal, number};
use super::rule::{Match, Rule};

/// What a currency and its hundredth are called, in singular and plural.
struct Currency {
    /// Sign and code of ISO 4217.
    written: &'static [&'static str],
    unit: [&'static str; 2],
    /// Empty where no hundredth is in use.
    hundredth: [&'static str; 2],
}

const CURRENCIES: [Currency; 9] = [
    Currency {
        written: &["$", "USD"],
        unit: ["dollar", "dollars"],
        hundredth: ["cent", "cents"],
    },
    Currency {
        written: &["€", "EUR"],
        unit: ["euro", "euros"],
        hundredth: ["cent", "cents"],
    },
    Currency {
        written: &["£", "GBP"],
        unit: ["pound", "pounds"],
        hundredth: ["penny", "pence"],
    },
    Currency {
        written: &["¥", "JPY"],
        unit: ["yen", "yen"],
        hundredth: ["", ""],
    },
    Currency {
        written: &["₹", "INR"],
        unit: ["rupee", "rupees"],
        hundredth: ["", ""],
    },
    Currency {
        written: &["₩", "KRW"],
        unit: ["won", "won"],
        hundredth: ["", ""],
    },
    Currency {
        written: &["yuan", "CNY"],
        unit: ["yuan", "yuan"],
        hundredth: ["", ""],
    },
    Currency {
        written: &["₽", "RUB"],
        unit: ["ruble", "rubles"],
        hundredth: ["", ""],
    },
    Currency {
        written: &["CHF"],
        unit: ["franc", "francs"],
        hundredth: ["", ""],
    },
];

/// Abbreviations of large numbers behind an amount.
const SCALES: [(&str, &str); 10] = [
    ("k", "thousand"),
    ("K", "thousand"),
    ("m", "million"),
    ("M", "million"),
    ("mn", "million"),
    ("bn", "billion"),
    ("B", "billion"),
    ("b", "billion"),
    ("tn", "trillion"),
    ("T", "trillion"),
];

pub(super) const RULES: &[Rule] = &[
    // $3.5 to $4.5m: the scale and the currency belong to both.
    Rule {
        pattern: r"([$€£])(<n>) to ([$€£])(<n>\s?(?:thousand|million|billion|trillion|bn|mn|tn|[kKmMbB])\b)",
        speak: |m| {
            (m.group(1) == m.group(3))
                .then(|| format!("{} to {}{}", m.group(2), m.group(3), m.group(4)))
        },
    },
    // $20/mo, $5/hr, $15/adult
    Rule {
        pattern: r"([$€£]\s?<n>[kKmM]?)/(sq ft|[a-z]+)\b(\.?)",
        speak: |m| {
            let per = match m.group(2) {
                "mo" => "month",
                "yr" => "year",
                "hr" | "h" => "hour",
                "wk" => "week",
                "min" => "minute",
                "sec" | "s" => "second",
                "gal" => "gallon",
                "lb" => "pound",
                "oz" => "ounce",
                "kg" => "kilogram",
                "bbl" => "barrel",
                "ea" => "each",
                "pp" => "person",
                "sq ft" => "square foot",
                other => other,
            };
            // The stop of "gal. at" is that of an abbreviation.
            let goes_on = m.after.starts_with(' ')
                && m.after[1..].starts_with(|c: char| c.is_ascii_lowercase());
            let stop = if goes_on { "" } else { m.group(3) };
            Some(format!("{} per {per}{stop}", m.group(1)))
        },
    },
    // £50pp
    Rule {
        pattern: r"([$€£]\s?<n>)\s?pp\b",
        speak: |m| Some(format!("{} per person", m.group(1))),
    },
    // $.75
    Rule {
        pattern: r"([$€£])(\.\d)",
        speak: |m| Some(m.around("0")),
    },
    // $5.50, US$5, $1.5 million, EUR 20
    Rule {
        pattern: r"(\b(?:US|AU|CA|NZ|HK|A|C))?([$€£¥₹₩₽]|\b(?:USD|EUR|GBP|JPY|INR|KRW|CNY|RUB|CHF)\b)\s?(<n>)(?:\s?(thousand|million|billion|trillion|bn|mn|tn|mm|[kKmMbBT])\b)?",
        speak: |m| {
            let amount = amount(m.group(1), m.group(2), m.group(3), m.group(4))?;
            // "$5$6"
            let next = m
                .after
                .starts_with(|c: char| c.is_ascii_alphanumeric() || "$€£".contains(c));
            Some(format!("{amount}{}", if next { " " } else { "" }))
        },
    },
    // 5€, 20 EUR
    Rule {
        pattern: r"(<n>)(?:\s?(thousand|million|billion|trillion|bn|mn|tn|[kKmMbBT]))?\s?([$€£¥₹₩₽]|\b(?:USD|EUR|GBP|JPY|INR|KRW|CNY|RUB|CHF)\b)",
        speak: |m| amount("", m.group(3), m.group(1), m.group(2)),
    },
    Rule {
        pattern: r"\b(\d+)\s?¢",
        speak: |m| Some(cents(m)),
    },
];

fn amount(country: &str, sign: &str, value: &str, scale: &str) -> Option<String> {
    let currency = CURRENCIES
        .iter()
        .find(|currency| currency.written.contains(&sign))?;
    let country = country
        .chars()
        .map(|letter| format!("{letter} "))
        .collect::<String>();
    let [one, many] = currency.unit;
    if !scale.is_empty() {
        let short = SCALES.iter().find(|(short, _)| *short == scale);
        let scale = short.map_or(scale, |(_, long)| long);
        return Some(format!("{} {scale} {country}{many}", number(value)));
    }
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    let [hundredth, hundredths] = currency.hundredth;
    let count = |value: &str, one: &str, many: &str| {
        format!(
            "{} {country}{}",
            number(value),
            if value == "1" { one } else { many }
        )
    };
    // $20.5 and $20.500 are $20.50.
    let trimmed = fraction.trim_end_matches('0');
    let padded = format!("{trimmed:0<2}");
    let fraction = match fraction.len() {
        0 => "",
        _ if trimmed.len() <= 2 => &padded,
        _ => fraction,
    };
    if fraction.len() != 2 || hundredth.is_empty() {
        return Some(count(value, one, many));
    }
    let small = fraction.trim_start_matches('0');
    Some(
        match (whole.trim_matches('0').is_empty(), small.is_empty()) {
            (_, true) => count(whole, one, many),
            (true, false) => count(small, hundredth, hundredths),
            (false, false) => {
                let small_unit = if small == "1" { hundredth } else { hundredths };
                format!(
                    "{} and {} {small_unit}",
                    count(whole, one, many),
                    cardinal(small)
                )
            }
        },
    )
}

fn cents(m: &Match<'_>) -> String {
    let unit = if m.group(1) == "1" { "cent" } else { "cents" };
    format!("{} {unit}", cardinal(m.group(1)))
}
