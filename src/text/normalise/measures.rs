//! Numbers with units, percentages, temperatures and ranges.

use super::rule::{Match, Rule};
use crate::text::excerpt;

/// How far back a quotation may have been opened, in bytes.
const QUOTATION: usize = 300;

/// Written forms of a unit, and what it is called in singular and plural.
const UNITS: &[(&[&str], &str, &str)] = &[
    (&["s"], "second", "seconds"),
    (&["in"], "inch", "inches"),
    (&["wk", "wks"], "week", "weeks"),
    (&["mo", "mos"], "month", "months"),
    (&["yr", "yrs"], "year", "years"),
    (&["cc"], "C C", "C C"),
    (&["psi"], "P S I", "P S I"),
    (&["mmHg"], "millimeter of mercury", "millimeters of mercury"),
    (&["dL", "dl"], "deciliter", "deciliters"),
    (&["mcg"], "microgram", "micrograms"),
    (&["mol"], "mole", "moles"),
    (&["mmol"], "millimole", "millimoles"),
    (&["Pa"], "pascal", "pascals"),
    (&["MPa"], "megapascal", "megapascals"),
    (&["Nm"], "newton meter", "newton meters"),
    (&["hp"], "horsepower", "horsepower"),
    (&["Wh"], "watt hour", "watt hours"),
    (&["MWh", "mWh", "mwh"], "megawatt hour", "megawatt hours"),
    (&["Ah"], "ampere hour", "ampere hours"),
    (&["mA"], "milliampere", "milliamperes"),
    (&["mV", "mv"], "millivolt", "millivolts"),
    (&["mW"], "milliwatt", "milliwatts"),
    (&["GWh", "gWh", "gwh"], "gigawatt hour", "gigawatt hours"),
    (&["kl", "kL"], "kiloliter", "kiloliters"),
    (&["dm"], "decimeter", "decimeters"),
    (&["dm³", "dm3"], "cubic decimeter", "cubic decimeters"),
    (&["lm"], "lumen", "lumens"),
    (&["lx"], "lux", "lux"),
    (&["kN"], "kilonewton", "kilonewtons"),
    (&["kgf"], "kilogram force", "kilograms force"),
    (&["au", "AU"], "astronomical unit", "astronomical units"),
    (&["ly"], "light year", "light years"),
    (&["kΩ"], "kiloohm", "kiloohms"),
    (&["MP"], "megapixel", "megapixels"),
    (&["ppm"], "part per million", "parts per million"),
    (&["dpi"], "dot per inch", "dots per inch"),
    (&["kn"], "knot", "knots"),
    (&["pts"], "point", "points"),
    (&["BR"], "bedroom", "bedrooms"),
    (&["BA"], "bath", "baths"),
    (&["qt"], "quart", "quarts"),
    (&["gal"], "gallon", "gallons"),
    (&["tsp"], "teaspoon", "teaspoons"),
    (&["tbsp"], "tablespoon", "tablespoons"),
    (&["km³", "km3"], "cubic kilometer", "cubic kilometers"),
    (&["mm²", "mm2"], "square millimeter", "square millimeters"),
    (&["sq mi", "mi²"], "square mile", "square miles"),
    (
        &["m/s²", "m/s2"],
        "meter per second squared",
        "meters per second squared",
    ),
    (&["Mb", "Mbit"], "megabit", "megabits"),
    (&["Gb", "Gbit"], "gigabit", "gigabits"),
    (&["PB", "pb"], "petabyte", "petabytes"),
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
    (&["kg", "kgs", "KG"], "kilogram", "kilograms"),
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
    (&["kHz", "KHz", "khz"], "kilohertz", "kilohertz"),
    (&["MHz", "Mhz", "mhz"], "megahertz", "megahertz"),
    (&["GHz", "Ghz", "ghz"], "gigahertz", "gigahertz"),
    (&["kB", "KB", "KiB", "kb"], "kilobyte", "kilobytes"),
    (&["MB", "MiB", "mb"], "megabyte", "megabytes"),
    (&["GB", "GiB", "gb"], "gigabyte", "gigabytes"),
    (&["TB", "TiB", "tb"], "terabyte", "terabytes"),
    (
        &["kbps", "kbit/s"],
        "kilobit per second",
        "kilobits per second",
    ),
    (
        &["Mbps", "mbps", "Mbit/s"],
        "megabit per second",
        "megabits per second",
    ),
    (
        &["Gbps", "gbps", "Gbit/s"],
        "gigabit per second",
        "gigabits per second",
    ),
    (&["GB/s"], "gigabyte per second", "gigabytes per second"),
    (&["W"], "watt", "watts"),
    (&["kW"], "kilowatt", "kilowatts"),
    (&["MW"], "megawatt", "megawatts"),
    (&["GW"], "gigawatt", "gigawatts"),
    (&["kWh", "kwh", "KWh"], "kilowatt hour", "kilowatt hours"),
    (&["mAh"], "milliampere hour", "milliampere hours"),
    (&["V", "v"], "volt", "volts"),
    (&["kV"], "kilovolt", "kilovolts"),
    (&["J"], "joule", "joules"),
    (&["kJ"], "kilojoule", "kilojoules"),
    (&["kcal"], "kilocalorie", "kilocalories"),
    (&["hPa"], "hectopascal", "hectopascals"),
    (&["kPa"], "kilopascal", "kilopascals"),
    (&["dB"], "decibel", "decibels"),
    (&["px"], "pixel", "pixels"),
];

/// Percentages, angles, temperatures and units. They leave the numbers in figures for later rules.
pub(super) const RULES: &[Rule] = &[
    // 3h 45m, 3m 45s, 1h30
    Rule {
        pattern: r"\b(\d{1,2})\s?h\s?(\d{1,2})\s?m(?:in)?(?:\s?(\d{1,2})\s?s)?\b",
        speak: |m| {
            Some(spans(&[
                (m.group(1), "hour"),
                (m.group(2), "minute"),
                (m.group(3), "second"),
            ]))
        },
    },
    Rule {
        pattern: r"\b(\d{1,2})\s?m(?:in)?\s?(\d{1,2}(?:\.\d+)?)\s?s(?:ec)?\b",
        speak: |m| Some(spans(&[(m.group(1), "minute"), (m.group(2), "second")])),
    },
    // 5'10"
    Rule {
        pattern: r"\b(\d)'\s?(\d{1,2})(?:\x22|''|\b)",
        speak: |m| Some(format!("{} foot {}", m.group(1), m.group(2))),
    },
    // 27", unless the sign closes a quotation
    Rule {
        pattern: r"\b(\d+(?:\.\d+)?)\x22",
        speak: |m| {
            // Those behind figures are inches themselves.
            let before = excerpt::end(m.before, QUOTATION);
            let marks = before.match_indices('"');
            let opened = marks.filter(|(at, _)| {
                let before = before.as_bytes()[..*at].last();
                !before.is_some_and(u8::is_ascii_digit)
            });
            let quoted = opened.count() % 2 == 1;
            let next = m.after.strip_prefix(' ').unwrap_or_default();
            let next = next
                .split(|c: char| !c.is_ascii_lowercase())
                .next()
                .unwrap_or_default();
            let noun = next.len() > 2
                && ![
                    "wide", "long", "tall", "high", "deep", "thick", "and", "from", "was",
                ]
                .contains(&next);
            let inches = if noun { "inch" } else { "inches" };
            (!quoted).then(|| counted(m, "inch", inches))
        },
    },
    // a 5k run
    Rule {
        pattern: r"\b(\d{1,2})[kK] (run|race|walk|course|time|route|modem|video|monitor|screen|display|TV)\b",
        speak: |m| Some(format!("{} K {}", m.group(1), m.group(2))),
    },
    // 40.7° N
    Rule {
        pattern: r"(\d\s?°)\s?([NSEW])\b",
        speak: |m| {
            let direction = match m.group(2) {
                "N" => "north",
                "S" => "south",
                "E" => "east",
                _ => "west",
            };
            Some(format!("{} {direction}", m.group(1)))
        },
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
    // 72 deg. F
    Rule {
        pattern: r"(<n>)\s?deg(?:rees|s)?\.? ?([CFK])\b",
        speak: |m| Some(temperature(m)),
    },
    // 9m users
    Rule {
        pattern: r"\b(\d{1,3}(?:\.\d+)?)m (people|users|soldiers|views|dollars|euros|pounds|copies|subscribers|customers|jobs|households|visitors|followers|downloads|units|tons|tonnes|barrels|viewers|voters|workers)\b",
        speak: |m| Some(m.around(" million ")),
    },
    // 1/4 c. of milk
    Rule {
        pattern: r"(\d) c\. ([a-z])",
        speak: |m| {
            let one = m.before.ends_with('/') || m.group(1) == "1";
            Some(m.around(if one { " cup " } else { " cups " }))
        },
    },
    // 375F, but seat 12F
    Rule {
        pattern: r"\b(\d{2,3})F\b",
        speak: |m| {
            let degrees = m.group(1).parse::<u32>().ok()?;
            let before = m.word_before();
            let place = ["seat", "gate", "row", "exit", "room", "apartment", "unit"]
                .contains(&before.as_str());
            (degrees > 31 && !place).then(|| format!("{degrees} degrees fahrenheit"))
        },
    },
    // 180C/350F
    Rule {
        pattern: r"\b(\d{2,3})C(/|\b)",
        speak: |m| {
            let oven = m.group(1).len() == 3
                || m.group(2) == "/" && m.after.starts_with(|c: char| c.is_ascii_digit());
            let after = if m.group(2) == "/" { ", " } else { "" };
            oven.then(|| format!("{} degrees celsius{after}", m.group(1)))
        },
    },
    // 25 N·m
    Rule {
        pattern: r"(\d)\s?N\*m\b",
        speak: |m| Some(format!("{} newton meters", m.group(1))),
    },
    // 5 ft 10 in
    Rule {
        pattern: r"(\d\s?(?:ft|feet)\.? \d{1,2}) in\b",
        speak: |m| (!m.after.starts_with('.')).then(|| format!("{} inches", m.group(1))),
    },
    // 60+ mph
    Rule {
        pattern: r"(\d)\+\s?([A-Za-z]{1,4}(?:/[A-Za-z]+)?)\b",
        speak: |m| {
            let (_, _, many) = find(m.group(2)).filter(|_| m.group(2) != "in")?;
            Some(format!("{} plus {many}", m.group(1)))
        },
    },
    // 5V/3A
    Rule {
        pattern: r"(\d)\s?V\s?/\s?(\d+(?:\.\d+)?)\s?A\b",
        speak: |m| Some(format!("{} volts, {} amps", m.group(1), m.group(2))),
    },
    // km/h without a number, or behind one in words
    Rule {
        pattern: r"(^|[\s(])((?:km|m|mi|mg|kg|g|GB|MB|kB|Mbit|Gbit|L|ml)/(?:s²|h|s|L|dL|ml|kg))\b",
        speak: |m| {
            let many = find(m.group(2)).map(|(_, _, many)| (*many).to_owned());
            let parts = || {
                let (above, below) = m.group(2).split_once('/')?;
                Some(format!("{} per {}", find(above)?.2, find(below)?.1))
            };
            Some(format!("{}{}", m.group(1), many.or_else(parts)?))
        },
    },
    // 12/kg, 56.3 /km²
    Rule {
        pattern: r"(\d)\s?/\s?([A-Za-z]{1,4}[²³23]?)($|[^\w/])",
        speak: |m| {
            let (_, one, _) = find(m.group(2))?;
            Some(format!("{} per {one}{}", m.group(1), m.group(3)))
        },
    },
    // 1980-1970 kg: both are counts, not years.
    Rule {
        pattern: r"\b(\d{4}) to (<n>)(\s?)([A-Za-zµ]+)\b",
        speak: |m| {
            let from = super::numbers::number(m.group(1));
            let (to, space, unit) = (m.group(2), m.group(3), m.group(4));
            find(unit)?;
            Some(format!("{from} to {to}{space}{unit}"))
        },
    },
    // The unit must not be the start of a longer word.
    Rule {
        pattern: r"(<n>(?: (?:hundred|thousand|million|billion|trillion))?|\.\d+)(\s?|-)([A-Za-zµ][A-Za-z]*(?:/[A-Za-z]+[²³2]?|[²³23]\b|[²³]|\.? ft\b| mi\b)?)(\.?)",
        speak: unit,
    },
];

/// The number of group 1 with a name behind it.
fn counted(m: &Match<'_>, one: &str, many: &str) -> String {
    let number = m.group(1);
    // Four digits with a unit are no year.
    let plain = number.len() == 4 && number.bytes().all(|byte| byte.is_ascii_digit());
    let words = plain.then(|| super::numbers::number(number));
    // "Half a pound" has the unit in the singular, "two and a half pounds" has not.
    let digit = |text: &str| text.ends_with(|c: char| c.is_ascii_digit());
    let above = m.before.strip_suffix('/').filter(|above| digit(above));
    let above = above.map(|above| above.trim_end_matches(|c: char| c.is_ascii_digit()));
    let fraction = above.is_some_and(|before| !digit(before.trim_end()));
    let name = if number == "1" || fraction { one } else { many };
    format!("{} {name}", words.as_deref().unwrap_or(number))
}

/// The unit with this written form.
fn find(written: &str) -> Option<&'static (&'static [&'static str], &'static str, &'static str)> {
    UNITS.iter().find(|(forms, ..)| forms.contains(&written))
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
    // "5 in the morning"
    if written == "in" && m.group(2).starts_with(' ') && m.group(4).is_empty() {
        return None;
    }
    // "W2s" and "5wk31" are codes.
    if m.before.ends_with(|c: char| c.is_ascii_alphabetic()) || m.after.starts_with("'s") {
        return None;
    }
    // "2 v 1" is a match.
    let versus = written == "v"
        && m.after
            .trim_start()
            .starts_with(|c: char| c.is_ascii_digit());
    if versus
        || written == "s" && !is_time(m)
        || m.after.starts_with(|c: char| c.is_ascii_alphanumeric())
    {
        return None;
    }
    let Some((_, one, many)) = find(written) else {
        // 5 mg/dL
        let (above, below) = written.split_once('/')?;
        let ((_, one, many), (_, below, _)) = (find(above)?, find(below)?);
        return Some(format!("{} per {below}", counted(m, one, many)));
    };
    // A full stop that goes with the unit alone is dropped.
    let inside = m.after.starts_with(' ')
        && m.after[1..].starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    let inside = inside || m.after.starts_with(')');
    let stop = if inside { "" } else { m.group(4) };
    // "A 5-km run" has the unit in the singular.
    let counted = if m.group(2) == "-" {
        format!("{} {one}", m.group(1))
    } else {
        counted(m, one, many)
    };
    Some(format!("{counted}{stop}"))
}

/// Whether an "s" behind a number stands for seconds: behind a fraction or a number that no decade
/// has, or where a length of time is likely.
fn is_time(m: &Match<'_>) -> bool {
    let number = m.group(1);
    let before = m.before.trim_end().rsplit(' ').next().unwrap_or_default();
    let likely = [
        "for", "after", "within", "than", "about", "takes", "took", "every", "under",
    ];
    if m.group(2) == " " {
        return number.contains('.');
    }
    let of_age = [
        "the", "his", "her", "their", "my", "our", "your", "mid", "early", "late", "in", "and",
        "to", "or", "",
    ];
    if number.len() == 2
        && !m.before.ends_with(['\'', '-'])
        && !of_age.contains(&&*before.to_ascii_lowercase())
    {
        return true;
    }
    let decade = number.ends_with('0') && (number.len() == 2 || number.len() == 4);
    let before_last = m.before.ends_with('\'') || m.before.ends_with('-');
    let number_of_name = number.len() == 3 && number.starts_with(['3', '7']);
    !before_last && (number.contains('.') || likely.contains(&before) || !decade && !number_of_name)
}

/// "3 minutes 45 seconds": numbers with the names of units behind them.
fn spans(parts: &[(&str, &str)]) -> String {
    let named = parts.iter().filter(|(number, _)| !number.is_empty());
    let named = named.map(|(number, unit)| {
        let plural = if *number == "1" { "" } else { "s" };
        format!("{number} {unit}{plural}")
    });
    named.collect::<Vec<_>>().join(" ")
}
