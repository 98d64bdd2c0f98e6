//! A subset of the Speech Synthesis Markup Language (SSML 1.1, W3C Recommendation of 2010): it is
//! turned into text with the commands of `inline`.

use roxmltree::{Document, Node};

use super::TextError;
use super::inline;
use super::ipa;
use super::normalise::say_as;

/// Length of a `<break>` by its strength, in milliseconds.
const STRENGTHS: [(&str, u32); 6] = [
    ("none", 0),
    ("x-weak", 100),
    ("weak", 200),
    ("medium", 400),
    ("strong", 700),
    ("x-strong", 1200),
];
/// Rates by name.
const RATES: [(&str, f32); 6] = [
    ("x-slow", 0.6),
    ("slow", 0.8),
    ("medium", 1.0),
    ("default", 1.0),
    ("fast", 1.25),
    ("x-fast", 1.5),
];
/// Rates that are possible.
const RATE_RANGE: std::ops::RangeInclusive<f32> = 0.25..=4.0;
/// Elements deeper than this are refused, so that no text exhausts the stack.
const MAX_DEPTH: usize = 64;

/// Whether a text is SSML: its root element is `<speak>`.
#[must_use]
pub fn is_ssml(text: &str) -> bool {
    let mut text = text.trim_start_matches('\u{feff}').trim_start();
    if text.starts_with("<?xml") {
        text = text
            .split_once("?>")
            .map_or("", |(_, rest)| rest)
            .trim_start();
    }
    let name = text.strip_prefix("<speak").unwrap_or_default();
    name.starts_with(['>', ' ', '\n', '\r', '\t', '/'])
}

/// Turns SSML into text. Read are `<speak>`, `<p>`, `<s>`, `<break time="" strength="">`,
/// `<say-as interpret-as="">` (characters, spell-out, digits, cardinal, ordinal, date, time, telephone,
/// fraction, unit), `<sub alias="">`, `<phoneme alphabet="ipa|x-arpabet" ph="">` and
/// `<prosody rate="">`. Of other elements the text is read, and a warning names them.
///
/// # Errors
/// [`TextError::Ssml`] names the line, what was wrong and what would be right.
pub fn to_text(ssml: &str) -> Result<String, TextError> {
    let document =
        Document::parse(ssml.trim_start_matches('\u{feff}').trim_start()).map_err(|error| {
            TextError::Ssml {
                line: error.pos().row,
                problem: format!("this is no well-formed XML ({error})"),
            }
        })?;
    let root = document.root_element();
    let mut writer = Writer {
        text: String::new(),
        rate: 1.0,
        unknown: Vec::new(),
    };
    if root.tag_name().name() != "speak" {
        return Err(wrong(
            &root,
            format!(
                "the root element is <{}>, but SSML starts with <speak>",
                root.tag_name().name()
            ),
        ));
    }
    writer.children(&root, 0)?;
    for name in &writer.unknown {
        tracing::warn!("SSML: <{name}> is not known here; its text is read");
    }
    Ok(writer.text)
}

struct Writer {
    text: String,
    /// The rate that is in force.
    rate: f32,
    /// Names of elements that are not read, each once.
    unknown: Vec<String>,
}

fn wrong(node: &Node<'_, '_>, problem: String) -> TextError {
    TextError::Ssml {
        line: node.document().text_pos_at(node.range().start).row,
        problem,
    }
}

impl Writer {
    fn children(&mut self, node: &Node<'_, '_>, depth: usize) -> Result<(), TextError> {
        if depth > MAX_DEPTH {
            let problem = format!("elements are nested more than {MAX_DEPTH} deep");
            return Err(wrong(node, problem));
        }
        for child in node.children() {
            if let Some(text) = child.text().filter(|_| child.is_text()) {
                self.push_text(text);
            } else if child.is_element() {
                self.element(&child, depth)?;
            }
        }
        Ok(())
    }

    /// Text in which nothing is a command or a tag, and lines are no paragraphs.
    fn push_text(&mut self, text: &str) {
        let plain = text.replace("[[", "[ [").replace('<', " less than ");
        let spaced = plain.replace(['\n', '\r'], " ");
        self.text.push_str(&spaced);
    }

    fn element(&mut self, node: &Node<'_, '_>, depth: usize) -> Result<(), TextError> {
        match node.tag_name().name() {
            "p" => {
                self.text.push_str("\n\n");
                self.children(node, depth + 1)?;
                self.text.push_str("\n\n");
            }
            "s" => {
                self.end_sentence();
                self.children(node, depth + 1)?;
                self.end_sentence();
            }
            "break" => {
                let milliseconds = break_length(node)?;
                if milliseconds > 0 {
                    self.text.push_str(&format!(" [[pause {milliseconds}ms]] "));
                }
            }
            "sub" => {
                let alias = required(node, "alias", "the text to read instead")?;
                self.push_text(alias);
            }
            "phoneme" => self.phoneme(node)?,
            "say-as" => {
                let kind = required(node, "interpret-as", "the kind of text, as \"date\"")?;
                let text = text_of(node);
                match say_as(
                    kind,
                    node.attribute("format").unwrap_or_default(),
                    text.trim(),
                ) {
                    Some(spoken) => self.push_text(&format!(" {spoken} ")),
                    None => {
                        self.note(&format!("say-as interpret-as=\"{kind}\""));
                        self.push_text(&text);
                    }
                }
            }
            "prosody" => self.prosody(node, depth)?,
            name => {
                if name != "emphasis" && name != "speak" {
                    self.note(name);
                }
                self.children(node, depth + 1)?;
            }
        }
        Ok(())
    }

    fn note(&mut self, name: &str) {
        if !self.unknown.iter().any(|known| known == name) && self.unknown.len() < 20 {
            self.unknown.push(name.to_owned());
        }
    }

    /// Ends a sentence that has no mark at its end.
    fn end_sentence(&mut self) {
        let end = self.text.trim_end();
        if !end.is_empty() && !end.ends_with(['.', '!', '?', '…', ']']) {
            let length = end.len();
            self.text.truncate(length);
            self.text.push('.');
        }
        self.text.push('\n');
    }

    fn phoneme(&mut self, node: &Node<'_, '_>) -> Result<(), TextError> {
        let phones = required(node, "ph", "the phones of the word")?;
        let parsed = match node.attribute("alphabet").unwrap_or("ipa") {
            "ipa" => ipa::parse(phones),
            "x-arpabet" | "arpabet" | "x-cmu" => super::parse_phones(phones),
            other => {
                let problem =
                    format!("alphabet \"{other}\" is not known: \"ipa\" and \"x-arpabet\" are");
                return Err(wrong(node, problem));
            }
        };
        let parsed = parsed.map_err(|error| wrong(node, error.to_string()))?;
        let names = parsed.iter().map(|phone| phone.name()).collect::<Vec<_>>();
        self.text.push_str(&format!(" [[{}]] ", names.join(" ")));
        Ok(())
    }

    fn prosody(&mut self, node: &Node<'_, '_>, depth: usize) -> Result<(), TextError> {
        for attribute in node
            .attributes()
            .filter(|attribute| attribute.name() != "rate")
        {
            self.note(&format!("prosody {}", attribute.name()));
        }
        let Some(written) = node.attribute("rate") else {
            return self.children(node, depth + 1);
        };
        let factor = rate(written).ok_or_else(|| {
            let problem = format!(
                "rate \"{written}\" is none: a name from \"x-slow\" to \"x-fast\", or a percentage \
                 as \"80%\", which says how many times as fast"
            );
            wrong(node, problem)
        })?;
        let outside = self.rate;
        self.rate = (outside * factor).clamp(*RATE_RANGE.start(), *RATE_RANGE.end());
        self.text.push_str(&format!(" [[rate {}]] ", self.rate));
        self.children(node, depth + 1)?;
        self.rate = outside;
        self.text.push_str(&format!(" [[rate {outside}]] "));
        Ok(())
    }
}

/// All text within an element.
fn text_of(node: &Node<'_, '_>) -> String {
    let texts = node.descendants().filter(Node::is_text);
    texts.filter_map(|node| node.text()).collect()
}

fn required<'a>(node: &Node<'a, '_>, name: &str, meaning: &str) -> Result<&'a str, TextError> {
    node.attribute(name).ok_or_else(|| {
        let element = node.tag_name().name();
        wrong(
            node,
            format!("<{element}> has no attribute {name}, {meaning}"),
        )
    })
}

fn break_length(node: &Node<'_, '_>) -> Result<u128, TextError> {
    if let Some(time) = node.attribute("time") {
        let silence = inline::duration(time).ok_or_else(|| {
            let problem = format!("time \"{time}\" is none: \"500ms\" and \"1.5s\" are, up to 60s");
            wrong(node, problem)
        })?;
        return Ok(silence.as_millis());
    }
    let strength = node.attribute("strength").unwrap_or("medium");
    let found = STRENGTHS.iter().find(|(name, _)| *name == strength);
    let (_, milliseconds) = found.ok_or_else(|| {
        let problem =
            format!("strength \"{strength}\" is none: \"none\" and \"x-weak\" to \"x-strong\" are");
        wrong(node, problem)
    })?;
    Ok(u128::from(*milliseconds))
}

/// How many times as fast a rate is; relative ones such as "+10%" and "-10%" too.
fn rate(written: &str) -> Option<f32> {
    if let Some((_, rate)) = RATES.iter().find(|(name, _)| *name == written) {
        return Some(*rate);
    }
    let relative = written.starts_with(['+', '-']);
    let factor = match written.strip_suffix('%') {
        Some(percentage) => percentage.parse::<f32>().ok()? / 100.0 + f32::from(u8::from(relative)),
        None => written.parse().ok()?,
    };
    RATE_RANGE.contains(&factor).then_some(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(ssml: &str) -> String {
        let text = to_text(&format!("<speak>{ssml}</speak>")).unwrap();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn elements() {
        for (ssml, expected) in [
            ("a<break time=\"500ms\"/>b", "a [[pause 500ms]] b"),
            ("a<break strength=\"weak\"/>b", "a [[pause 200ms]] b"),
            ("<s>One</s><s>Two?</s>", "One. Two?"),
            ("<sub alias=\"World Wide Web\">WWW</sub>", "World Wide Web"),
            (
                "<phoneme alphabet=\"ipa\" ph=\"təˈmɑːtoʊ\">tomato</phoneme>",
                "[[T AH0 M AA1 T OW0]]",
            ),
            (
                "<phoneme alphabet=\"x-arpabet\" ph=\"HH AY1\">hi</phoneme>",
                "[[HH AY1]]",
            ),
            (
                "<prosody rate=\"slow\">a <prosody rate=\"50%\">b</prosody></prosody>",
                "[[rate 0.8]] a [[rate 0.4]] b [[rate 0.8]] [[rate 1]]",
            ),
            ("<blink>a</blink> &amp; b", "a & b"),
            ("[[HH AY1]]", "[ [HH AY1]]"),
            ("<say-as interpret-as=\"characters\">abc</say-as>", "A B C"),
            ("<say-as interpret-as=\"ordinal\">3</say-as>", "third"),
            ("<say-as interpret-as=\"digits\">42</say-as>", "four two"),
        ] {
            assert_eq!(text(ssml), expected, "{ssml}");
        }
    }

    #[test]
    fn wrong_ssml_is_named_with_its_line() {
        for (ssml, part) in [
            (
                "<speak>\n<break time=\"1h\"/></speak>",
                "line 2: time \"1h\"",
            ),
            (
                "<speak>\n\n<sub>a</sub></speak>",
                "line 3: <sub> has no attribute alias",
            ),
            ("<speak>a<p></speak>", "line 1: this is no well-formed XML"),
            ("<html>a</html>", "root element is <html>"),
            ("<speak><phoneme ph=\"ʘ\">a</phoneme></speak>", "ʘ"),
        ] {
            let error = to_text(ssml).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
        assert!(is_ssml("<?xml version=\"1.0\"?>\n<speak version=\"1.1\">"));
        assert!(!is_ssml("<speaker>") && !is_ssml("a <speak>"));
    }
}
