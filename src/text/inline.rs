//! Commands inside text, in double square brackets: phones, `say [[T AH0 M AA1 T OW2]]`, pauses,
//! `[[pause 500ms]]`, and speed, `[[rate 0.8]]`. What is none of these is text: `[[Daily Note]]` is a
//! link between notes.

use std::time::Duration;

use super::arpabet::{Phone, parse_phones};
use super::excerpt;

/// A stretch of a text.
#[derive(Debug, PartialEq)]
pub(super) enum Piece<'a> {
    /// Ordinary text.
    Text(&'a str),
    /// The phones of one word; there may be none.
    Phones(Vec<Phone>),
    /// Silence.
    Pause(Duration),
    /// From here on, this many times as fast as asked for.
    Rate(f32),
}

/// Opens a command.
pub(super) const OPEN: &str = "[[";
/// Closes a command.
pub(super) const CLOSE: &str = "]]";

/// Starts a pause in the way of SSML.
const BREAK: &str = "<break";
/// Longest tag of a pause in bytes.
const MAX_TAG: usize = 100;
/// Longest command in bytes: more than a sentence can hold. Bounds the search for its end.
const MAX_COMMAND: usize = 1200;
/// Length of a `[[pause]]` that names none.
const PAUSE: Duration = Duration::from_millis(500);
/// Longest pause: more would be a mistake.
const MAX_PAUSE: f64 = 60.0;
/// Rates that are possible.
const RATES: std::ops::RangeInclusive<f32> = 0.25..=4.0;

/// Takes text and commands apart. Pieces without any text are left out.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut place = 0;
    while let Some(found) = text[place..].find(['[', '<']) {
        let open = place + found;
        match command(&text[open..]) {
            Some((length, command)) => {
                push_text(&text[start..open], &mut pieces);
                pieces.push(command);
                place = open + length;
                start = place;
            }
            None => place = open + 1,
        }
    }
    push_text(&text[start..], &mut pieces);
    pieces
}

fn push_text<'a>(text: &'a str, pieces: &mut Vec<Piece<'a>>) {
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
}

/// The command at the start of a text, and its length in bytes.
fn command(text: &str) -> Option<(usize, Piece<'static>)> {
    if text.starts_with('<') {
        return break_tag(text);
    }
    let inside = bracketed(text)?;
    let length = OPEN.len() + inside.len() + CLOSE.len();
    let mut words = inside.split_whitespace();
    let piece = match (words.next(), words.next(), words.next()) {
        (Some("pause"), None, _) => Piece::Pause(PAUSE),
        (Some("pause"), Some(length), None) => Piece::Pause(duration(length)?),
        (Some("rate"), Some(rate), None) => {
            Piece::Rate(rate.parse().ok().filter(|rate| RATES.contains(rate))?)
        }
        _ => Piece::Phones(parse_phones(inside).ok()?),
    };
    Some((length, piece))
}

/// Warns of double brackets that hold no command, so that a misspelt one does not go unnoticed.
pub(super) fn warn_of_others(text: &str) {
    for (open, _) in text.match_indices(OPEN) {
        if let Some(inside) = bracketed(&text[open..])
            && command(&text[open..]).is_none()
        {
            tracing::warn!(
                "\"[[{inside}]]\" is read as text: only phones, as in [[HH AH0 L OW1]], pauses, as in \
                 [[pause 500ms]], and rates, as in [[rate 0.8]], are commands"
            );
        }
    }
}

/// What stands in the brackets at the start of a text.
pub(super) fn bracketed(text: &str) -> Option<&str> {
    let inside = excerpt::start(text.strip_prefix(OPEN)?, MAX_COMMAND);
    // The search ends at the next bracket of either kind, so that many of them take no longer.
    let inside = &inside[..inside.find(['[', ']'])?];
    text[OPEN.len() + inside.len()..]
        .starts_with(CLOSE)
        .then_some(inside)
}

/// The pauses and rates of a text, each with its place and its length in bytes.
pub(super) fn commands(text: &str) -> Vec<(usize, usize, Piece<'static>)> {
    let mut commands = Vec::new();
    let mut place = 0;
    while let Some(found) = text[place..].find(['[', '<']) {
        let open = place + found;
        place = open + 1;
        if let Some((length, command)) = command(&text[open..]) {
            place = open + length;
            if !matches!(command, Piece::Phones(_)) {
                commands.push((open, length, command));
            }
        }
    }
    commands
}

/// Length in bytes of the command at the start of a text; none if there is none.
pub(super) fn command_length(text: &str) -> Option<usize> {
    (text.starts_with(OPEN) || text.starts_with(BREAK))
        .then(|| command(text).map(|(length, _)| length))
        .flatten()
}

/// A pause as SSML writes it in text that is otherwise none: `<break time="500ms"/>`.
fn break_tag(text: &str) -> Option<(usize, Piece<'static>)> {
    let inside = excerpt::start(text.strip_prefix(BREAK)?, MAX_TAG);
    let end = inside.find('>')?;
    let length = BREAK.len() + end + 1;
    let attributes = inside[..end].trim_end_matches('/').trim();
    let silence = match attributes.strip_prefix("time=") {
        Some(time) => duration(time.trim_matches(['"', '\'']))?,
        None => PAUSE,
    };
    Some((length, Piece::Pause(silence)))
}

/// A length of time such as `500ms` or `1.5s`.
pub(super) fn duration(written: &str) -> Option<Duration> {
    let (number, unit) = match written.strip_suffix("ms") {
        Some(number) => (number, 1e-3),
        None => (written.strip_suffix('s')?, 1.0),
    };
    let seconds = number.parse::<f64>().ok()? * unit;
    (0.0..=MAX_PAUSE)
        .contains(&seconds)
        .then(|| Duration::from_secs_f64(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_phones_alternate() {
        let phones = parse_phones("HH AY1").unwrap();
        assert_eq!(
            pieces("say [[HH AY1]] now"),
            vec![
                Piece::Text("say "),
                Piece::Phones(phones),
                Piece::Text(" now")
            ]
        );
        assert_eq!(pieces("a [0] b"), vec![Piece::Text("a [0] b")]);
    }

    #[test]
    fn pauses_and_rates() {
        for (text, piece) in [
            ("[[pause 500ms]]", Piece::Pause(Duration::from_millis(500))),
            ("[[pause 1.5s]]", Piece::Pause(Duration::from_millis(1500))),
            ("[[pause]]", Piece::Pause(PAUSE)),
            ("[[rate 0.5]]", Piece::Rate(0.5)),
        ] {
            assert_eq!(pieces(text), vec![piece], "{text}");
        }
    }

    #[test]
    fn anything_else_is_text() {
        for text in [
            "say [[HH AY1 and more",
            "say HH AY1]] now",
            "[[Daily Note]]",
            "[[HH [[AY1",
            "[[pause 1h]]",
            "[[pause 500s]]",
            "[[rate 9]]",
        ] {
            assert_eq!(pieces(text), vec![Piece::Text(text)], "{text}");
        }
    }
}
