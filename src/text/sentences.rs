//! Where sentences end.
//!
//! Every decision looks at a bounded stretch of text, so that the time is proportional to the
//! length of any text.

use super::excerpt;
use super::inline;
use super::list_marker::Marker;
use super::normalise::{Kind, is_number, kind, needs_number};

/// A sentence is cut at this length in bytes even if it has no end, so that reading text without
/// any punctuation takes bounded memory.
const MAX_BYTES: usize = 2000;
/// How far decisions look to each side, in bytes.
const LOOK: usize = 80;
/// A line up to this length in bytes may be a heading or an item of a list.
const SHORT_LINE: usize = 48;

/// Words that begin a sentence when they follow an abbreviation with a capital letter.
const STARTERS: &str = " A After Again All Also Although An And Another Any Are As At Because Before \
    Both But By Can Could Did Do Does Each Even Every Few For From Had Has Have He Her Here His How \
    However I If In Is It Its It's I'm I've I'll Just Later Let Let's Many Maybe Meanwhile More Most My \
    Never Next No Nobody Not Nothing Now On Once One Or Other Our Perhaps Please She Should Since So \
    Some Sometimes Still Such That The Their Then There These They This Those Though Thus To Today \
    Together Tomorrow Was We Were What When Where Which While Who Why Will With Would Yes Yesterday \
    Yet You Your They're We're You're That's There's He's She's Don't ";
/// What follows "a.m." and "p.m." with a capital letter without a new sentence.
const AFTER_TIME: &str = " Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March \
    April May June July August September October November December Eastern Central Mountain Pacific \
    Greenwich London EST EDT CST CDT MST MDT PST PDT GMT UTC BST CET ET PT ";
/// Words that no heading ends with.
const OPEN_ENDS: &str = " a an the of and or to in on at for with from by as is are was were be that this \
    my your his her its our their but not mr mrs dr ";

/// Where a stretch of text came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// At the end of a sentence.
    Sentence,
    /// At the end of a paragraph.
    Paragraph,
    /// Within a sentence that is too long.
    Cut,
}

/// Iterator over the sentences of a text, each without white space around it.
#[derive(Debug)]
pub(super) struct Sentences<'a> {
    text: &'a str,
    /// What has been read.
    place: usize,
    /// Up to here each line is a sentence of its own.
    lines_until: usize,
}

impl<'a> Sentences<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text: text.strip_prefix('\u{feff}').unwrap_or(text),
            place: 0,
            lines_until: 0,
        }
    }
}

impl<'a> Iterator for Sentences<'a> {
    type Item = (&'a str, End);

    fn next(&mut self) -> Option<(&'a str, End)> {
        let rest = &self.text[self.place..];
        let text = rest.trim_start();
        if text.is_empty() {
            return None;
        }
        let start = self.place + rest.len() - text.len();
        let (length, mut end) = self.end_of_sentence(start);
        self.place = start + length;
        let after = excerpt::start(&self.text[self.place..], LOOK);
        if end == End::Sentence && starts_paragraph(after) {
            end = End::Paragraph;
        }
        Some((text[..length].trim_end(), end))
    }
}

impl Sentences<'_> {
    /// Length in bytes of the sentence that starts here, without white space before it.
    fn end_of_sentence(&mut self, start: usize) -> (usize, End) {
        let text = &self.text[start..];
        let marker = Marker::at_start(text);
        let mut last_space = None;
        let mut place = marker.as_ref().map_or(0, |marker| marker.length);
        while let Some(c) = text[place..].chars().next() {
            let after = place + c.len_utf8();
            if matches!(c, '[' | '<')
                && let Some(length) = inline::command_length(&text[place..])
            {
                place += length;
                continue;
            }
            if after > MAX_BYTES {
                return (last_space.unwrap_or(place.max(c.len_utf8())), End::Cut);
            }
            if c == '\n' && self.line_ends(text, start, place) {
                return (after, End::Sentence);
            }
            if c.is_whitespace() {
                if let Some(marker) = &marker
                    && marker.is_followed_by(excerpt::start(&text[after..], LOOK))
                {
                    return (after, End::Sentence);
                }
                last_space = Some(after);
                // Dots with spaces between them are an omission.
                if let Some((length, ends)) = spaced_dots(&text[..place], &text[after..]) {
                    place = after + length;
                    if ends {
                        return (place, End::Sentence);
                    }
                    continue;
                }
            }
            if is_terminator(c) {
                let end = end_of_marks(text, place);
                if ends_sentence(&text[..place], &text[place..end], &text[end..]) {
                    return (end, End::Sentence);
                }
                place = end;
                continue;
            }
            place = after;
        }
        (text.len(), End::Sentence)
    }

    /// Whether the line that ends at `place` of the text that starts at `start` ends a sentence.
    fn line_ends(&mut self, text: &str, start: usize, place: usize) -> bool {
        let next = &text[place + 1..];
        if start + place < self.lines_until || starts_block(next) {
            return true;
        }
        let line = text[..place].rsplit('\n').next().unwrap_or_default();
        let line = line.trim_end();
        if line.starts_with(['#', '|']) {
            return true;
        }
        let is_first = line.len() == text[..place].trim_end().len();
        let open = line.ends_with([',', ';', '-', '–', '—', '(', '/'])
            || OPEN_ENDS.contains(&format!(
                " {} ",
                last_word(line).to_lowercase().trim_end_matches('.')
            ));
        if line.len() > SHORT_LINE || open || line.is_empty() || !is_first {
            return false;
        }
        let next_line = excerpt::start(next, MAX_BYTES)
            .lines()
            .next()
            .unwrap_or_default();
        // A short line and then a longer one that starts anew: a heading.
        if next_line.trim_start().starts_with(char::is_uppercase)
            && (next_line.len() > line.len() || next_line.len() < SHORT_LINE)
        {
            return true;
        }
        // Short lines without any punctuation are a list.
        let block = excerpt::start(next, MAX_BYTES);
        let block = &block[..block.find("\n\n").unwrap_or(block.len())];
        let is_item = |line: &str| {
            let line = line.trim();
            line.len() <= SHORT_LINE && !line.ends_with(['.', '!', '?', ','])
        };
        let is_list = block.lines().all(is_item);
        if is_list {
            self.lines_until = start + place + 1 + block.len();
        }
        is_list
    }
}

fn last_word(text: &str) -> &str {
    let text = excerpt::end(text.trim_end(), LOOK);
    text.rsplit(char::is_whitespace).next().unwrap_or_default()
}

fn is_terminator(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…' | '。' | '！' | '？')
}

fn is_closing(c: char) -> bool {
    matches!(
        c,
        '"' | '\'' | ')' | ']' | '”' | '’' | '»' | '*' | '_' | '`'
    )
}

/// Where the terminators from `place` on and the closing quotation marks after them end.
fn end_of_marks(text: &str, place: usize) -> usize {
    let marks = text[place..].trim_start_matches(is_terminator);
    let after = excerpt::start(marks, LOOK);
    text.len() - marks.len() + after.len() - after.trim_start_matches(is_closing).len()
}

/// Whether white space at the start of this text holds an empty line.
fn starts_paragraph(text: &str) -> bool {
    let space = text.len() - text.trim_start().len();
    text[..space].matches('\n').count() > 1
}

/// Whether a new paragraph or list item begins here, at the start of a line.
fn starts_block(line: &str) -> bool {
    let line = excerpt::start(line, LOOK).trim_start_matches([' ', '\t', '\r']);
    line.starts_with(['\n', '#', '|', '>'])
        || ["```", "---", "***", "==="]
            .iter()
            .any(|fence| line.starts_with(fence))
        || Marker::at_start(line).is_some_and(|marker| !marker.is_letter)
}

/// Whether dots with spaces between them start here, behind a space; their length, and whether
/// they end a sentence: four do before a capital letter, three are an omission within it.
fn spaced_dots(before: &str, after: &str) -> Option<(usize, bool)> {
    let after = excerpt::start(after, LOOK);
    let mut length = 0;
    let mut count = 0;
    for (place, c) in after.char_indices() {
        match c {
            '.' => (count, length) = (count + 1, place + 1),
            ' ' => {}
            _ => break,
        }
        if after[place..].starts_with("..") {
            return None;
        }
    }
    if count == 0 {
        return None;
    }
    let attached = before.ends_with('.');
    let rest = &after[length..];
    let closing = rest.trim_start_matches(is_closing);
    length += rest.len() - closing.len();
    let capital = closing.trim_start().starts_with(char::is_uppercase);
    (count >= 3 || attached).then_some((length, capital && count >= 4 && !attached))
}

/// Whether marks such as `."` between these texts end a sentence.
fn ends_sentence(before: &str, marks: &str, after: &str) -> bool {
    let (before, after) = (excerpt::end(before, 2 * LOOK), excerpt::start(after, LOOK));
    if marks.starts_with(['。', '！', '？']) || after.is_empty() {
        return true;
    }
    let word = last_word(before);
    if !after.starts_with(char::is_whitespace) {
        return joins_sentences(word, marks, after) && !before.ends_with(char::is_whitespace);
    }
    // "5! = 120"
    if marks.starts_with("...]") || before.ends_with("[") || after.trim_start().starts_with('=') {
        return false;
    }
    let next = after.trim_start();
    let next = next.trim_start_matches(|c: char| !c.is_alphanumeric() && !is_terminator(c));
    if next.starts_with(['.', '…']) && marks == "." {
        // Dots with spaces follow: "word. . . . Next" ends here, if a capital comes after three.
        return spaced_dots("", after.trim_start()).is_some_and(|(length, _)| {
            let rest = after.trim_start()[length..].trim_start();
            length == 5 && rest.starts_with(char::is_uppercase)
        });
    }
    // "iPhones are" starts a sentence, too.
    let mut letters = next.chars();
    let lower = letters.next().is_some_and(char::is_lowercase);
    if lower && !letters.next().is_some_and(char::is_uppercase) {
        return false;
    }
    let word = word.trim_start_matches(|c: char| !c.is_alphanumeric());
    if marks != "." || word.is_empty() {
        return true;
    }
    let next_word = next
        .split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’')
        .next()
        .unwrap_or_default();
    let next_word = &*next_word.replace('’', "'");
    let starter = STARTERS.contains(&format!(" {next_word} "));
    let number_follows = next.starts_with(|c: char| c.is_ascii_digit());
    let previous = before
        .trim_end_matches(word)
        .trim_end()
        .rsplit(char::is_whitespace)
        .next()
        .unwrap_or_default();
    let capital_before = previous.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit());
    let initial = word.chars().count() == 1 && word.starts_with(char::is_uppercase);
    if initial && word == "I" {
        // "You and I. Did you" ends a sentence, "Albert I. Jones" does not.
        return starter || !(capital_before && previous.len() > 1);
    }
    if word.chars().count() == 1 && number_follows {
        // "c. 1850", "p. 5"
        return false;
    }
    match kind(word) {
        _ if needs_number(word) => !is_number(next.split_whitespace().next().unwrap_or_default()),
        _ if word == "etc" => true,
        _ if ["e.g", "i.e", "eg", "ie"].contains(&word) => false,
        _ if is_half_of_day(word) => {
            let few = before.split_whitespace().count() <= 3 && before.len() < LOOK;
            starter || !(number_follows || few || AFTER_TIME.contains(&format!(" {next_word} ")))
        }
        // Streets and drives have their name before them.
        Some(Kind::Before) if ["St", "Dr", "st"].contains(&word) && capital_before => starter,
        Some(Kind::Before) => false,
        Some(Kind::Anywhere) => starter,
        None if initial || is_dotted(word) => starter,
        None => true,
    }
}

/// Whether a stop without a space behind it stands between two sentences: "It ended.Then it began."
fn joins_sentences(word: &str, marks: &str, after: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == ',';
    let bare = word.trim_start_matches(|c: char| !c.is_alphanumeric());
    let figures = bare.starts_with(|c: char| c.is_ascii_digit());
    let body = if figures {
        bare
    } else {
        bare.get(1..).unwrap_or_default()
    };
    let capital_name = bare.starts_with(char::is_uppercase) && marks == ".";
    let next = after
        .split(|c: char| !c.is_alphabetic() && c != '\'')
        .next()
        .unwrap_or_default();
    let rest = &after[next.len()..];
    let mut letters = next.chars();
    let starts = letters.next().is_some_and(char::is_uppercase)
        && letters.all(|c| c.is_lowercase() || c == '\'');
    let ends = rest.is_empty() || rest.starts_with([' ', '\n', ',', '.', '!', '?']);
    let known = STARTERS.contains(&format!(" {next} ")) || (next.len() > 2 && !capital_name);
    let title = kind(next) == Some(Kind::Before) && rest.starts_with('.');
    let plain_word =
        !body.is_empty() && body.chars().all(plain) && kind(bare) != Some(Kind::Before);
    plain_word
        && starts
        && ends
        && (known || title)
        && marks.chars().all(|c| is_terminator(c) || is_closing(c))
}

fn is_half_of_day(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    word.ends_with("a.m") || word.ends_with("p.m")
}

/// Whether this is an abbreviation like "U.S" or "Ph.D".
fn is_dotted(word: &str) -> bool {
    let short = |part: &str| part.len() <= 2 && part.chars().all(char::is_alphabetic);
    word.contains('.') && word.split('.').all(short)
}

#[cfg(test)]
mod tests;
