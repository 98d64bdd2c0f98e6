//! Whose voice it is: what has to be stated before a voice is cloned from a recording.

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use etcetera::BaseStrategy;
use gss_wgpu::synth::Consent;

use super::device::PROGRAM;
use super::error::CliError;

/// What is stated.
const STATEMENT: &str = "I have the right to use the voices in the recordings that I clone voices from: \
they are mine, or their owners agreed.";

/// Name of the file in the user's data folder that remembers the statement.
const REMEMBERED: &str = "i-have-rights";

/// The option of every command that clones a voice.
#[derive(Debug, clap::Args)]
pub(crate) struct ConsentArgs {
    /// State that the voice in the recording is yours, or that its owner agreed; on a terminal you are
    /// asked otherwise
    #[arg(long, env = "GSS_I_HAVE_RIGHTS", hide_env_values = true, value_parser = FalseyValueParser::new())]
    i_have_rights: bool,
}

impl ConsentArgs {
    /// Fails unless the rights in a recorded voice are stated: by the option, by what is remembered, or by
    /// an answer.
    pub(crate) fn check(&self) -> Result<Consent, CliError> {
        let file = remembered();
        if self.i_have_rights || file.as_ref().is_some_and(|file| file.is_file()) {
            return Ok(Consent::i_have_rights());
        }
        if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
            return Err(CliError::NoRights);
        }
        eprint!("{STATEMENT}\nIs that so? [yes/always/no] ");
        let mut answer = String::new();
        let asked = io::stderr()
            .flush()
            .and_then(|()| io::stdin().read_line(&mut answer));
        match (asked, answer.trim().to_lowercase().as_str()) {
            (Ok(_), "yes" | "y") => Ok(Consent::i_have_rights()),
            (Ok(_), "always") => {
                file.map_or(Ok(()), remember)?;
                Ok(Consent::i_have_rights())
            }
            _ => Err(CliError::NoRights),
        }
    }
}

/// Where an "always" is remembered, on systems with a folder for a user's data.
fn remembered() -> Option<PathBuf> {
    let folders = etcetera::choose_base_strategy().ok()?;
    Some(folders.data_dir().join(PROGRAM).join(REMEMBERED))
}

fn remember(file: PathBuf) -> Result<(), CliError> {
    let folder = file.parent().map_or(Ok(()), fs::create_dir_all);
    folder
        .and_then(|()| fs::write(&file, format!("{STATEMENT}\n")))
        .map_err(|source| CliError::Write { path: file, source })
}
