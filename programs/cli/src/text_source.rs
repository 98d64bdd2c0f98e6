//! Where a text comes from: an option, an argument, a file on standard input.

use std::io::{self, IsTerminal, Read};
use std::path::PathBuf;

use gss_wgpu::input_file;
use gss_wgpu::text::{UserLexicon, ssml};

use super::error::CliError;

/// Longest text that is read: some eight hundred hours of speech.
const MAX_TEXT_BYTES: u64 = 32 << 20;

/// The ways to give a text.
#[derive(Debug, clap::Args)]
pub(crate) struct TextArgs {
    /// Text to speak; `-` or nothing reads standard input. Commands go in [[ ]]: phones
    /// "[[HH AH0 L OW1]]", pauses "[[pause 500ms]]", rates "[[rate 0.8]]"
    #[arg(value_name = "TEXT", conflicts_with = "text")]
    positional: Option<String>,

    /// Text to speak, as an option
    #[arg(short, long, value_name = "TEXT", allow_hyphen_values = true)]
    text: Option<String>,

    /// The text is SSML (a text whose root element is <speak> is taken for it without this)
    #[arg(long)]
    ssml: bool,
}

/// A user's own pronunciations.
#[derive(Debug, clap::Args)]
pub(crate) struct LexiconArgs {
    /// Pronunciations that go before the dictionary's: a word and its phones in ARPAbet or IPA on
    /// each line, as in "gif JH IH1 F"
    #[arg(long, value_name = "FILE")]
    lexicon: Option<PathBuf>,
}

impl LexiconArgs {
    /// The file that is read for it.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        self.lexicon.clone()
    }

    /// The lexicon, if there is one.
    pub(crate) fn read(&self) -> Result<Option<UserLexicon>, CliError> {
        let Some(path) = &self.lexicon else {
            return Ok(None);
        };
        let name = path.display().to_string();
        let failed = |source| CliError::ReadText {
            from: name.clone(),
            source,
        };
        let bytes = bounded(input_file::open(path).map_err(failed)?, &name)?;
        Ok(Some(UserLexicon::parse(&decode(bytes, &name)?, &name)?))
    }
}

impl TextArgs {
    /// The text itself; SSML has become text with commands.
    pub(crate) fn read(self) -> Result<String, CliError> {
        let text = match self.text.or(self.positional.filter(|text| text != "-")) {
            Some(text) => text,
            None => read_standard_input()?,
        };
        if self.ssml || ssml::is_ssml(&text) {
            return Ok(ssml::to_text(&text)?);
        }
        Ok(text)
    }
}

fn read_standard_input() -> Result<String, CliError> {
    let stdin = io::stdin().lock();
    if stdin.is_terminal() {
        return Err(CliError::NoText);
    }
    let from = "standard input";
    let bytes = bounded(stdin, from)?;
    decode(bytes, from)
}

/// All of a file or pipe, if it is no longer than a text may be.
fn bounded(file: impl Read, from: &str) -> Result<Vec<u8>, CliError> {
    let mut bytes = Vec::new();
    file.take(MAX_TEXT_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| CliError::ReadText {
            from: from.to_owned(),
            source,
        })?;
    if bytes.len() as u64 > MAX_TEXT_BYTES {
        return Err(CliError::LongText {
            from: from.to_owned(),
            mebibytes: MAX_TEXT_BYTES >> 20,
        });
    }
    Ok(bytes)
}

/// Text in UTF-8, or in UTF-16 if a byte-order mark says so.
fn decode(bytes: Vec<u8>, from: &str) -> Result<String, CliError> {
    let utf16 = |pair: fn([u8; 2]) -> u16| {
        let units = bytes[2..].as_chunks().0.iter().map(|&unit| pair(unit));
        char::decode_utf16(units).collect::<Result<String, _>>()
    };
    let problem = match bytes.get(..2) {
        Some([0xff, 0xfe]) => match utf16(u16::from_le_bytes) {
            Ok(text) => return Ok(text),
            Err(error) => format!("it is no valid UTF-16 ({error})"),
        },
        Some([0xfe, 0xff]) => match utf16(u16::from_be_bytes) {
            Ok(text) => return Ok(text),
            Err(error) => format!("it is no valid UTF-16 ({error})"),
        },
        _ => match String::from_utf8(bytes) {
            Ok(text) => return Ok(text),
            Err(error) => format!(
                "byte {} is no UTF-8; the text may be in Latin-1 or Windows-1252: convert it with \
                 iconv -f WINDOWS-1252 -t UTF-8",
                error.utf8_error().valid_up_to() + 1
            ),
        },
    };
    Err(CliError::ReadText {
        from: from.to_owned(),
        source: io::Error::new(io::ErrorKind::InvalidData, problem),
    })
}
