//! What a command will write, checked before it works: that it can be written, that it is nothing which
//! the command reads, and that no two results have one name.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use gss_wgpu::output_file::Target;

use super::error::CliError;
use super::standard_output;

/// The files of one run.
#[derive(Debug, Default)]
pub(crate) struct Outputs {
    inputs: Vec<PathBuf>,
    /// What standard input and standard output are.
    stdin: Option<Metadata>,
    stdout: Option<Metadata>,
    targets: Vec<Target>,
}

impl Outputs {
    /// Nothing yet; `inputs` will be read, as standard input may be.
    pub(crate) fn of_reading<P: AsRef<Path>>(inputs: impl IntoIterator<Item = P>) -> Self {
        let inputs = inputs.into_iter().map(|path| path.as_ref().to_owned());
        Self {
            inputs: inputs.collect(),
            stdin: described("/dev/stdin"),
            ..Self::default()
        }
    }

    /// Audio or a summary will go to standard output.
    pub(crate) fn take_stdout(&mut self) -> Result<(), CliError> {
        standard_output::check()?;
        self.stdout = described("/dev/stdout");
        Ok(())
    }

    /// A result will go to `path`.
    pub(crate) fn take(&mut self, path: &Path) -> Result<(), CliError> {
        let target = Target::check(path).map_err(|source| CliError::Write {
            path: path.to_owned(),
            source,
        })?;
        let read = self.inputs.iter().any(|input| target.is_file_at(input))
            || self
                .stdin
                .as_ref()
                .is_some_and(|stdin| target.is_file(stdin));
        if read {
            return Err(CliError::OutputIsInput(path.to_owned()));
        }
        let taken = self.targets.iter().any(|other| target.is(other))
            || self
                .stdout
                .as_ref()
                .is_some_and(|stdout| target.is_file(stdout));
        if taken {
            return Err(CliError::OutputTwice(path.to_owned()));
        }
        self.targets.push(target);
        Ok(())
    }
}

/// What a standard stream is, where the system has a name for it.
fn described(path: &str) -> Option<Metadata> {
    fs::metadata(path).ok()
}
