//! Whether an Ogg file has its end: the demuxers stop where the pages do.

use std::io::{self, SeekFrom};

use symphonia::core::io::MediaSource;

/// Longest page: a header of 27 bytes, 255 lengths, and 255 segments of 255 bytes.
const LONGEST_PAGE: u64 = 27 + 255 + 255 * 255;

const CAPTURE: &[u8; 4] = b"OggS";

/// In the header, the flag of the last page of a stream.
const LAST_PAGE: u8 = 4;

/// Whether a source that is Ogg ends with a whole page that is the last of its stream; other sources have
/// nothing to check.
pub(super) fn has_its_end(source: &mut dyn MediaSource) -> io::Result<bool> {
    let mut start = [0; 4];
    let Some(length) = source.byte_len().filter(|&length| length > 4) else {
        return Ok(true);
    };
    source.read_exact(&mut start)?;
    let mut tail = Vec::new();
    if &start == CAPTURE {
        let from = length.saturating_sub(LONGEST_PAGE);
        source.seek(SeekFrom::Start(from))?;
        tail.resize((length - from) as usize, 0);
        source.read_exact(&mut tail)?;
    }
    source.rewind()?;
    Ok(&start != CAPTURE || ends_whole(&tail))
}

fn ends_whole(tail: &[u8]) -> bool {
    let Some(page) = tail.windows(4).rposition(|window| window == CAPTURE) else {
        return false;
    };
    let page = &tail[page..];
    let (Some(&flags), Some(&segments)) = (page.get(5), page.get(26)) else {
        return false;
    };
    let Some(lengths) = page.get(27..27 + usize::from(segments)) else {
        return false;
    };
    let body: usize = lengths.iter().map(|&length| usize::from(length)).sum();
    flags & LAST_PAGE != 0 && page.len() >= 27 + lengths.len() + body
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::has_its_end;

    #[test]
    fn every_cut_is_found() {
        let whole = include_bytes!("../../../tests/data/tones.ogg");
        let check = |bytes: &[u8]| has_its_end(&mut Cursor::new(bytes.to_vec())).unwrap();
        assert!(check(whole));
        assert!(check(&[whole, &b"and more"[..]].concat()));
        for length in (5..whole.len()).step_by(97) {
            assert!(!check(&whole[..length]), "{length}");
        }
        assert!(check(b"no Ogg at all"));
    }
}
