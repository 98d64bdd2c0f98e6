//! Results on standard output and in small text files.

use std::io::{self, Write};
use std::path::Path;

use gss_wgpu::output_file::{self, OutputFile};
use gss_wgpu_picture::Picture;
use serde::Serialize;

use super::error::CliError;

const JSON_CANNOT_FAIL: &str = "summaries have string keys and finite numbers only";

/// Writes to standard output; a closed pipe is an error of its own.
pub(crate) fn print(text: &str) -> Result<(), CliError> {
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
        .map_err(|error| {
            if error.kind() == io::ErrorKind::BrokenPipe {
                CliError::BrokenPipe
            } else {
                CliError::Stdout(error)
            }
        })
}

/// Writes a value as JSON to standard output.
pub(crate) fn print_json(value: &impl Serialize) -> Result<(), CliError> {
    print(&format!("{}\n", to_json(value)))
}

/// A value as JSON in one line.
pub(crate) fn json_line(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect(JSON_CANNOT_FAIL)
}

/// Writes a value as a JSON file, which appears whole or not at all.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), CliError> {
    let failed = |source| CliError::Write {
        path: path.to_owned(),
        source,
    };
    let text = to_json(value) + "\n";
    output_file::write(path, text.as_bytes()).map_err(failed)
}

/// Writes a picture as a PNG file, which appears whole or not at all.
pub(crate) fn write_picture(path: &Path, picture: &Picture) -> Result<(), CliError> {
    picture.write_png(path).map_err(|source| CliError::Write {
        path: path.to_owned(),
        source,
    })
}

/// Fails early, before any work, where `path` could not be written later.
pub(crate) fn check_writable(path: &Path) -> Result<(), CliError> {
    OutputFile::create(path)
        .map(drop)
        .map_err(|source| CliError::Write {
            path: path.to_owned(),
            source,
        })
}

fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).expect(JSON_CANNOT_FAIL)
}
