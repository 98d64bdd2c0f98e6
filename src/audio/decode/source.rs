//! Where the bytes of a recording come from.

use std::fs;
use std::io::{Cursor, ErrorKind, Read};
use std::path::Path;

use symphonia::core::io::MediaSource;

use super::super::AudioError;
use crate::input_file;

/// Most bytes that are read from a pipe or a device. Decoders go back and forth, so that these bytes are
/// kept; files are read piece by piece.
const MAX_PIPE_BYTES: u64 = 64 << 20;

/// Opens a file, or reads a pipe to its end.
pub(super) fn open(path: &Path, name: &str) -> Result<Box<dyn MediaSource>, AudioError> {
    let read_error = |source| AudioError::read(path, source);
    let metadata = fs::metadata(path).map_err(read_error)?;
    if metadata.is_dir() {
        return Err(read_error(ErrorKind::IsADirectory.into()));
    }
    let file = input_file::open(path).map_err(read_error)?;
    let empty = || AudioError::EmptyFile {
        name: name.to_owned(),
    };
    if metadata.is_file() {
        return if metadata.len() == 0 {
            Err(empty())
        } else {
            Ok(Box::new(file))
        };
    }
    let mut bytes = Vec::new();
    file.take(MAX_PIPE_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(read_error)?;
    if bytes.is_empty() {
        return Err(empty());
    }
    if bytes.len() as u64 > MAX_PIPE_BYTES {
        return Err(AudioError::EndlessPipe {
            name: name.to_owned(),
            limit: MAX_PIPE_BYTES >> 20,
        });
    }
    Ok(Box::new(Cursor::new(bytes)))
}
