//! What stands before an item of a list: a bullet, a number, a letter.

/// The marker of an item.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Marker {
    /// Its length in bytes with the white space behind it.
    pub(super) length: usize,
    /// Whether it is a letter, which may be a word or an initial as well.
    pub(super) is_letter: bool,
    bullet: Option<char>,
    /// Number of the item; letters count from a.
    number: Option<u32>,
    /// What closes the number.
    close: &'static str,
}

/// Bullets that begin an item wherever they stand.
const BULLETS: [char; 7] = ['•', '⁃', '◦', '▪', '‣', '●', '–'];
/// Signs that are bullets at the start of a line only, before a space.
const DASHES: [char; 3] = ['-', '*', '+'];

impl Marker {
    /// The marker that a text starts with.
    pub(super) fn at_start(text: &str) -> Option<Self> {
        let first = text.chars().next()?;
        let (bullet, rest) = if BULLETS.contains(&first) {
            (
                Some(first),
                text[first.len_utf8()..].trim_start_matches(' '),
            )
        } else if DASHES.contains(&first) && text[1..].starts_with(' ') {
            (Some(first), text[1..].trim_start_matches(' '))
        } else {
            (None, text)
        };
        let numbered = number(rest);
        let (after, is_letter, number, close) = match numbered {
            Some((length, is_letter, number, close)) => {
                (&rest[length..], is_letter, Some(number), close)
            }
            None if bullet.is_some() => (rest, false, None, ""),
            None => return None,
        };
        let after = after.trim_start_matches(' ');
        Some(Self {
            length: text.len() - after.len(),
            is_letter,
            bullet,
            number,
            close,
        })
    }

    /// Whether a text starts with the marker of the next item.
    pub(super) fn is_followed_by(&self, text: &str) -> bool {
        // Dashes are also signs between words.
        if self.bullet.is_some_and(|bullet| DASHES.contains(&bullet)) && self.number.is_none() {
            return false;
        }
        Self::at_start(text).is_some_and(|next| {
            let counts = match (self.number, next.number) {
                (Some(number), Some(next)) => next == number + 1,
                (None, None) => true,
                _ => false,
            };
            counts && (next.bullet, next.close) == (self.bullet, self.close)
        })
    }
}

/// Length, kind, value and closing sign of a number or letter with a space behind it.
fn number(text: &str) -> Option<(usize, bool, u32, &'static str)> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let letter = text.bytes().next().filter(u8::is_ascii_lowercase);
    let (length, value) = match (digits, letter) {
        (1..=3, _) => (digits, text[..digits].parse().ok()?),
        (0, Some(letter)) => (1, u32::from(letter - b'a')),
        _ => return None,
    };
    let close = [".)", ")", "."]
        .into_iter()
        .find(|close| text[length..].starts_with(close))?;
    let end = length + close.len();
    text[end..]
        .starts_with(' ')
        .then_some((end, digits == 0, value, close))
}
