//! What may reach a terminal: texts out of files and names could move its cursor and change its colours.

use std::borrow::Cow;

/// A text with its control characters written out, but for the ends of lines and tabs.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    escaped(text, |c| c != '\n' && c != '\t')
}

/// A text as one line.
pub(crate) fn one_line(text: &str) -> String {
    let text = text.trim_end().replace(['\n', '\r', '\t'], " ");
    escaped(&text, |_| true).into_owned()
}

fn escaped(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    let is_escaped = |c: char| c.is_control() && is_escaped(c);
    if !text.contains(is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_escaped(c) {
            safe.extend(c.escape_default());
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

#[cfg(test)]
mod tests {
    use super::{one_line, printable};

    #[test]
    fn control_characters_are_written_out() {
        assert_eq!(printable("two\nlines\tplain"), "two\nlines\tplain");
        assert_eq!(printable("\x1b[31mred\u{9b}0m"), "\\u{1b}[31mred\\u{9b}0m");
        assert_eq!(one_line("one\nline\x07\n"), "one line\\u{7}");
    }
}
