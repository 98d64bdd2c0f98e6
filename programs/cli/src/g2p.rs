//! `g2p`: what will be spoken.

use gss_wgpu::text::{FrontEnd, Origin, PronouncedWord, Sentence, Symbol, TextError};
use serde::Serialize;

use super::error::CliError;
use super::output::{json_line, print, print_json};
use super::text_source::{LexiconArgs, TextArgs};

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

    #[command(flatten)]
    lexicon: LexiconArgs,

    /// Print the words as they will be read instead of the phones
    #[arg(long, conflicts_with = "json")]
    words: bool,

    /// Treat every input line as one text and print exactly one line for each (training data)
    #[arg(long)]
    lines: bool,

    /// Print one line a word: the word, its phones, and where they are from (text, user, homograph and
    /// its reading, dictionary, derivation, letters, spelt)
    #[arg(long, conflicts_with_all = ["words", "json", "lines"])]
    origins: bool,

    /// Print JSON: source, words, symbols, and the origin of each pronunciation, of every sentence
    #[arg(long)]
    json: bool,
}

/// One sentence as JSON.
#[derive(Debug, Serialize)]
struct Spoken<'a> {
    source: &'a str,
    words: &'a str,
    symbols: Vec<&'static str>,
    pronunciations: Vec<Pronunciation<'a>>,
}

/// A word as JSON.
#[derive(Debug, Serialize)]
struct Pronunciation<'a> {
    word: &'a str,
    phones: String,
    origin: String,
}

impl<'a> From<&'a PronouncedWord> for Pronunciation<'a> {
    fn from(word: &'a PronouncedWord) -> Self {
        let phones = word.phones.iter().map(|phone| phone.name());
        Self {
            word: &word.text,
            phones: phones.collect::<Vec<_>>().join(" "),
            origin: origin(&word.origin),
        }
    }
}

/// Where a pronunciation is from, in a word or two.
fn origin(origin: &Origin) -> String {
    match origin {
        Origin::Text => "text".to_owned(),
        Origin::User => "user".to_owned(),
        Origin::Homograph(reading) => format!("homograph, {reading}"),
        Origin::Dictionary => "dictionary".to_owned(),
        Origin::Derivation => "derivation".to_owned(),
        Origin::Letters => "letters".to_owned(),
        _ => "spelt".to_owned(),
    }
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
            pronunciations: sentence.words.iter().map(Pronunciation::from).collect(),
        }
    }
}

pub(crate) fn run(args: Args) -> Result<(), CliError> {
    let Args {
        text,
        lexicon,
        words,
        lines,
        json,
        origins,
    } = args;
    let text = text.read()?;
    let mut front_end = FrontEnd::new()?;
    if let Some(lexicon) = lexicon.read()? {
        front_end.set_lexicon(lexicon);
    }
    if lines {
        return run_lines(&front_end, &text, words, json);
    }
    if json {
        let sentences: Vec<_> = front_end.sentences(&text).collect::<Result<_, _>>()?;
        return print_json(&sentences.iter().map(Spoken::from).collect::<Vec<_>>());
    }
    // Sentence by sentence: a book starts to appear at once.
    for sentence in front_end.sentences(&text) {
        if origins {
            for word in &sentence?.words {
                let Pronunciation {
                    word,
                    phones,
                    origin,
                } = word.into();
                print(&format!("{word}\t{phones}\t{origin}\n"))?;
            }
            continue;
        }
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
