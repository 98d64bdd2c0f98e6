//! Where sentences end, and where an overlong one can be cut.

use super::inline::{CLOSE, OPEN};
use super::normalise::{Kind, kind, needs_number};

/// A sentence is cut at this length in bytes even if it has no end, so that reading text without
/// any punctuation takes bounded memory.
const MAX_BYTES: usize = 2000;

/// Words that begin a sentence when they follow an abbreviation with a capital letter.
const STARTERS: [&str; 40] = [
    "A", "After", "All", "An", "And", "As", "At", "Before", "But", "By", "Each", "For", "From",
    "He", "Her", "His", "How", "I", "If", "In", "It", "Its", "My", "No", "On", "Our", "She", "So",
    "That", "The", "Their", "Then", "There", "These", "They", "This", "To", "We", "What", "When",
];

/// Iterator over the sentences of a text, each without white space around it.
#[derive(Debug)]
pub(super) struct Sentences<'a> {
    rest: &'a str,
}

impl<'a> Sentences<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text }
    }
}

impl<'a> Iterator for Sentences<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let text = self.rest.trim_start();
        if text.is_empty() {
            return None;
        }
        let (sentence, rest) = text.split_at(end_of_sentence(text));
        self.rest = rest;
        Some(sentence.trim_end())
    }
}

/// Length in bytes of the first sentence of a text that does not start with white space.
fn end_of_sentence(text: &str) -> usize {
    let mut last_space = None;
    let mut place = 0;
    while let Some(c) = text[place..].chars().next() {
        let after = place + c.len_utf8();
        if text[place..].starts_with(OPEN) {
            // Inline phones stay together; without an end they are refused later.
            place = text[place..]
                .find(CLOSE)
                .map_or(text.len(), |close| place + close + CLOSE.len());
            continue;
        }
        if after > MAX_BYTES {
            return last_space.unwrap_or(place.max(c.len_utf8()));
        }
        if c == '\n' && starts_block(&text[after..]) {
            return after;
        }
        if is_terminator(c) {
            let end = end_of_marks(text, place);
            if ends_sentence(&text[..place], &text[place..end], &text[end..]) {
                return end;
            }
            place = end;
            continue;
        }
        if c.is_whitespace() {
            last_space = Some(after);
        }
        place = after;
    }
    text.len()
}

fn is_terminator(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…' | '。' | '！' | '？')
}

fn is_closing(c: char) -> bool {
    matches!(c, '"' | '\'' | ')' | ']' | '”' | '’' | '»' | '*' | '_')
}

/// Where the terminators from `place` on and the closing quotation marks after them end.
fn end_of_marks(text: &str, place: usize) -> usize {
    let marks = text[place..].trim_start_matches(is_terminator);
    text.len() - marks.trim_start_matches(is_closing).len()
}

/// Whether a new paragraph or list item begins here, at the start of a line.
fn starts_block(line: &str) -> bool {
    let line = line.trim_start_matches([' ', '\t', '\r']);
    let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered = number.len() < line.len() && number.starts_with([')', '.']);
    let numbered = numbered && number[1..].starts_with(' ');
    line.starts_with('\n')
        || numbered
        || ["- ", "* ", "• "].iter().any(|item| line.starts_with(item))
}

/// Whether marks such as `."` between these texts end a sentence.
fn ends_sentence(before: &str, marks: &str, after: &str) -> bool {
    if marks.starts_with(['。', '！', '？']) || after.is_empty() {
        return true;
    }
    if !after.starts_with(char::is_whitespace) {
        return false;
    }
    let next = after.trim_start();
    let next = next.trim_start_matches(|c: char| !c.is_alphanumeric() && !is_terminator(c));
    if next.starts_with(char::is_lowercase) {
        return false;
    }
    let word = before
        .rsplit(char::is_whitespace)
        .next()
        .unwrap_or_default();
    let word = word.trim_start_matches(|c: char| !c.is_alphanumeric());
    if marks != "." || word.is_empty() {
        return true;
    }
    if word.chars().all(|c| c.is_ascii_digit()) && word.len() == before.trim_start().len() {
        // The number of a list item.
        return false;
    }
    let next_word = next
        .split(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or_default();
    let number_follows = next.starts_with(|c: char| c.is_ascii_digit());
    let initial = word.len() == 1 && word != "I" && word.starts_with(char::is_uppercase);
    match kind(word) {
        _ if needs_number(word) => !number_follows,
        _ if word == "etc" => true,
        _ if ["e.g", "i.e"].contains(&word) => false,
        Some(Kind::Before) => false,
        Some(Kind::Anywhere) => STARTERS.contains(&next_word),
        None if initial || is_dotted(word) => STARTERS.contains(&next_word),
        None => true,
    }
}

/// Whether this is an abbreviation like "U.S" or "Ph.D".
fn is_dotted(word: &str) -> bool {
    let short = |part: &str| part.len() <= 2 && part.chars().all(char::is_alphabetic);
    word.contains('.') && word.split('.').all(short)
}

/// Cuts a sentence near the middle: behind punctuation if there is some, else between words, else
/// within a word. Inline phones stay whole; nothing if only they are left.
pub(super) fn halve(sentence: &str) -> Option<(&str, &str)> {
    let middle = sentence.len() / 2;
    let mut cuts = [None; 3];
    let mut previous = ' ';
    let mut phones_end = 0;
    for (place, c) in sentence.char_indices() {
        if place >= phones_end && sentence[place..].starts_with(OPEN) {
            phones_end = sentence[place..]
                .find(CLOSE)
                .map_or(0, |end| place + end + CLOSE.len());
        }
        let in_phones = place < phones_end && !sentence[place..].starts_with(OPEN);
        let rank = match (c.is_whitespace(), previous) {
            (true, ',' | ';' | ':' | ')' | '—' | '–') => 0,
            (true, _) => 1,
            (false, _) => 2,
        };
        let central = rank > 0 || place.abs_diff(middle) < sentence.len() / 4;
        if place > 0 && !in_phones && central {
            let nearer = |other: usize| place.abs_diff(middle) < other.abs_diff(middle);
            if cuts[rank].is_none_or(nearer) {
                cuts[rank] = Some(place);
            }
        }
        previous = c;
    }
    let cut = cuts.into_iter().flatten().next()?;
    let (left, right) = sentence.split_at(cut);
    Some((left.trim_end(), right.trim_start()))
}
