//! The last step: letters become words, punctuation becomes pauses, all else disappears.

use super::case;
use crate::text::lexicon::Lexicon;
use crate::text::spoken::{Pause, Spoken};

/// Words and pauses of text that has no figures or readable signs left.
pub(super) fn collect(text: &str, lexicon: &Lexicon) -> Vec<Spoken> {
    let mut spoken = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = match first {
            c if is_letter(c) => rest.find(|c| !is_letter(c)).unwrap_or(rest.len()),
            c => rest.find(|other| other != c).unwrap_or(rest.len()),
        };
        let (run, tail) = rest.split_at(end);
        if is_letter(first) {
            push_words(run, tail, lexicon, &mut spoken);
        } else if let Some(pause) = pause(first, run.len(), &text[..text.len() - rest.len()], tail)
        {
            spoken.push(Spoken::Pause(pause));
        }
        rest = tail;
    }
    spoken
}

fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '\''
}

fn push_words(run: &str, tail: &str, lexicon: &Lexicon, spoken: &mut Vec<Spoken>) {
    let word = without_quotes(run, lexicon);
    if !word.contains(|c: char| c.is_ascii_alphabetic()) {
        return;
    }
    if word == "A" && is_article(spoken, tail) {
        spoken.push(Spoken::Word("a".to_owned()));
        return;
    }
    let read = case::read(word, lexicon);
    spoken.extend(read.split(' ').map(|word| Spoken::Word(word.to_owned())));
}

/// Whether "A" is the article: at the start of a sentence or after a pause, unless letters are
/// being listed.
fn is_article(before: &[Spoken], after: &str) -> bool {
    let starts = matches!(before.last(), None | Some(Spoken::Pause(_)));
    let next = after.trim_start();
    let next = &next[..next.find(|c| !is_letter(c)).unwrap_or(next.len())];
    let lists_letters = next.len() == 1 && next.starts_with(|c: char| c.is_ascii_uppercase());
    starts && after.starts_with(' ') && !lists_letters
}

/// The word without apostrophes that are quotation marks: "'tis" and "goin'" keep theirs.
fn without_quotes<'a>(run: &'a str, lexicon: &Lexicon) -> &'a str {
    let known = |word: &str| lexicon.contains(&word.to_ascii_lowercase());
    let inner = run.trim_matches('\'');
    let start = run.len() - run.trim_start_matches('\'').len();
    let end = start + inner.len();
    if start > 0 && known(&run[start - 1..end]) {
        &run[start - 1..end]
    } else if end < run.len() && end > start && known(&run[start..=end]) {
        &run[start..=end]
    } else {
        inner
    }
}

/// What a run of one punctuation mark says between the text before and after it.
fn pause(mark: char, length: usize, before: &str, after: &str) -> Option<Pause> {
    let spaced = after.is_empty() || after.starts_with([' ', '"', ')', '\'', ']']);
    let lower = after
        .trim_start()
        .starts_with(|c: char| c.is_ascii_lowercase());
    match mark {
        '?' => Some(Pause::Question),
        '!' => Some(Pause::Exclamation),
        // A trailing thought goes on.
        '.' if length > 1 && lower => Some(Pause::Comma),
        '.' if length > 1 || spaced => Some(Pause::Period),
        ',' | ';' | ':' | '(' | ')' | '[' | ']' | '{' | '}' => Some(Pause::Comma),
        '-' if length > 1 || (before.ends_with(' ') && spaced) => Some(Pause::Comma),
        _ => None,
    }
}
