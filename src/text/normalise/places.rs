//! Addresses of houses: streets, states, ZIP codes.

use super::numbers::{digits, in_pairs, year};
use super::rule::{Match, Rule};

/// Abbreviations of kinds of streets.
const STREETS: [(&str, &str); 13] = [
    ("st", "street"),
    ("ave", "avenue"),
    ("blvd", "boulevard"),
    ("rd", "road"),
    ("ct", "court"),
    ("ln", "lane"),
    ("pl", "place"),
    ("sq", "square"),
    ("hwy", "highway"),
    ("expy", "expressway"),
    ("pkwy", "parkway"),
    ("dr", "drive"),
    ("ter", "terrace"),
];
const DIRECTIONS: [(&str, &str); 8] = [
    ("N", "north"),
    ("S", "south"),
    ("E", "east"),
    ("W", "west"),
    ("NE", "northeast"),
    ("NW", "northwest"),
    ("SE", "southeast"),
    ("SW", "southwest"),
];
const STATES: [(&str, &str); 51] = [
    ("AL", "alabama"),
    ("AK", "alaska"),
    ("AZ", "arizona"),
    ("AR", "arkansas"),
    ("CA", "california"),
    ("CO", "colorado"),
    ("CT", "connecticut"),
    ("DC", "D C"),
    ("DE", "delaware"),
    ("FL", "florida"),
    ("GA", "georgia"),
    ("HI", "hawaii"),
    ("ID", "idaho"),
    ("IL", "illinois"),
    ("IN", "indiana"),
    ("IA", "iowa"),
    ("KS", "kansas"),
    ("KY", "kentucky"),
    ("LA", "louisiana"),
    ("ME", "maine"),
    ("MD", "maryland"),
    ("MA", "massachusetts"),
    ("MI", "michigan"),
    ("MN", "minnesota"),
    ("MS", "mississippi"),
    ("MO", "missouri"),
    ("MT", "montana"),
    ("NE", "nebraska"),
    ("NV", "nevada"),
    ("NH", "new hampshire"),
    ("NJ", "new jersey"),
    ("NM", "new mexico"),
    ("NY", "new york"),
    ("NC", "north carolina"),
    ("ND", "north dakota"),
    ("OH", "ohio"),
    ("OK", "oklahoma"),
    ("OR", "oregon"),
    ("PA", "pennsylvania"),
    ("RI", "rhode island"),
    ("SC", "south carolina"),
    ("SD", "south dakota"),
    ("TN", "tennessee"),
    ("TX", "texas"),
    ("UT", "utah"),
    ("VT", "vermont"),
    ("VA", "virginia"),
    ("WA", "washington"),
    ("WV", "west virginia"),
    ("WI", "wisconsin"),
    ("WY", "wyoming"),
];

/// Abbreviations of states before there were two letters for each.
const WRITTEN_STATES: [(&str, &str); 20] = [
    ("Ala", "alabama"),
    ("Ariz", "arizona"),
    ("Ark", "arkansas"),
    ("Colo", "colorado"),
    ("Del", "delaware"),
    ("Ga", "georgia"),
    ("Ind", "indiana"),
    ("Kan", "kansas"),
    ("Ky", "kentucky"),
    ("La", "louisiana"),
    ("Md", "maryland"),
    ("Mo", "missouri"),
    ("Mont", "montana"),
    ("Neb", "nebraska"),
    ("Nev", "nevada"),
    ("Ore", "oregon"),
    ("Pa", "pennsylvania"),
    ("Va", "virginia"),
    ("Vt", "vermont"),
    ("Wyo", "wyoming"),
];

pub(super) const RULES: &[Rule] = &[
    // 1211 E Arques Ave, 708 N 1st St
    Rule {
        pattern: r"\b(\d{1,5}) (?:(N|S|E|W|NE|NW|SE|SW)\.? )?((?:[A-Z][a-z]+|\d+(?:st|nd|rd|th))(?: [A-Z][a-z]+){0,2}) ([A-Z][a-z]{1,4}|st|ave|hwy|rd)\b(\.?)",
        speak: street,
    },
    // Pennsylvania Ave. NW, I-95 N
    Rule {
        pattern: r"\b((?:Street|street|Avenue|avenue|Ave\.?|St\.?|road|Road|Rd\.?|drive|Drive|boulevard|I-\d{1,3}|US-\d{1,3}|(?:[Rr]oute|Rte\.?|[Hh]ighway|Hwy\.?|[Ii]nterstate) \d{1,3})) (N|S|E|W|NE|NW|SE|SW)\b",
        speak: |m| Some(format!("{} {}", m.group(1), find(&DIRECTIONS, m.group(2))?)),
    },
    // St. Louis, Mo.
    Rule {
        pattern: r"([a-z]), (Ala|Ariz|Ark|Colo|Del|Ga|Ind|Kan|Ky|La|Md|Mo|Mont|Neb|Nev|Ore|Pa|Va|Vt|Wyo)\.",
        speak: |m| {
            let state = find(&WRITTEN_STATES, m.group(2))?;
            let stop = if m.after.trim().is_empty() { "." } else { "" };
            Some(format!("{}, {state}{stop}", m.group(1)))
        },
    },
    // E 42nd St.
    Rule {
        pattern: r"\b(N|S|E|W)\.? (\d{1,3}(?:st|nd|rd|th)\b)",
        speak: |m| Some(format!("{} {}", find(&DIRECTIONS, m.group(1))?, m.group(2))),
    },
    // NW, SW
    Rule {
        pattern: r"\b([a-z]+ )(NW|NE|SW|SE)\b",
        speak: |m| Some(format!("{}{}", m.group(1), find(&DIRECTIONS, m.group(2))?)),
    },
    // Springfield, IL 62704-1234; Stroudsburg, PA
    Rule {
        pattern: r"([a-z]), ?([A-Z]{2})\b(?:,? (\d{5})(?:-(\d{4}))?\b)?",
        speak: state,
    },
];

fn find(table: &[(&str, &'static str)], key: &str) -> Option<&'static str> {
    table
        .iter()
        .find(|(short, _)| *short == key)
        .map(|(_, long)| *long)
}

fn street(m: &Match<'_>) -> Option<String> {
    let kind = find(&STREETS, &m.group(4).to_ascii_lowercase())?;
    let number = if m.group(1).len() == 4 {
        // "sixteen hundred"
        let value = m.group(1).parse().ok()?;
        if value % 100 == 0 {
            year(value)
        } else {
            in_pairs(m.group(1))
        }
    } else {
        m.group(1).to_owned()
    };
    let direction = find(&DIRECTIONS, m.group(2)).unwrap_or_default();
    let space = if direction.is_empty() { "" } else { " " };
    // The stop belongs to the sentence if nothing follows.
    let stop = if m.after.trim().is_empty() {
        m.group(5)
    } else {
        ""
    };
    Some(format!(
        "{number} {direction}{space}{} {kind}{stop}",
        m.group(3)
    ))
}

fn state(m: &Match<'_>) -> Option<String> {
    let state = find(&STATES, m.group(2))?;
    // "Well, OK" and "yes, IN the end" are no places.
    let word = m.before.rsplit(|c: char| !c.is_ascii_alphabetic()).next()?;
    let place = word.starts_with(|c: char| c.is_ascii_uppercase())
        && !["Well", "Yes", "No", "Oh"].contains(&&*format!("{word}{}", m.group(1)));
    if !place {
        return None;
    }
    let code = |digits_of_code: &str| match digits_of_code {
        "" => String::new(),
        code => format!(", {}", digits(code)),
    };
    let zip = code(m.group(3)).replacen(", ", " ", 1);
    Some(format!("{}, {state}{zip}{}", m.group(1), code(m.group(4))))
}
