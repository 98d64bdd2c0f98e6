//! The last step: letters become words, punctuation becomes pauses, all else disappears.

use super::case;
use super::characters::{ACCENTED, ACCENTED_WORDS, plain};
use crate::text::lexicon::Lexicon;
use crate::text::spoken::{LONGEST_WITHOUT_VOWEL, LONGEST_WORD, Pause, Spoken, Word};

/// Words and pauses of text that has no figures or readable signs left.
pub(super) fn collect(text: &str, lexicon: &Lexicon) -> Vec<Spoken> {
    let mut spoken = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some(length) = stutter(rest, text.len() - rest.len(), text) {
            // "g-go": the first sound, then the word.
            let letter = first.to_ascii_lowercase();
            let vowel = "aeiou".contains(letter);
            let sound = if vowel {
                rest[2..2 + length].to_owned()
            } else {
                format!("{letter}uh")
            };
            push_words(&sound, " x", lexicon, &mut spoken);
            rest = &rest[2..];
            continue;
        }
        let end = match first {
            c if is_letter(c) => rest.find(|c| !is_letter(c)).unwrap_or(rest.len()),
            ACCENTED => first.len_utf8(),
            c => rest.find(|other| other != c).unwrap_or(rest.len()),
        };
        let (run, tail) = rest.split_at(end);
        if first == ACCENTED {
            accent(&mut spoken);
        } else if is_letter(first) {
            push_words(run, tail, lexicon, &mut spoken);
        } else if let Some(pause) = pause(first, run.len(), &text[..text.len() - rest.len()], tail)
        {
            spoken.push(Spoken::Pause(pause));
        }
        rest = tail;
    }
    spoken
}

/// Gives the last word the accents that it was written with.
fn accent(spoken: &mut [Spoken]) {
    if let Some(Spoken::Word(word)) = spoken.last_mut()
        && let Some(accented) = ACCENTED_WORDS
            .iter()
            .find(|other| plain(other) == word.text)
    {
        (*accented).clone_into(&mut word.text);
    }
}

/// Length of the word that is stuttered here, as in "g-go" and "w-w-what".
fn stutter(rest: &str, place: usize, text: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let starts = place == 0 || !text.as_bytes()[place - 1].is_ascii_alphanumeric();
    let [first, b'-', again, ..] = bytes else {
        return None;
    };
    let same = first.is_ascii_alphabetic() && first.eq_ignore_ascii_case(again);
    let word = &rest[2..];
    let length = word
        .find(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_uppercase())
        .unwrap_or(word.len());
    let is_word = word[..length]
        .bytes()
        .skip(1)
        .all(|byte| byte.is_ascii_lowercase());
    // "X-X" and "A-a" alone are letters.
    (starts && same && is_word && (length > 1 || *again == b'I' || word[1..].starts_with('-')))
        .then_some(length)
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
        spoken.push(Spoken::Word(Word::new("a")));
        return;
    }
    let capital = word.starts_with(|c: char| c.is_ascii_uppercase());
    let read = case::read(word, lexicon);
    for word in read.split(' ') {
        if is_word(word) {
            let text = word.to_owned();
            spoken.push(Spoken::Word(Word { text, capital }));
        } else {
            let letters = word.bytes().filter(u8::is_ascii_alphabetic);
            let letters = letters.map(|letter| char::from(letter.to_ascii_uppercase()));
            spoken.extend(letters.map(|letter| Spoken::Word(Word::new(letter))));
        }
    }
}

/// Whether letters are short enough to be a word.
fn is_word(letters: &str) -> bool {
    letters.len() <= LONGEST_WITHOUT_VOWEL
        || letters.len() <= LONGEST_WORD && letters.contains(['a', 'e', 'i', 'o', 'u', 'y'])
}

/// Whether "A" is the article: at the start of a sentence or after a pause, unless letters are
/// being listed.
fn is_article(before: &[Spoken], after: &str) -> bool {
    let starts = matches!(before.last(), None | Some(Spoken::Pause(_)));
    let next = after.trim_start();
    let next = &next[..next.find(|c| !is_letter(c)).unwrap_or(next.len())];
    let lists_letters = next.len() == 1 && next.starts_with(|c: char| c.is_ascii_uppercase());
    let code = after.starts_with("  ");
    starts && after.starts_with(' ') && !lists_letters && !code
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
