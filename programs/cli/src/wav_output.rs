//! A WAV result: a file or standard output.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use gss_wgpu::audio::{WavFormat, WavInfo, WavWriter};

use super::error::CliError;
use super::outputs::Outputs;
use super::progress::Console;

/// Where audio goes.
#[derive(Debug)]
pub(crate) enum WavOutput {
    /// A file, which appears whole or not at all.
    File(PathBuf),
    /// Standard output, for pipes.
    Stdout,
}

impl WavOutput {
    /// Fails where the file could not be written later; `-` is standard output.
    pub(crate) fn check(path: &Path, outputs: &mut Outputs) -> Result<Self, CliError> {
        if path == Path::new("-") {
            outputs.take_stdout()?;
            return Ok(Self::Stdout);
        }
        outputs.take(path)?;
        Ok(Self::File(path.to_owned()))
    }

    /// A writer that nobody sees anything of until it is finished.
    pub(crate) fn start(&self, sample_rate: u32, format: WavFormat) -> Result<WavWriter, CliError> {
        Ok(match self {
            Self::File(path) => WavWriter::create(path, sample_rate, format)?,
            Self::Stdout => WavWriter::stream(Box::new(io::stdout()), sample_rate, format)?,
        })
    }

    /// Completes the file and says so if samples had to be clipped.
    pub(crate) fn finish(
        &self,
        writer: WavWriter,
        comment: Option<String>,
        console: &Console,
    ) -> Result<(), CliError> {
        let software = concat!(
            "gss-wgpu ",
            env!("CARGO_PKG_VERSION"),
            " (synthetic speech)"
        );
        let info = WavInfo {
            software: Some(software.to_owned()),
            comment,
            is_synthetic: true,
        };
        let summary = writer.finish(&info)?;
        if summary.clipped > 0 {
            console.say(format_args!(
                "warning: {} of {} samples were clipped (peak {:.2})",
                summary.clipped, summary.samples, summary.peak
            ));
        }
        Ok(())
    }
}

impl fmt::Display for WavOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Stdout => f.write_str("standard output"),
        }
    }
}
