//! Numbers with units, percentages, temperatures and ranges.

use super::rule::{Match, Rule};

/// Written forms of a unit, and what it is called in singular and plural.
const UNITS: &[(&[&str], &str, &str)] = &[
    (
        &["km/h", "kph", "kmh"],
        "kilometer per hour",
        "kilometers per hour",
    ),
    (&["m/s"], "meter per second", "meters per second"),
    (&["mph"], "mile per hour", "miles per hour"),
    (&["mpg"], "mile per gallon", "miles per gallon"),
    (&["rpm"], "revolution per minute", "revolutions per minute"),
    (&["bpm"], "beat per minute", "beats per minute"),
    (&["fps"], "frame per second", "frames per second"),
    (&["km²", "km2"], "square kilometer", "square kilometers"),
    (&["m²", "m2"], "square meter", "square meters"),
    (&["m³", "m3"], "cubic meter", "cubic meters"),
    (&["cm²", "cm2"], "square centimeter", "square centimeters"),
    (&["cm³", "cm3"], "cubic centimeter", "cubic centimeters"),
    (&["sq ft", "sq. ft", "ft²"], "square foot", "square feet"),
    (&["km"], "kilometer", "kilometers"),
    (&["m"], "meter", "meters"),
    (&["cm"], "centimeter", "centimeters"),
    (&["mm"], "millimeter", "millimeters"),
    (&["µm", "um"], "micrometer", "micrometers"),
    (&["nm"], "nanometer", "nanometers"),
    (&["mi"], "mile", "miles"),
    (&["yd", "yds"], "yard", "yards"),
    (&["ft"], "foot", "feet"),
    (&["kg", "kgs"], "kilogram", "kilograms"),
    (&["g"], "gram", "grams"),
    (&["mg"], "milligram", "milligrams"),
    (&["µg", "ug"], "microgram", "micrograms"),
    (&["lb", "lbs"], "pound", "pounds"),
    (&["oz"], "ounce", "ounces"),
    (&["l", "L"], "liter", "liters"),
    (&["ml", "mL"], "milliliter", "milliliters"),
    (&["cl", "cL"], "centiliter", "centiliters"),
    (&["ha"], "hectare", "hectares"),
    (&["h", "hr", "hrs"], "hour", "hours"),
    (&["min", "mins"], "minute", "minutes"),
    (&["sec", "secs"], "second", "seconds"),
    (&["ms"], "millisecond", "milliseconds"),
    (&["µs", "us"], "microsecond", "microseconds"),
    (&["ns"], "nanosecond", "nanoseconds"),
    (&["Hz"], "hertz", "hertz"),
    (&["kHz"], "kilohertz", "kilohertz"),
    (&["MHz"], "megahertz", "megahertz"),
    (&["GHz"], "gigahertz", "gigahertz"),
    (&["kB", "KB", "KiB"], "kilobyte", "kilobytes"),
    (&["MB", "MiB"], "megabyte", "megabytes"),
    (&["GB", "GiB"], "gigabyte", "gigabytes"),
    (&["TB", "TiB"], "terabyte", "terabytes"),
    (
        &["kbps", "kbit/s"],
        "kilobit per second",
        "kilobits per second",
    ),
    (
        &["Mbps", "Mbit/s"],
        "megabit per second",
        "megabits per second",
    ),
    (
        &["Gbps", "Gbit/s"],
        "gigabit per second",
        "gigabits per second",
    ),
    (&["GB/s"], "gigabyte per second", "gigabytes per second"),
    (&["W"], "watt", "watts"),
    (&["kW"], "kilowatt", "kilowatts"),
    (&["MW"], "megawatt", "megawatts"),
    (&["GW"], "gigawatt", "gigawatts"),
    (&["kWh"], "kilowatt hour", "kilowatt hours"),
    (&["mAh"], "milliampere hour", "milliampere hours"),
    (&["V"], "volt", "volts"),
    (&["kV"], "kilovolt", "kilovolts"),
    (&["J"], "joule", "joules"),
    (&["kJ"], "kilojoule", "kilojoules"),
    (&["kcal"], "kilocalorie", "kilocalories"),
    (&["hPa"], "hectopascal", "hectopascals"),
    (&["kPa"], "kilopascal", "kilopascals"),
    (&["dB"], "decibel", "decibels"),
    (&["px"], "pixel", "pixels"),
];

/// Ranges. They go before anything that turns one of the numbers into words.
pub(super) const RANGES: &[Rule] = &[
    // 10-20, but 1-2-3 is no range.
    Rule {
        pattern: r"(^|[\s(\x22'$€£])(<n>%?)-([$€£]?<n>)((?:-\d+)*)",
        speak: |m| {
            let (sign, from, to) = (m.group(1), m.group(2), m.group(3));
            m.group(4)
                .is_empty()
                .then(|| format!("{sign}{from} to {to}"))
        },
    },
];

/// Percentages, angles, temperatures and units. They leave the numbers in figures for later rules.
pub(super) const RULES: &[Rule] = &[
    // 5'10"
    Rule {
        pattern: r"\b(\d)'\s?(\d{1,2})(?:\x22|'')",
        speak: |m| Some(format!("{} foot {}", m.group(1), m.group(2))),
    },
    Rule {
        pattern: r"(<n>)\s?°\s?([CFK])\b",
        speak: |m| Some(temperature(m)),
    },
    Rule {
        pattern: r"(<n>)\s?°",
        speak: |m| Some(counted(m, "degree", "degrees")),
    },
    Rule {
        pattern: r"(\d)\s?%",
        speak: |m| Some(format!("{} percent", m.group(1))),
    },
    Rule {
        pattern: r"(\d)\s?‰",
        speak: |m| Some(format!("{} per mille", m.group(1))),
    },
    // The unit must not be the start of a longer word.
    Rule {
        pattern: r"(<n>)(\s?|-)([A-Za-zµ][A-Za-z]*(?:/[a-z]+|[²³23]\b|[²³]|\.? ft\b)?)",
        speak: unit,
    },
];

/// The number of group 1 with a name behind it.
fn counted(m: &Match<'_>, one: &str, many: &str) -> String {
    format!(
        "{} {}",
        m.group(1),
        if m.group(1) == "1" { one } else { many }
    )
}

fn temperature(m: &Match<'_>) -> String {
    match m.group(2) {
        "K" => counted(m, "kelvin", "kelvins"),
        "C" => format!("{} celsius", counted(m, "degree", "degrees")),
        _ => format!("{} fahrenheit", counted(m, "degree", "degrees")),
    }
}

fn unit(m: &Match<'_>) -> Option<String> {
    let written = m.group(3);
    let (_, one, many) = UNITS.iter().find(|(forms, ..)| forms.contains(&written))?;
    // "A 5-km run" has the unit in the singular.
    Some(if m.group(2) == "-" {
        format!("{} {one}", m.group(1))
    } else {
        counted(m, one, many)
    })
}
