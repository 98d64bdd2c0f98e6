//! Abbreviations with a full stop, and initials.

use super::rule::{Match, Rule};

/// What a full stop after an abbreviation can mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::text) enum Kind {
    /// Stands before a name or number: its full stop never ends a sentence.
    Before,
    /// May be the last word of a sentence.
    Anywhere,
}

use Kind::{Anywhere, Before};

/// Abbreviations as written in running text without the full stop, and what they are read as.
/// "Dr" and "St" have rules of their own.
const ABBREVIATIONS: &[(&str, &str, Kind)] = &[
    ("Mr", "mister", Before),
    ("Mrs", "missus", Before),
    ("Ms", "miz", Before),
    ("Messrs", "messieurs", Before),
    ("Dr", "doctor", Before),
    ("St", "saint", Before),
    ("Mt", "mount", Before),
    ("Prof", "professor", Before),
    ("Rev", "reverend", Before),
    ("Hon", "honorable", Before),
    ("Gen", "general", Before),
    ("Col", "colonel", Before),
    ("Maj", "major", Before),
    ("Capt", "captain", Before),
    ("Cmdr", "commander", Before),
    ("Lt", "lieutenant", Before),
    ("Sgt", "sergeant", Before),
    ("Gov", "governor", Before),
    ("Sen", "senator", Before),
    ("Rep", "representative", Before),
    ("Pres", "president", Before),
    ("Fr", "father", Before),
    ("Sr", "senior", Anywhere),
    ("Jr", "junior", Anywhere),
    ("Esq", "esquire", Anywhere),
    ("Inc", "incorporated", Anywhere),
    ("Ltd", "limited", Anywhere),
    ("Corp", "corporation", Anywhere),
    ("Co", "company", Anywhere),
    ("Bros", "brothers", Anywhere),
    ("Dept", "department", Anywhere),
    ("dept", "department", Anywhere),
    ("Ave", "avenue", Anywhere),
    ("Blvd", "boulevard", Anywhere),
    ("Rd", "road", Anywhere),
    ("Jan", "january", Anywhere),
    ("Feb", "february", Anywhere),
    ("Mar", "march", Anywhere),
    ("Apr", "april", Anywhere),
    ("Jun", "june", Anywhere),
    ("Jul", "july", Anywhere),
    ("Aug", "august", Anywhere),
    ("Sep", "september", Anywhere),
    ("Sept", "september", Anywhere),
    ("Oct", "october", Anywhere),
    ("Nov", "november", Anywhere),
    ("Dec", "december", Anywhere),
    ("jan", "january", Anywhere),
    ("feb", "february", Anywhere),
    ("mar", "march", Anywhere),
    ("apr", "april", Anywhere),
    ("aug", "august", Anywhere),
    ("sept", "september", Anywhere),
    ("oct", "october", Anywhere),
    ("nov", "november", Anywhere),
    ("dec", "december", Anywhere),
    ("appt", "appointment", Anywhere),
    ("agg", "aggregate", Before),
    ("Weds", "wednesday", Anywhere),
    ("Rte", "route", Before),
    ("rte", "route", Before),
    ("Chap", "chapter", Before),
    ("Para", "paragraph", Before),
    ("para", "paragraph", Before),
    ("Rm", "room", Before),
    ("rm", "room", Before),
    ("Bldg", "building", Before),
    ("bldg", "building", Before),
    ("Lat", "latitude", Before),
    ("lat", "latitude", Before),
    ("Long", "longitude", Before),
    ("long", "longitude", Before),
    ("temp", "temperature", Anywhere),
    ("Temp", "temperature", Anywhere),
    ("temps", "temperatures", Anywhere),
    ("deg", "degrees", Anywhere),
    ("Ft", "fort", Before),
    ("Mass", "massachusetts", Anywhere),
    ("Calif", "california", Anywhere),
    ("Conn", "connecticut", Anywhere),
    ("Fla", "florida", Anywhere),
    ("Ill", "illinois", Anywhere),
    ("Mich", "michigan", Anywhere),
    ("Minn", "minnesota", Anywhere),
    ("Miss", "mississippi", Anywhere),
    ("Okla", "oklahoma", Anywhere),
    ("Tenn", "tennessee", Anywhere),
    ("Tex", "texas", Anywhere),
    ("Wash", "washington", Anywhere),
    ("Wis", "wisconsin", Anywhere),
    ("pts", "points", Anywhere),
    ("qty", "quantity", Anywhere),
    ("Qty", "quantity", Anywhere),
    ("incl", "including", Before),
    ("excl", "excluding", Before),
    ("mgr", "manager", Anywhere),
    ("Mgr", "manager", Anywhere),
    ("asst", "assistant", Anywhere),
    ("Asst", "assistant", Anywhere),
    ("intl", "international", Anywhere),
    ("Intl", "international", Anywhere),
    ("Mon", "monday", Anywhere),
    ("Tue", "tuesday", Anywhere),
    ("Tues", "tuesday", Anywhere),
    ("Wed", "wednesday", Anywhere),
    ("Thu", "thursday", Anywhere),
    ("Thurs", "thursday", Anywhere),
    ("Fri", "friday", Anywhere),
    ("etc", "et cetera", Anywhere),
    ("vs", "versus", Before),
    ("cf", "compare", Before),
    ("ca", "circa", Before),
    ("al", "al", Anywhere),
    ("Adm", "admiral", Before),
    ("Cpl", "corporal", Before),
    ("Pvt", "private", Before),
    ("Mlle", "mademoiselle", Before),
    ("Mme", "madame", Before),
    ("Supt", "superintendent", Before),
    ("Univ", "university", Anywhere),
    ("Assn", "association", Anywhere),
    ("Pkwy", "parkway", Anywhere),
    ("Hwy", "highway", Anywhere),
    ("Expy", "expressway", Anywhere),
    ("co", "company", Anywhere),
    ("st", "street", Anywhere),
    ("Apt", "apartment", Before),
    ("apt", "apartment", Before),
    ("Ste", "suite", Before),
    ("ext", "extension", Before),
    ("Ext", "extension", Before),
    ("Tel", "telephone", Before),
    ("tel", "telephone", Before),
    ("vols", "volumes", Before),
    ("figs", "figures", Before),
    ("chap", "chapter", Before),
    ("no", "number", Before),
    ("nos", "numbers", Before),
    ("N°", "number", Before),
    ("Nº", "number", Before),
    ("min", "minutes", Anywhere),
    ("hr", "hour", Anywhere),
    ("hrs", "hours", Anywhere),
    ("max", "maximum", Anywhere),
    ("avg", "average", Anywhere),
    ("misc", "miscellaneous", Anywhere),
    ("govt", "government", Anywhere),
    ("Govt", "government", Anywhere),
    ("Sat", "saturday", Anywhere),
    ("Sun", "sunday", Anywhere),
    ("approx", "approximately", Before),
    ("est", "established", Before),
    ("Vol", "volume", Before),
    ("vol", "volume", Before),
    ("Fig", "figure", Before),
    ("fig", "figure", Before),
    ("Eq", "equation", Before),
    ("eq", "equation", Before),
    ("Ch", "chapter", Before),
    ("ch", "chapter", Before),
    ("Sec", "section", Before),
    ("sec", "section", Before),
    ("pp", "pages", Before),
    ("No", "number", Before),
    ("Nos", "numbers", Before),
    ("ft", "feet", Anywhere),
    ("lbs", "pounds", Anywhere),
    ("oz", "ounces", Anywhere),
    ("tsp", "teaspoon", Anywhere),
    ("tbsp", "tablespoon", Anywhere),
];

/// Abbreviations that are words as well, and are meant only before a number.
const BEFORE_NUMBERS: [&str; 25] = [
    "Lat", "lat", "Long", "long", "No", "Nos", "Fig", "fig", "Sec", "sec", "Ch", "ch", "no", "nos",
    "N°", "Nº", "jan", "feb", "mar", "apr", "aug", "sept", "oct", "nov", "dec",
];
/// Abbreviations that are words as well, and are meant only with a full stop that ends no sentence.
const WORDS: [&str; 12] = [
    "temp", "Temp", "temps", "Sat", "Sun", "min", "max", "Ill", "Mass", "Miss", "Tex", "Wash",
];

/// Words after which "al." and others read alike with or without the full stop.
pub(super) const RULES: &[Rule] = &[
    Rule {
        pattern: r"(?i)\be\.\s?g\.",
        speak: |_| Some("for example".to_owned()),
    },
    Rule {
        pattern: r"(?i)\bi\.\s?e\.",
        speak: |_| Some("that is".to_owned()),
    },
    Rule {
        pattern: r"\bPh\.?\s?D\b\.?",
        speak: |_| Some("P H D".to_owned()),
    },
    Rule {
        pattern: r"(?i)\bw/o\b",
        speak: |_| Some("without".to_owned()),
    },
    Rule {
        pattern: r"(?i)\bw/\s*\b",
        speak: |_| Some("with ".to_owned()),
    },
    Rule {
        pattern: r"\bp\. ?(\d)",
        speak: |m| Some(format!("page {}", m.group(1))),
    },
    Rule {
        pattern: r"\bpp\.? ?(\d)",
        speak: |m| Some(format!("pages {}", m.group(1))),
    },
    Rule {
        pattern: r"\bc(?:a)?\. ?(\d)",
        speak: |m| Some(format!("circa {}", m.group(1))),
    },
    Rule {
        pattern: r"N[°º]\.? ?(\d)",
        speak: |m| Some(format!("number {}", m.group(1))),
    },
    // "in st. george" is a saint, "5th st. near" a street.
    Rule {
        pattern: r"(^|\b(?:in|at|to|from|of|near|and|by|for) )st\. ([a-z])",
        speak: |m| Some(m.around("saint ")),
    },
    Rule {
        pattern: r"\bSt\b\.?",
        speak: |m| Some(saint_or_street(m).to_owned()),
    },
    Rule {
        pattern: r"\bDr\b\.?",
        speak: |m| Some(doctor_or_drive(m).to_owned()),
    },
    // Tel. no.: 1234
    Rule {
        pattern: r"\b([Tt]el\.?|[Tt]elephone|[Pp]hone|[Oo]rder|[Ii]nvoice|[Aa]ccount|[Rr]oom|[Ss]erial|[Ff]ax|[Mm]odel|[Pp]art|[Ii]tem) [Nn]o\.",
        speak: |m| {
            let what = m.group(1).trim_end_matches('.');
            Some(format!("{} number", spoken(what).unwrap_or(what)))
        },
    },
    // Apt 3, Rm 12
    Rule {
        pattern: r"\b(Apt|Ste|Rm|Bldg)( \d)",
        speak: |m| Some(format!("{}{}", spoken(m.group(1))?, m.group(2))),
    },
    // the 2nd Fl.
    Rule {
        pattern: r"(\d(?:st|nd|rd|th)) Fl\b\.?",
        speak: |m| Some(format!("{} floor", m.group(1))),
    },
    // Rd. 2 of a tournament
    Rule {
        pattern: r"\bRd\.? (\d)",
        speak: |m| Some(format!("round {}", m.group(1))),
    },
    Rule {
        pattern: r"\b([Rr]oom|[Oo]ven|[Ww]ater|[Bb]ody|[Aa]ir|[Oo]utside) temp\b(\.?)",
        speak: |m| {
            let stop = if m.after.trim().is_empty() {
                m.group(2)
            } else {
                ""
            };
            Some(format!("{} temperature{stop}", m.group(1)))
        },
    },
    Rule {
        pattern: r"\bc/o\b",
        speak: |_| Some("care of".to_owned()),
    },
    // Sat 10-2, closed Sun
    Rule {
        pattern: r"\b(Mon|Tue|Tues|Wed|Thu|Thur|Thurs|Fri)\b(\.?)",
        speak: |m| {
            // "Mon" and "Fri" are names, too, unless something of a week follows.
            let next = m.after.trim_start();
            let dated = next.starts_with(|c: char| c.is_ascii_digit())
                || next.is_empty()
                || next.starts_with([',', ';', ')', '-']);
            let sure = m.group(1).starts_with(['T', 'W']) || dated;
            let short = m
                .group(1)
                .strip_suffix("rs")
                .or(m.group(1).strip_suffix('r'));
            let stop = if next.is_empty() { m.group(2) } else { "" };
            (sure || !m.group(2).is_empty())
                .then(|| Some(format!("{}{stop}", spoken(short.unwrap_or(m.group(1)))?)))
                .flatten()
        },
    },
    Rule {
        pattern: r"\b(Sat|Sun)( \d)",
        speak: |m| Some(format!("{}{}", spoken(m.group(1))?, m.group(2))),
    },
    Rule {
        pattern: r"\b([Cc]losed|[Oo]pen|every|until|through|next|last|to|and|&) (Sat|Sun)($|[.,;:!?)])",
        speak: |m| {
            Some(format!(
                "{} {}{}",
                m.group(1),
                spoken(m.group(2))?,
                m.group(3)
            ))
        },
    },
    // Numbers beside them are words of their own: "1vs0" is "1 vs 0".
    Rule {
        pattern: r"(\d)(vs|etc)",
        speak: |m| (!m.after.starts_with(char::is_alphabetic)).then(|| m.around(" ")),
    },
    Rule {
        pattern: r"(vs|etc)(\d)",
        speak: |m| (!m.before.ends_with(char::is_alphabetic)).then(|| m.around(" ")),
    },
    // Titles and names are written without the full stop, too.
    Rule {
        pattern: r"\b(Mt|Prof|Capt|Sgt|Lt|Gov) ([A-Z][a-z])",
        speak: |m| {
            let title = spoken(m.group(1))?;
            Some(format!("{title} {}", m.group(2)))
        },
    },
    Rule {
        pattern: r"\b(M[Rr]|M[Rr][Ss]|M[Ss]|vs|Jr|Sr|etc)\b\.?",
        speak: |m| {
            spoken(&capitalised(m.group(1)))
                .or(spoken(m.group(1)))
                .map(str::to_owned)
        },
    },
    Rule {
        pattern: r"\b([A-Za-z]{2,6})\.",
        speak: listed,
    },
    // U.S.A., B.C.
    Rule {
        pattern: r"\b((?:[A-Za-z]\.){2,})",
        speak: |m| Some(spelt(m.group(1))),
    },
    // J. R. R. Tolkien, J.R. Smith
    Rule {
        pattern: r"\b([A-Z])\.( [A-Z])",
        speak: |m| Some(m.around("")),
    },
    Rule {
        pattern: r"\b([A-Z])\.( [A-Z])",
        speak: |m| Some(m.around("")),
    },
];

/// What the full stop after this word can mean if the word is an abbreviation.
pub(in crate::text) fn kind(word: &str) -> Option<Kind> {
    let find = |word: &str| {
        ABBREVIATIONS
            .iter()
            .find(|(written, ..)| *written == word)
            .map(|(.., kind)| *kind)
    };
    // Titles are also written "MR. SMITH" and "mr. darcy".
    let title = || {
        let same_case = word.len() <= 5 && word.is_ascii() && word.len() > 1;
        same_case
            .then(|| find(&capitalised(word)))
            .flatten()
            .filter(|kind| *kind == Before || word.bytes().all(|byte| byte.is_ascii_uppercase()))
    };
    find(word).or_else(title)
}

/// Whether the abbreviation is one only before a number, like "No." and "fig.".
pub(in crate::text) fn needs_number(word: &str) -> bool {
    BEFORE_NUMBERS.contains(&word)
}

/// Whether a word is a number or the code of something, such as "12" and "XJ-900".
pub(in crate::text) fn is_number(word: &str) -> bool {
    let mut signs = word.chars();
    let first = signs.next();
    let code = first.is_some_and(char::is_uppercase) && signs.any(|c| c.is_ascii_digit());
    first.is_some_and(|c| c.is_ascii_digit()) || code
}

fn spoken(written: &str) -> Option<&'static str> {
    ABBREVIATIONS
        .iter()
        .find(|(other, ..)| *other == written)
        .map(|(_, spoken, _)| *spoken)
}

fn capitalised(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    format!(
        "{}{}",
        first.to_ascii_uppercase(),
        rest.to_ascii_lowercase()
    )
}

fn listed(m: &Match<'_>) -> Option<String> {
    let written = m.group(1);
    // "nasa dot gov." ends an address.
    if m.before.ends_with("dot ") {
        return None;
    }
    let number_follows = is_number(m.after.split_whitespace().next().unwrap_or_default());
    if needs_number(written) && !number_follows {
        return None;
    }
    let last = m.after.trim().is_empty();
    let place = m.before.trim_end().ends_with(',');
    if last && !place && WORDS.contains(&written) {
        return None;
    }
    if written == "Ft" && !m.before_capital() {
        return Some("feet".to_owned());
    }
    let lower_title = || spoken(&capitalised(written)).filter(|_| kind(written) == Some(Before));
    let spoken = spoken(written).or_else(lower_title)?;
    // At the end of the sentence the stop ends it as well.
    let stop = if last { "." } else { "" };
    Some(format!("{spoken}{stop}"))
}

/// "St. John" is a saint; "Main St." and "5th St" are streets.
fn saint_or_street(m: &Match<'_>) -> &'static str {
    // "12 Oak St Apt 3"
    let mut words = m.before.trim_end().rsplit(' ');
    let named = words
        .next()
        .is_some_and(|name| name.starts_with(|c: char| c.is_ascii_uppercase()));
    let number = words.next().unwrap_or_default();
    let numbered = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    if m.before_capital() && !(named && numbered) {
        "saint"
    } else {
        "street"
    }
}

/// "Dr. Jones" is a doctor, and so is "the Dr."; "Ocean Dr." is a drive.
fn doctor_or_drive(m: &Match<'_>) -> &'static str {
    let word = m.before.trim_end().rsplit(' ').next().unwrap_or_default();
    let named = word.starts_with(|c: char| c.is_ascii_uppercase() || c.is_ascii_digit())
        && word.ends_with(|c: char| c.is_ascii_lowercase());
    if m.before_capital() || !named {
        "doctor"
    } else {
        "drive"
    }
}

fn spelt(dotted: &str) -> String {
    let letters = dotted.chars().filter(char::is_ascii_alphabetic);
    let letters = letters.map(|letter| letter.to_ascii_uppercase().to_string());
    letters.collect::<Vec<_>>().join(" ")
}
