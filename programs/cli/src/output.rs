//! Results on standard output and in small text files.

use std::io::{self, Write};
use std::path::Path;

use gss_wgpu::output_file::OutputFile;
use gss_wgpu_picture::Picture;
use serde::Serialize;

use super::error::CliError;
use super::outputs::Outputs;
use super::standard_output;
use super::terminal::printable;
use super::wav_output::WavOutput;

const JSON_CANNOT_FAIL: &str = "summaries have string keys and finite numbers only";

/// Writes to standard output; a closed pipe is an error of its own.
pub(crate) fn print(text: &str) -> Result<(), CliError> {
    standard_output::check()?;
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(printable(text).as_bytes())
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

/// A result in full that has no name yet.
pub(crate) fn prepare(path: &Path, bytes: &[u8]) -> Result<OutputFile, CliError> {
    let prepared = OutputFile::create(path).and_then(|file| {
        file.handle()?.write_all(bytes)?;
        Ok(file)
    });
    prepared.map_err(|source| CliError::Write {
        path: path.to_owned(),
        source,
    })
}

/// A value as a JSON file that has no name yet.
pub(crate) fn prepare_json(path: &Path, value: &impl Serialize) -> Result<OutputFile, CliError> {
    prepare(path, (to_json(value) + "\n").as_bytes())
}

/// Gives a result its name after `written` has got its own.
pub(crate) fn commit(file: OutputFile, written: &WavOutput) -> Result<(), CliError> {
    let path = file.path().to_owned();
    file.commit().map_err(|source| CliError::WriteBeside {
        path,
        source,
        written: written.to_string(),
    })
}

/// Writes a value as a JSON file, which appears whole or not at all.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), CliError> {
    let file = prepare_json(path, value)?;
    file.commit().map_err(|source| CliError::Write {
        path: path.to_owned(),
        source,
    })
}

/// Writes a picture as a PNG file, which appears whole or not at all.
pub(crate) fn write_picture(path: &Path, picture: &Picture) -> Result<(), CliError> {
    picture.write_png(path).map_err(|source| CliError::Write {
        path: path.to_owned(),
        source,
    })
}

/// Fails early, before any work, where the only result could not be written to `path` later.
pub(crate) fn check_writable(path: &Path) -> Result<(), CliError> {
    Outputs::of_reading::<&Path>([]).take(path)
}

fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).expect(JSON_CANNOT_FAIL)
}
