//! What is seen of a homograph: its neighbours, their classes, and the words around.

use super::tags::{is_closed, tag};
use crate::text::spoken::Spoken;

/// How far to each side words count for the topic.
const TOPIC: usize = 12;
/// How far to each side neighbours have features of their own.
const NEAR: isize = 3;
/// How far to each side the nearest word of a kind is looked for. Longer stretches without a pause or
/// a small word are no sentences.
const FAR: usize = 40;

/// Features of one occurrence of a homograph, each as the FNV-1a hash of its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Features {
    /// Neighbours and their classes: also seen by the weights that all verbs share.
    pub local: Vec<u64>,
    /// The topic and the word itself: seen only by the word's own weights.
    pub topic: Vec<u64>,
}

/// A neighbour: the word (or the mark of a pause, or the edge) and its class.
#[derive(Clone, Copy, Default)]
struct Token<'a> {
    text: &'a str,
    tag: &'static str,
    capital: bool,
}

/// The features of the word at a place of a sentence.
pub(super) fn features(sentence: &[Spoken], place: usize) -> Features {
    let around = (-NEAR..=NEAR)
        .map(|offset| token(sentence, place.checked_add_signed(offset)))
        .collect::<Vec<_>>();
    let at = |offset: isize| around[(NEAR + offset).unsigned_abs()];
    let own = at(0);
    let mut local = Vec::with_capacity(48);
    let mut add = |name: &str, parts: &[&str]| local.push(hash(name, parts));

    add("bias", &[]);
    for offset in -NEAR..=NEAR {
        let (name, token) = (NAMES[(NEAR + offset).unsigned_abs()], at(offset));
        if offset != 0 {
            add(name, &["tag", token.tag]);
        }
        if offset != 0 && offset.abs() < NEAR {
            add(name, &["word", token.text]);
        }
        if offset.abs() == 1 {
            add(name, &["end2", ending(token.text, 2)]);
            add(name, &["end3", ending(token.text, 3)]);
            if token.capital {
                add(name, &["capital"]);
            }
        }
    }
    let words = |a: isize, b: isize| [at(a).text, at(b).text];
    let tags = |a: isize, b: isize| [at(a).tag, at(b).tag];
    add("-2-1 words", &words(-2, -1));
    add("-1+1 words", &words(-1, 1));
    add("+1+2 words", &words(1, 2));
    add("-2-1 tags", &tags(-2, -1));
    add("-1+1 tags", &tags(-1, 1));
    add("+1+2 tags", &tags(1, 2));
    add("-3-2-1 tags", &[at(-3).tag, at(-2).tag, at(-1).tag]);
    add("-2-1+1 tags", &[at(-2).tag, at(-1).tag, at(1).tag]);
    add("-1+1+2 tags", &[at(-1).tag, at(1).tag, at(2).tag]);
    add("-1 word +1 tag", &[at(-1).text, at(1).tag]);
    add("-1 tag +1 word", &[at(-1).tag, at(1).text]);
    add("-2 word -1 tag", &[at(-2).text, at(-1).tag]);
    // The nearest words of a closed class tell whether a phrase or a clause is open.
    let closed_before = nearest(sentence, place, -1);
    let closed_after = nearest(sentence, place, 1);
    add("closed before", &[closed_before]);
    add("closed after", &[closed_after]);
    add("closed around", &[closed_before, closed_after]);
    add("verb before", &[verb_before(sentence, place)]);
    let capital = match (own.capital, at(-1).tag == "edge") {
        (false, _) => "no",
        (true, true) => "first",
        (true, false) => "inside",
    };
    add("capital", &[capital]);

    let mut topic = Vec::with_capacity(2 * TOPIC);
    let range = place.saturating_sub(TOPIC)..sentence.len().min(place + TOPIC + 1);
    for other in range.filter(|&other| other != place) {
        let token = token(sentence, Some(other));
        if !is_closed(token.tag) && token.text.len() > 2 {
            topic.push(hash("topic", &[stem(token.text)]));
        }
    }
    topic.sort_unstable();
    topic.dedup();
    Features { local, topic }
}

/// Names of the places around the word.
const NAMES: [&str; 7] = ["-3", "-2", "-1", "0", "+1", "+2", "+3"];

fn token(sentence: &[Spoken], place: Option<usize>) -> Token<'_> {
    let Some(item) = place.and_then(|place| sentence.get(place)) else {
        return Token {
            tag: "edge",
            ..Token::default()
        };
    };
    match item {
        Spoken::Word(word) => Token {
            text: &word.text,
            tag: tag(&word.text, word.capital, is_first(sentence, place)),
            capital: word.capital,
        },
        Spoken::Phones(_) => Token {
            text: "",
            tag: "phones",
            capital: false,
        },
        Spoken::Pause(pause) => Token {
            text: pause.mark(),
            tag: pause.mark(),
            capital: false,
        },
    }
}

/// Whether a word is the first of its sentence, where capitals say nothing.
fn is_first(sentence: &[Spoken], place: Option<usize>) -> bool {
    let before = &sentence[..place.unwrap_or_default()];
    !before.iter().any(|item| matches!(item, Spoken::Word(_)))
}

/// The nearest word of a closed class, or the pause or edge before it, in one direction.
fn nearest(sentence: &[Spoken], place: usize, step: isize) -> &str {
    let mut place = place;
    for _ in 0..FAR {
        let next = place.checked_add_signed(step);
        let token = token(sentence, next);
        match next {
            Some(next) if token.tag != "edge" => {
                if is_closed(token.tag) || matches!(sentence[next], Spoken::Pause(_)) {
                    return token.text;
                }
                place = next;
            }
            _ => break,
        }
    }
    "edge"
}

/// The class of the auxiliary between the last pause and the word, if there is one: then the
/// clause has its verb.
fn verb_before(sentence: &[Spoken], place: usize) -> &'static str {
    for other in (0..place).rev().take(FAR) {
        let token = token(sentence, Some(other));
        match token.tag {
            "modal" | "do" | "be" | "have" | "to" => return token.tag,
            _ if matches!(sentence[other], Spoken::Pause(_)) => return "pause",
            _ => {}
        }
    }
    "none"
}

/// The last letters of a word.
fn ending(word: &str, letters: usize) -> &str {
    word.get(word.len().saturating_sub(letters)..)
        .unwrap_or(word)
}

/// A word without its most frequent endings, so that "ships" and "ship" are one topic.
fn stem(word: &str) -> &str {
    let endings = ["'s", "ing", "ed", "es", "s"];
    endings
        .iter()
        .find_map(|ending| word.strip_suffix(ending).filter(|stem| stem.len() > 2))
        .unwrap_or(word)
}

/// FNV-1a of a feature's name and parts, with a byte between them that no text has.
pub(super) fn hash(name: &str, parts: &[&str]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for part in std::iter::once(&name).chain(parts) {
        for byte in part.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    hash
}
