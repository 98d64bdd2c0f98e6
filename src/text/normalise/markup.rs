//! Text as it comes: HTML, entities, Markdown, emoticons, marks of footnotes.

use super::rule::{Match, Rule};

/// Elements of HTML that end a paragraph or a line.
const BLOCKS: [&str; 22] = [
    "p",
    "br",
    "li",
    "ul",
    "ol",
    "div",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "tr",
    "table",
    "section",
    "article",
    "header",
    "footer",
    "blockquote",
    "hr",
    "dt",
    "dd",
];
/// Entities of HTML and what they stand for.
const ENTITIES: [(&str, &str); 22] = [
    ("amp", "&"),
    ("lt", "<"),
    ("gt", ">"),
    ("quot", "\""),
    ("apos", "'"),
    ("nbsp", " "),
    ("ndash", "-"),
    ("mdash", " - "),
    ("hellip", "..."),
    ("rsquo", "'"),
    ("lsquo", "'"),
    ("rdquo", "\""),
    ("ldquo", "\""),
    ("copy", " copyright "),
    ("reg", ""),
    ("trade", ""),
    ("deg", "°"),
    ("euro", "€"),
    ("pound", "£"),
    ("cent", "¢"),
    ("times", "×"),
    ("shy", ""),
];

pub(super) const RULES: &[Rule] = &[
    Rule {
        pattern: r"<!--[^>]*-->|<!\[CDATA\[|\]\]>",
        speak: |_| Some(" ".to_owned()),
    },
    // Tags of HTML and SSML. Those of blocks and pauses separate sentences.
    Rule {
        pattern: r"</?([A-Za-z][A-Za-z0-9:-]*)(\s[^<>]*)?/?>",
        speak: |m| Some(named(m).unwrap_or_else(|| tag(m.group(1), m.before).to_owned())),
    },
    Rule {
        pattern: r"&(#x?[0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});",
        speak: |m| entity(m.group(1)),
    },
    // ![picture](address), [text](address), [text][1]
    Rule {
        pattern: r"!?\[([^\]\[]*)\]\((?:[^()\s]|\([^()\s]*\))*(?:\s\x22[^\x22]*\x22)?\)",
        speak: |m| Some(m.group(1).to_owned()),
    },
    Rule {
        pattern: r"\[([^\]\[]+)\]\[[^\]\[]*\]",
        speak: |m| Some(m.group(1).to_owned()),
    },
    // [[note|name]], [[note]]
    Rule {
        pattern: r"\[\[(?:[^\]\[|]*\|)?([^\]\[|]*)\]\]",
        speak: |m| Some(m.group(1).to_owned()),
    },
    // Marks of footnotes: [1], [^note], [citation needed]
    Rule {
        pattern: r"([\w.,;:!?)\x22'])\[(?:\d{1,3}|\^[^\]\[]{1,20}|citation needed)\]",
        speak: |m| Some(m.group(1).to_owned()),
    },
    // Headings and quotations at the start of a line, fences of code
    Rule {
        pattern: r"^\s*(?:#{1,6}|>+)\s+|```\w*|~~",
        speak: |_| Some(String::new()),
    },
    Rule {
        pattern: r"\*\*|__",
        speak: |_| Some(String::new()),
    },
    // Columns of a table
    Rule {
        pattern: r"\s*\|[\s:|-]*",
        speak: |_| Some(", ".to_owned()),
    },
    // :-) ;) :D <3 ^^
    Rule {
        pattern: r"(^|\s)(?:[:;=]['-]?[)(DPp|*/\\]+|<3+|\^_?\^|[oO]_[oO]|xD+|XD+)($|[\s.,!?])",
        speak: |m| Some(m.around("")),
    },
];

/// The name of an element that a sentence is about, as in "The tag <p> makes a paragraph."
fn named(m: &Match<'_>) -> Option<String> {
    let alone = !m.before.contains('<') && !m.after.contains('<') && !m.before.trim().is_empty();
    let within = m
        .after
        .strip_prefix(' ')?
        .starts_with(|c: char| c.is_ascii_lowercase());
    let name = m.group(1).to_ascii_uppercase();
    let breaks = ["BR", "HR", "BREAK", "IMG"].contains(&name.as_str());
    (alone && within && !breaks && m.group(2).is_empty()).then(|| m.group(1).to_owned())
}

fn tag(name: &str, before: &str) -> &'static str {
    let name = name.to_ascii_lowercase();
    let mut before = before.trim_end();
    while before.ends_with('>')
        && let Some(start) = before.rfind('<')
    {
        before = before[..start].trim_end();
    }
    let ended = before.trim_end().ends_with(['.', '!', '?', ':', ';', ',']);
    match name.as_str() {
        "break" => ". ",
        "td" | "th" => ", ",
        name if BLOCKS.contains(&name) && !ended && !before.trim().is_empty() => ". ",
        name if BLOCKS.contains(&name) => " ",
        _ => "",
    }
}

fn entity(name: &str) -> Option<String> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
            None => number.parse(),
        };
        let c = char::from_u32(code.ok()?)?;
        return Some(super::characters::to_plain(&c.to_string()));
    }
    let known = ENTITIES.iter().find(|(entity, _)| *entity == name);
    known.map(|(_, text)| (*text).to_owned())
}
