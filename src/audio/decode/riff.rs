//! WAV files as recorders leave them, told to the decoder as they should have been.
//!
//! A recorder writes the lengths into the header when it is done; one that crashed leaves zeros, one that
//! writes to a pipe 0xFFFFFFFF, and copying and editing add what belongs to no chunk. The samples are
//! there all the same, so the file is shown to the decoder behind a header of our own: the format as the
//! file states it, and one data chunk as long as the samples really are. What was odd is said.

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use symphonia::core::io::MediaSource;

/// Longest format chunk that is believed; the longest known one has 50 bytes.
const MAX_FORMAT_BYTES: u64 = 1024;

/// How far the data chunk is searched for where the chain of chunks breaks.
const SEARCHED_BYTES: u64 = 1 << 16;

/// What a length in a header means that was not known.
const UNKNOWN: u32 = u32::MAX;

/// So much behind the data chunk that is no chunk counts as samples: a tenth of the chunk and of a
/// second. Less is what some programs append.
const SHARE_OF_JUNK: u64 = 10;

/// The source as it is, or with a sound header if it is a WAV file.
pub(super) fn mended(
    mut source: Box<dyn MediaSource>,
    name: &str,
) -> io::Result<Box<dyn MediaSource>> {
    let Some(length) = source.byte_len() else {
        return Ok(source);
    };
    let found = Layout::read(source.as_mut(), length);
    source.rewind()?;
    match found? {
        Some(layout) => {
            if !layout.odd.is_empty() {
                let odd = layout.odd.join(" and ");
                tracing::warn!("{name}: {odd}; it was read to the end of its samples");
            }
            Ok(Box::new(Mended::new(source, &layout)))
        }
        None => Ok(source),
    }
}

/// Where in a WAV file everything is.
#[derive(Debug, PartialEq)]
struct Layout {
    /// The content of the format chunk.
    format: Vec<u8>,
    /// First byte of the samples.
    start: u64,
    /// Their bytes: whole frames.
    bytes: u64,
    /// What is wrong with the file, in words.
    odd: Vec<&'static str>,
}

/// The header of a chunk, and where its content begins.
struct Chunk {
    id: [u8; 4],
    declared: u32,
    start: u64,
}

impl Layout {
    /// `None` for what is no WAV file, or one that only the decoder can judge.
    fn read(source: &mut dyn MediaSource, length: u64) -> io::Result<Option<Self>> {
        let mut head = [0; 12];
        if length < 12 {
            return Ok(None);
        }
        source.read_exact(&mut head)?;
        let [a, b, c, d, riff @ ..] = head;
        let is_wide = matches!(&[a, b, c, d], b"RF64" | b"BW64");
        if !(is_wide || &[a, b, c, d] == b"RIFF") || &riff[4..] != b"WAVE" {
            return Ok(None);
        }
        let mut odd = Vec::new();
        let (mut format, mut wide_bytes, mut place) = (None, None, 12);
        let data = loop {
            let Some(chunk) = chunk_at(source, place, length)? else {
                return Ok(None);
            };
            let size = u64::from(chunk.declared);
            match &chunk.id {
                b"data" => break chunk,
                b"fmt " => format = Some(content(source, &chunk, length, MAX_FORMAT_BYTES)?),
                b"ds64" => {
                    let lengths = content(source, &chunk, length, 16)?;
                    wide_bytes = lengths.get(8..16).and_then(|b| b.try_into().ok());
                }
                _ => {}
            }
            place = match following(source, chunk.start + size, length)? {
                Some(place) => place,
                None => match search(source, chunk.start, length)? {
                    Some(place) => {
                        odd.push("a chunk of its header has a wrong length");
                        place
                    }
                    None => return Ok(None),
                },
            };
        };
        let Some(format) = format.filter(|format| format.len() >= 16) else {
            return Ok(None);
        };
        let rest = length - data.start;
        let declared = match wide_bytes {
            Some(bytes) if data.declared == UNKNOWN => u64::from_le_bytes(bytes),
            _ => data.declared.into(),
        };
        let bytes = if data.declared == UNKNOWN && wide_bytes.is_none() {
            odd.push("its header leaves its length open");
            rest
        } else if declared > rest {
            odd.push("its header declares more audio than there is");
            rest
        } else if declared == 0 && rest > 0 && !are_chunks(source, data.start, length)? {
            odd.push("its header was never completed");
            rest
        } else {
            let behind = rest - declared;
            let second = u64::from(u32::from_le_bytes([
                format[8], format[9], format[10], format[11],
            ]));
            if behind <= 1 || are_chunks(source, data.start + declared, length)? {
                declared
            } else if behind > declared / SHARE_OF_JUNK && behind > second / SHARE_OF_JUNK {
                odd.push("its header declares less audio than there is");
                rest
            } else {
                odd.push("it ends with bytes that belong to nothing");
                declared
            }
        };
        let riff = u32::from_le_bytes([riff[0], riff[1], riff[2], riff[3]]);
        if odd.is_empty() && !is_wide && u64::from(riff).abs_diff(length - 8) > 1 {
            odd.push("the length of the file in its header is wrong");
        }
        let frame = u64::from(u16::from_le_bytes([format[12], format[13]])).max(1);
        Ok(Some(Self {
            format,
            start: data.start,
            bytes: bytes - bytes % frame,
            odd,
        }))
    }
}

/// The chunk whose header is at `place`.
fn chunk_at(source: &mut dyn MediaSource, place: u64, length: u64) -> io::Result<Option<Chunk>> {
    if place + 8 > length {
        return Ok(None);
    }
    let mut header = [0; 8];
    source.seek(SeekFrom::Start(place))?;
    source.read_exact(&mut header)?;
    let [a, b, c, d, size @ ..] = header;
    Ok(Some(Chunk {
        id: [a, b, c, d],
        declared: u32::from_le_bytes(size),
        start: place + 8,
    }))
}

/// The content of a chunk, at most so much of it.
fn content(
    source: &mut dyn MediaSource,
    chunk: &Chunk,
    length: u64,
    most: u64,
) -> io::Result<Vec<u8>> {
    let bytes = u64::from(chunk.declared)
        .min(most)
        .min(length - chunk.start);
    let mut content = vec![0; bytes as usize];
    source.seek(SeekFrom::Start(chunk.start))?;
    source.read_exact(&mut content)?;
    Ok(content)
}

/// Where the chunk after one that ends at `end` begins: at an even place, unless the writer forgot that.
fn following(source: &mut dyn MediaSource, end: u64, length: u64) -> io::Result<Option<u64>> {
    if end % 2 == 1
        && let Some(chunk) = chunk_at(source, end, length)?
        && matches!(&chunk.id, b"data" | b"fmt " | b"fact" | b"LIST" | b"id3 ")
    {
        return Ok(Some(end));
    }
    let even = end.next_multiple_of(2);
    let chunk = chunk_at(source, even, length)?;
    Ok(chunk.filter(|chunk| is_name(chunk.id)).map(|_| even))
}

/// Where behind `from` the data chunk begins, if it is near.
fn search(source: &mut dyn MediaSource, from: u64, length: u64) -> io::Result<Option<u64>> {
    let mut bytes = vec![0; (length - from).min(SEARCHED_BYTES) as usize];
    source.seek(SeekFrom::Start(from))?;
    source.read_exact(&mut bytes)?;
    let found = bytes.windows(4).position(|window| window == b"data");
    Ok(found.map(|found| from + found as u64))
}

/// Whether the bytes from `place` to the end are chunks.
fn are_chunks(source: &mut dyn MediaSource, place: u64, length: u64) -> io::Result<bool> {
    let Some(mut place) = following(source, place, length)? else {
        return Ok(false);
    };
    while let Some(chunk) = chunk_at(source, place, length)? {
        let end = chunk.start + u64::from(chunk.declared);
        if !is_name(chunk.id) || end > length {
            return Ok(false);
        }
        place = end.next_multiple_of(2);
    }
    Ok(place + 1 >= length)
}

/// Whether these can be the name of a chunk.
fn is_name(id: [u8; 4]) -> bool {
    id.iter()
        .all(|&byte| byte == b' ' || byte.is_ascii_graphic())
}

/// The samples of a file behind a header of our own.
struct Mended {
    header: Cursor<Vec<u8>>,
    source: Box<dyn MediaSource>,
    /// First byte of the samples in the source, and how many there are.
    start: u64,
    bytes: u64,
    /// Where in the samples the source stands.
    place: u64,
}

impl Mended {
    fn new(source: Box<dyn MediaSource>, layout: &Layout) -> Self {
        let format = &layout.format;
        let mut header = b"RIFF".to_vec();
        let data = u32::try_from(layout.bytes).unwrap_or(UNKNOWN);
        let riff = u64::from(data) + 20 + format.len() as u64;
        header.extend(u32::try_from(riff).unwrap_or(UNKNOWN).to_le_bytes());
        header.extend(b"WAVEfmt ");
        header.extend((format.len() as u32).to_le_bytes());
        header.extend(format);
        header.extend(b"data");
        header.extend(data.to_le_bytes());
        Self {
            header: Cursor::new(header),
            source,
            start: layout.start,
            bytes: layout.bytes,
            place: 0,
        }
    }

    fn header_bytes(&self) -> u64 {
        self.header.get_ref().len() as u64
    }
}

impl Read for Mended {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.header.position() < self.header_bytes() {
            let read = self.header.read(buffer)?;
            if self.header.position() == self.header_bytes() {
                self.source.seek(SeekFrom::Start(self.start))?;
                self.place = 0;
            }
            return Ok(read);
        }
        let left = self.bytes.saturating_sub(self.place);
        let wanted = buffer
            .len()
            .min(usize::try_from(left).unwrap_or(usize::MAX));
        let read = self.source.read(&mut buffer[..wanted])?;
        self.place += read as u64;
        Ok(read)
    }
}

impl Seek for Mended {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let header = self.header_bytes();
        let now = self.header.position() + self.place;
        let to = match to {
            SeekFrom::Start(to) => Some(to),
            SeekFrom::Current(by) => now.checked_add_signed(by),
            SeekFrom::End(by) => (header + self.bytes).checked_add_signed(by),
        };
        let to = to.ok_or(io::ErrorKind::InvalidInput)?;
        self.header.set_position(to.min(header));
        self.place = to.saturating_sub(header);
        if to >= header {
            self.source.seek(SeekFrom::Start(self.start + self.place))?;
        }
        Ok(to)
    }
}

impl MediaSource for Mended {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.header_bytes() + self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::super::decode_bytes;

    /// A chunk with as much length as it has, and its pad byte.
    fn chunk(id: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let mut chunk = [id, &(content.len() as u32).to_le_bytes()[..], content].concat();
        chunk.resize(chunk.len().next_multiple_of(2), 0);
        chunk
    }

    fn wav(chunks: &[Vec<u8>]) -> Vec<u8> {
        let chunks = chunks.concat();
        let riff = (chunks.len() as u32 + 4).to_le_bytes();
        [b"RIFF", &riff[..], b"WAVE", &chunks].concat()
    }

    /// 16 bits, one channel, 8 kHz.
    fn format() -> Vec<u8> {
        let words: [u16; 8] = [1, 1, 8000, 0, 16_000, 0, 2, 16];
        chunk(b"fmt ", &words.map(u16::to_le_bytes).concat())
    }

    /// Half a second.
    fn samples() -> Vec<u8> {
        (0..4000i16).flat_map(i16::to_le_bytes).collect()
    }

    #[track_caller]
    fn holds_all(bytes: Vec<u8>) {
        let found = decode_bytes(bytes, "clip").unwrap().samples;
        assert_eq!(found.len(), 4000);
        let last = found[3999] * 32_768.0;
        assert!((last - 3999.0).abs() < 1e-3, "{last}");
    }

    #[test]
    fn lengths_that_were_never_written_or_are_wrong() {
        let whole = wav(&[format(), chunk(b"data", &samples())]);
        holds_all(whole.clone());
        for riff in [0, 36, 0x7fff_fff0, u32::MAX] {
            for data in [0, 1000, 0x7fff_ffc4, u32::MAX - 36, u32::MAX] {
                let mut odd = whole.clone();
                odd[4..8].copy_from_slice(&riff.to_le_bytes());
                odd[40..44].copy_from_slice(&data.to_le_bytes());
                holds_all(odd);
            }
        }
    }

    #[test]
    fn more_chunks_and_none() {
        let list = chunk(b"LIST", b"INFOISFT\x05\0\0\0odd.\0\0");
        let data = chunk(b"data", &samples());
        holds_all(wav(&[
            list.clone(),
            format(),
            list.clone(),
            data.clone(),
            list.clone(),
        ]));
        let mut unpadded = chunk(b"LIST", b"odd");
        unpadded.pop();
        holds_all(wav(&[format(), unpadded, data.clone()]));
        for junk in [&b"\0\0\0"[..], b"junk at the end", &[0x80; 300]] {
            holds_all([wav(&[format(), data.clone()]), junk.to_vec()].concat());
        }
        let mut broken = list;
        broken[4] = 0xff;
        broken[6] = 0xff;
        holds_all(wav(&[format(), broken, data]));
    }

    #[test]
    fn an_empty_recording_with_texts_stays_empty() {
        let list = chunk(b"LIST", b"INFOISFT\x04\0\0\0even");
        let bytes = wav(&[format(), chunk(b"data", b""), list]);
        let error = decode_bytes(bytes, "clip").unwrap_err().to_string();
        assert!(error.contains("no samples"), "{error}");
    }

    #[test]
    fn wide_files_are_read() {
        let lengths = [0u64, 8000, 4000].map(u64::to_le_bytes).concat();
        let mut data = chunk(b"data", &samples());
        data[4..8].fill(0xff);
        let mut bytes = wav(&[chunk(b"ds64", &lengths), format(), data]);
        bytes[..4].copy_from_slice(b"RF64");
        holds_all(bytes);
    }
}
