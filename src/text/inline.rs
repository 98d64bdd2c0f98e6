//! Phones inside text, in double square brackets: `say [[T AH0 M AA1 T OW2]]`.

use super::TextError;
use super::arpabet::{Phone, parse_phones};

/// A stretch of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Ordinary text.
    Text(&'a str),
    /// The phones of one word; there may be none.
    Phones(Vec<Phone>),
}

/// Opens inline phones.
pub(super) const OPEN: &str = "[[";
/// Closes inline phones.
pub(super) const CLOSE: &str = "]]";

/// How much of the text an error message quotes, in characters.
const QUOTED: usize = 24;

/// Takes text and inline phones apart.
///
/// # Errors
/// [`TextError::UnbalancedBrackets`] and [`TextError::UnknownPhone`].
pub(super) fn pieces(text: &str) -> Result<Vec<Piece<'_>>, TextError> {
    let unbalanced = |near: &str| TextError::UnbalancedBrackets {
        near: near
            .chars()
            .take(QUOTED)
            .collect::<String>()
            .trim_end()
            .to_owned(),
    };
    let mut pieces = Vec::new();
    let mut rest = text;
    loop {
        let (before, inside) = match rest.split_once(OPEN) {
            Some((before, inside)) => (before, Some(inside)),
            None => (rest, None),
        };
        if let Some(close) = before.find(CLOSE) {
            return Err(unbalanced(&before[close..]));
        }
        pieces.push(Piece::Text(before));
        let Some(inside) = inside else {
            return Ok(pieces);
        };
        let opened = &rest[before.len()..];
        let (phones, after) = inside.split_once(CLOSE).ok_or_else(|| unbalanced(opened))?;
        if phones.contains(OPEN) {
            return Err(unbalanced(opened));
        }
        pieces.push(Piece::Phones(parse_phones(phones)?));
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_phones_alternate() {
        let phones = parse_phones("HH AY1").unwrap();
        assert_eq!(
            pieces("say [[HH AY1]] now"),
            Ok(vec![
                Piece::Text("say "),
                Piece::Phones(phones),
                Piece::Text(" now")
            ])
        );
        assert_eq!(pieces("a [0] b"), Ok(vec![Piece::Text("a [0] b")]));
    }

    #[test]
    fn brackets_need_partners() {
        for (text, near) in [
            (
                "say [[HH AY1 and more and yet more",
                "[[HH AY1 and more and ye",
            ),
            ("say HH AY1]] now", "]] now"),
            ("[[HH]] x ]]", "]]"),
            ("[[HH [[AY1]]", "[[HH [[AY1]]"),
        ] {
            let error = TextError::UnbalancedBrackets {
                near: near.to_owned(),
            };
            assert_eq!(pieces(text), Err(error), "{text}");
        }
    }
}
