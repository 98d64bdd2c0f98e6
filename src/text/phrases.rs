//! Phrases within sentences: where a reader would breathe, and where an overlong sentence is cut.

use std::ops::Range;

use super::inline;
use super::sentence::PronouncedWord;
use super::spoken::{Pause, Spoken};

/// A stretch of so many words without a pause is divided if it can be.
const LONG: usize = 14;
/// Fewest words on each side of a new pause.
const SIDE: usize = 5;
/// Fewest words of a subject that a pause may follow.
const LONG_SUBJECT: usize = 8;

/// Words that begin a clause.
const CLAUSES: &[&str] = &[
    "because", "although", "though", "while", "whereas", "unless", "until", "since", "which",
    "who", "whose", "where", "when", "if", "whether", "after", "before", "so",
];
/// Words that join clauses or phrases.
const JOINS: &[&str] = &["and", "but", "or", "nor", "yet"];
/// Words that a clause starts with after one of [`JOINS`].
const SUBJECTS: &[&str] = &[
    "I", "i", "he", "she", "it", "we", "they", "you", "there", "this", "that", "these", "those",
    "the", "a", "an", "my", "his", "her", "its", "our", "their", "then", "when", "if",
];
/// Verbs that a long subject may be followed by.
const VERBS: &[&str] = &[
    "is", "are", "was", "were", "has", "have", "had", "will", "would", "can", "could", "should",
    "may", "might", "must", "does", "did",
];
/// Words after which such a verb belongs to a clause of its own.
const NEAR_VERBS: &[&str] = &[
    "I", "i", "he", "she", "it", "we", "they", "you", "there", "this", "that", "these", "those",
    "who", "which", "what", "where", "when", "why", "how", "and", "or", "but", "not", "as", "than",
    "if",
];
/// Words that begin a phrase.
const PREPOSITIONS: &[&str] = &[
    "in", "on", "at", "by", "for", "from", "with", "into", "onto", "about", "over", "under",
    "between", "among", "through", "during", "after", "before", "against", "within", "without",
    "toward", "towards", "across", "along", "around", "behind", "beyond", "near", "of", "to",
    "that", "as", "than",
];

/// Length of the longest word of these lists.
const LONGEST_LISTED: usize = 8;

/// Puts short pauses into long stretches without any: before clauses and conjunctions, else behind
/// a long subject.
pub(super) fn add_pauses(mut sentence: Vec<Spoken>) -> Vec<Spoken> {
    let mut start = 0;
    while start < sentence.len() {
        let length = sentence[start..]
            .iter()
            .take_while(|item| !matches!(item, Spoken::Pause(_)))
            .count();
        match best_break(&sentence[start..start + length]) {
            Some(place) => {
                sentence.insert(start + place, Spoken::Pause(Pause::Comma));
                // The first half may still be long.
            }
            None => start += length + 1,
        }
    }
    sentence
}

/// Before which word of a stretch without pauses one belongs.
fn best_break(stretch: &[Spoken]) -> Option<usize> {
    if stretch.len() < LONG {
        return None;
    }
    let word = |place: usize| match &stretch[place] {
        Spoken::Word(word) => word.text.as_str(),
        _ => "",
    };
    let is = |list: &[&str], place: usize| list.contains(&word(place));
    let places = SIDE..=stretch.len() - SIDE;
    let score = |place: usize| {
        let clause = is(CLAUSES, place)
            && !is(JOINS, place - 1)
            && !is(PREPOSITIONS, place - 1)
            && !is(VERBS, place - 1)
            && !is(
                &["just", "even", "only", "ever", "the", "a", "an"],
                place - 1,
            );
        let joined = is(JOINS, place) && is(SUBJECTS, place + 1);
        let subject = place >= LONG_SUBJECT
            && is(VERBS, place)
            && !is(NEAR_VERBS, place - 1)
            && !(1..place).any(|earlier| is(VERBS, earlier));
        match (joined, clause, subject) {
            (true, ..) => Some(3),
            (_, true, _) => Some(2),
            (.., true) => Some(1),
            _ => None,
        }
    };
    let middle = stretch.len() / 2;
    places
        .filter_map(|place| Some((score(place)?, place)))
        .max_by_key(|&(score, place)| (score, usize::MAX - place.abs_diff(middle)))
        .map(|(_, place)| place)
}

/// Cuts a sentence at the best boundary near its middle: behind a stop within it, behind a comma,
/// before a clause, before a conjunction, before a phrase, between words. Commands stay whole; nothing
/// if no boundary is left.
pub(super) fn cut(sentence: &str) -> Option<(&str, &str)> {
    let middle = sentence.len() / 2;
    let mut best: Option<(f64, usize)> = None;
    let mut previous = ' ';
    let mut command_end = 0;
    for (place, c) in sentence.char_indices() {
        if place >= command_end && c == '[' {
            command_end = inline::command_length(&sentence[place..])
                .map_or(command_end, |length| place + length);
            if command_end > place && place > 0 {
                consider(0.45, place, middle, &mut best);
            }
        }
        if place == 0 || place < command_end {
            previous = c;
            continue;
        }
        if c.is_whitespace() && !previous.is_whitespace() {
            let next = next_word(&sentence[place + c.len_utf8()..]);
            let worth = match previous {
                '.' | '!' | '?' | ';' | ':' => 1.0,
                '—' | '–' | ')' | '-' => 0.95,
                ',' => 0.9,
                _ if JOINS.contains(&next.as_str()) => 0.75,
                _ if CLAUSES.contains(&next.as_str()) => 0.75,
                _ if PREPOSITIONS.contains(&next.as_str()) => 0.6,
                _ => 0.45,
            };
            consider(worth, place, middle, &mut best);
        }
        previous = c;
    }
    let (_, place) = best?;
    let (left, right) = sentence.split_at(place);
    let (left, right) = (left.trim_end(), right.trim_start());
    (!left.is_empty() && !right.is_empty()).then_some((left, right))
}

/// The word at the start of a text in lower case, if it may be one of the lists above.
fn next_word(text: &str) -> String {
    let letters = text.chars().take_while(|c| c.is_alphabetic());
    let word = letters.take(LONGEST_LISTED + 1).collect::<String>();
    if word.len() > LONGEST_LISTED {
        return String::new();
    }
    word.to_lowercase()
}

/// Divides a sentence that no text boundary divides into pieces of at most `limit` symbols and about
/// equal length: behind pauses where they are near, else between words. Nothing if one word alone is
/// longer.
pub(super) fn pieces(
    sentence: &[Spoken],
    words: &[PronouncedWord],
    limit: usize,
) -> Option<Vec<Range<usize>>> {
    let mut words = words.iter();
    let sizes = sentence.iter().map(|item| match item {
        Spoken::Pause(_) => 0,
        // Before the next word stands a boundary or a pause.
        _ => words.next().map_or(0, |word| word.phones.len() + 1),
    });
    let sizes = sizes.collect::<Vec<_>>();
    let total = sizes.iter().sum::<usize>();
    let share = total / total.div_ceil(limit).max(1);
    let mut pieces = Vec::new();
    let (mut start, mut size, mut left) = (0, 0, total);
    for (place, (item, length)) in sentence.iter().zip(&sizes).enumerate() {
        let pause = matches!(item, Spoken::Pause(_));
        if *length > limit {
            return None;
        }
        // No piece is left with a word or two.
        let enough_left = 2 * left >= share;
        if size + length > limit || (size >= share && !pause && enough_left) {
            pieces.push(start..place);
            (start, size) = (place, 0);
        }
        size += length;
        left -= length;
        if pause && 2 * size >= share && 2 * left >= share {
            pieces.push(start..place + 1);
            (start, size) = (place + 1, 0);
        }
    }
    pieces.push(start..sentence.len());
    pieces.retain(|piece| !piece.is_empty());
    Some(pieces)
}

/// Keeps a place if its worth and its nearness to the middle are the best so far.
fn consider(worth: f64, place: usize, middle: usize, best: &mut Option<(f64, usize)>) {
    let off_centre = place.abs_diff(middle) as f64 / middle.max(1) as f64;
    // A boundary a third off the centre is worth as much as one a class lower within it.
    let score = worth * (1.0 - off_centre * off_centre);
    if score > 0.0 && best.is_none_or(|(other, _)| score > other) {
        *best = Some((score, place));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::arpabet::parse_phones;
    use crate::text::sentence::Origin;
    use crate::text::spoken::{Word, render};

    fn paused(words: &str) -> String {
        let words = words
            .split(' ')
            .map(|word| Spoken::Word(Word::new(word)))
            .collect();
        render(&add_pauses(words))
    }

    #[test]
    fn long_stretches_get_pauses() {
        for (words, expected) in [
            (
                "we walked along the river for an hour and then we came to the old stone bridge",
                "we walked along the river for an hour, and then we came to the old stone bridge",
            ),
            (
                "nobody in the village had seen the stranger because he always came late at night",
                "nobody in the village had seen the stranger, because he always came late at night",
            ),
            (
                "the oldest of the four red houses at the end of the street was sold",
                "the oldest of the four red houses at the end of the street was sold",
            ),
            (
                "the people who came to the market early in the morning were given a free cup of tea",
                "the people who came to the market early in the morning, were given a free cup of tea",
            ),
            (
                "he came and he saw and he won",
                "he came and he saw and he won",
            ),
        ] {
            assert_eq!(paused(words), expected);
        }
    }

    #[test]
    fn pauses_do_not_multiply() {
        let once = paused(
            "and the dog ran because it saw a cat "
                .repeat(20)
                .trim_end(),
        );
        let words = once
            .replace(',', " ,")
            .split_whitespace()
            .map(|word| match word {
                "," => Spoken::Pause(Pause::Comma),
                word => Spoken::Word(Word::new(word)),
            })
            .collect();
        assert_eq!(render(&add_pauses(words)), once);
    }

    #[test]
    fn pieces_are_of_equal_length_and_end_at_pauses() {
        let phones = parse_phones("B IY1 B IY1").unwrap();
        let word = || Spoken::Word(Word::new("bebe"));
        let comma = || Spoken::Pause(Pause::Comma);
        let sentence = |words: usize, pause: usize| {
            let mut sentence = vec![word(); words];
            sentence.insert(pause, comma());
            sentence.push(Spoken::Pause(Pause::Period));
            let word = PronouncedWord {
                text: "bebe".to_owned(),
                phones: phones.clone(),
                origin: Origin::Letters,
            };
            (sentence, vec![word; words])
        };
        // Each word takes five symbols with what follows it.
        let (long, words) = sentence(9, 4);
        assert_eq!(pieces(&long, &words, 25), Some(vec![0..5, 5..11]));
        assert_eq!(pieces(&long, &words, 4), None);
        let (even, words) = sentence(20, 19);
        let lengths = pieces(&even, &words, 50).unwrap();
        assert_eq!(lengths, vec![0..10, 10..22]);
    }

    #[test]
    fn sentences_are_cut_where_they_breathe() {
        for (sentence, left) in [
            (
                "one two three four, five six seven eight nine",
                "one two three four,",
            ),
            (
                "one two three four and five six seven eight",
                "one two three four",
            ),
            ("one two three four five six", "one two three"),
        ] {
            assert_eq!(cut(sentence).unwrap().0, left);
        }
        assert_eq!(cut("abcdefgh"), None);
        assert_eq!(cut("[[AH0 AH0 AH0 AH0]]"), None);
    }
}
