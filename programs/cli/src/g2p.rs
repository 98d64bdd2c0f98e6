//! `g2p`: what will be spoken.

use gss_wgpu::text::{FrontEnd, Sentence, Symbol, TextError};
use serde::Serialize;

use super::error::CliError;
use super::output::{json_line, print, print_json};
use super::text_source::TextArgs;

/// Show what will be spoken: the words and phones of a text
///
/// Prints one line a sentence: its phones in ARPAbet with stress digits, `|` between words, and
/// pauses as the marks that cause them. No model and no GPU is needed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gss-wgpu g2p \"Dr. Smith paid $5.\"
  gss-wgpu g2p --words \"On 3/4/2021\"
  gss-wgpu g2p --lines < transcripts.txt > phones.txt")]
pub(crate) struct Args {
    #[command(flatten)]
    text: TextArgs,

    /// Print the words as they will be read instead of the phones
    #[arg(long, conflicts_with = "json")]
    words: bool,

    /// Treat every input line as one text and print exactly one line for each (training data)
    #[arg(long)]
    lines: bool,

    /// Print JSON: source, words and symbols of every sentence
    #[arg(long)]
    json: bool,
}

/// One sentence as JSON.
#[derive(Debug, Serialize)]
struct Spoken<'a> {
    source: &'a str,
    words: &'a str,
    symbols: Vec<&'static str>,
}

impl<'a> From<&'a Sentence> for Spoken<'a> {
    fn from(sentence: &'a Sentence) -> Self {
        Self {
            source: &sentence.source,
            words: &sentence.normalised,
            symbols: sentence
                .symbols
                .iter()
                .map(|symbol| symbol.name())
                .collect(),
        }
    }
}

pub(crate) fn run(args: Args) -> Result<(), CliError> {
    let Args {
        text,
        words,
        lines,
        json,
    } = args;
    let text = text.read()?;
    let front_end = FrontEnd::new()?;
    if lines {
        return run_lines(&front_end, &text, words, json);
    }
    if json {
        let sentences: Vec<_> = front_end.sentences(&text).collect::<Result<_, _>>()?;
        return print_json(&sentences.iter().map(Spoken::from).collect::<Vec<_>>());
    }
    // Sentence by sentence: a book starts to appear at once.
    for sentence in front_end.sentences(&text) {
        print(&format!("{}\n", line_of(&sentence?, words)))?;
    }
    Ok(())
}

/// Exactly one line of output for every line of input, empty where there is nothing to say.
fn run_lines(front_end: &FrontEnd, text: &str, words: bool, json: bool) -> Result<(), CliError> {
    for line in text.lines() {
        let sentences = match front_end.sentences(line).collect::<Result<Vec<_>, _>>() {
            Ok(sentences) => sentences,
            Err(TextError::NothingToSay) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        let output = if json {
            json_line(&sentences.iter().map(Spoken::from).collect::<Vec<_>>())
        } else {
            sentences
                .iter()
                .map(|sentence| line_of(sentence, words))
                .collect::<Vec<_>>()
                .join(" | ")
        };
        print(&format!("{output}\n"))?;
    }
    Ok(())
}

fn line_of(sentence: &Sentence, words: bool) -> String {
    if words {
        return sentence.normalised.clone();
    }
    let names = sentence.symbols.iter().map(|symbol| match symbol {
        Symbol::Boundary => "|",
        other => other.name(),
    });
    names.collect::<Vec<_>>().join(" ")
}
