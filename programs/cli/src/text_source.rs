//! Where a text comes from: an option, an argument, a file on standard input.

use std::io::{self, IsTerminal, Read};

use super::error::CliError;

/// The ways to give a text.
#[derive(Debug, clap::Args)]
pub(crate) struct TextArgs {
    /// Text to speak; `-` or nothing reads standard input. Inline phones go in [[ ]]:
    /// "[[ HH AH0 L OW1 ]]"
    #[arg(value_name = "TEXT", conflicts_with = "text")]
    positional: Option<String>,

    /// Text to speak, as an option
    #[arg(short, long, value_name = "TEXT", allow_hyphen_values = true)]
    text: Option<String>,
}

impl TextArgs {
    /// The text itself.
    pub(crate) fn read(self) -> Result<String, CliError> {
        match self.text.or(self.positional.filter(|text| text != "-")) {
            Some(text) => Ok(text),
            None => read_standard_input(),
        }
    }
}

fn read_standard_input() -> Result<String, CliError> {
    let mut stdin = io::stdin().lock();
    if stdin.is_terminal() {
        return Err(CliError::NoText);
    }
    let mut text = String::new();
    stdin
        .read_to_string(&mut text)
        .map_err(|source| CliError::ReadText {
            from: "standard input".to_owned(),
            source,
        })?;
    Ok(text)
}
