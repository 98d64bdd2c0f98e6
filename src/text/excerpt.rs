//! Stretches of a text of a bounded length in bytes, never within a character.

/// The start of a text, up to so many bytes.
pub(super) fn start(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The end of a text, up to so many bytes.
pub(super) fn end(text: &str, bytes: usize) -> &str {
    let mut start = text.len().saturating_sub(bytes);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    &text[start..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_stay_whole() {
        assert_eq!(start("aé", 2), "a");
        assert_eq!(start("aé", 9), "aé");
        assert_eq!(end("éa", 2), "a");
        assert_eq!(end("éa", 9), "éa");
    }
}
