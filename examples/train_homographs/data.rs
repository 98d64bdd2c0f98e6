//! Labelled sentences and their features.

use std::error::Error;
use std::fs;
use std::path::Path;

use gss_wgpu::text::FrontEnd;
use gss_wgpu::text::homographs::Features;

/// Everyday sentences with what is rare in an encyclopedia, written for this purpose.
const EVERYDAY: &str = include_str!("everyday.tsv");

/// A homograph in a sentence.
pub(crate) struct Example {
    pub(crate) word: String,
    /// Place of its reading in the front end's table.
    pub(crate) reading: usize,
    pub(crate) features: Features,
    /// Of the sentence, for splits.
    pub(crate) hash: u64,
}

/// The Wikipedia Homograph Data.
pub(crate) fn wikipedia(
    front_end: &FrontEnd,
    folder: &Path,
) -> Result<Vec<Example>, Box<dyn Error>> {
    let mut examples = Vec::new();
    let text = fs::read_to_string(folder.join("homographs-train.tsv"))?;
    for line in text.lines().skip(1) {
        let columns = line.split('\t').map(unquoted).collect::<Vec<_>>();
        let [word, label, sentence, start, _] = columns.as_slice() else {
            return Err(format!("not five columns: {line}").into());
        };
        let readings = front_end.homographs().readings(word);
        let reading = readings.iter().position(|reading| reading.label == label);
        let reading = reading.ok_or_else(|| format!("no reading {label} of {word}"))?;
        // The offsets count characters.
        let before = sentence.chars().take(start.parse()?).collect::<String>();
        let earlier = words(&before).filter(|other| other == word).count();
        match occurrence(front_end, word, sentence, earlier) {
            Some(features) => examples.push(Example {
                word: word.clone(),
                reading,
                features,
                hash: hash(sentence),
            }),
            None => eprintln!("{word} is not said in: {sentence}"),
        }
    }
    Ok(examples)
}

/// The sentences of `everyday.tsv`; a plural or third person counts for its base.
pub(crate) fn everyday(front_end: &FrontEnd) -> Result<Vec<Example>, Box<dyn Error>> {
    let mut examples = Vec::new();
    for line in EVERYDAY.lines().filter(|line| !line.starts_with('#')) {
        let columns = line.split('\t').collect::<Vec<_>>();
        let [word, name, sentence] = columns.as_slice() else {
            return Err(format!("not three columns: {line}").into());
        };
        let readings = front_end.homographs().readings(word);
        if readings.is_empty() {
            continue;
        }
        let reading = readings.iter().position(|reading| reading.name == *name);
        let reading = reading.ok_or_else(|| format!("no reading {name} of {word}"))?;
        let features = occurrence(front_end, word, sentence, 0);
        examples.push(Example {
            word: (*word).to_owned(),
            reading,
            features: features.ok_or_else(|| format!("{word} is not in: {sentence}"))?,
            hash: hash(sentence),
        });
    }
    Ok(examples)
}

/// The features of a word of a sentence before which it occurs some times.
fn occurrence(
    front_end: &FrontEnd,
    word: &str,
    sentence: &str,
    earlier: usize,
) -> Option<Features> {
    let mut found = front_end
        .homograph_features(sentence)
        .into_iter()
        .filter(|(other, _)| other == word)
        .map(|(_, features)| features)
        .collect::<Vec<_>>();
    let place = earlier.min(found.len().checked_sub(1)?);
    Some(found.swap_remove(place))
}

fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_alphanumeric() && c != '\'')
        .map(str::to_lowercase)
}

/// A field of a table with quoted fields, in which a quotation mark is doubled.
fn unquoted(field: &str) -> String {
    let inner = field
        .strip_prefix('"')
        .and_then(|field| field.strip_suffix('"'));
    inner.map_or_else(|| field.to_owned(), |inner| inner.replace("\"\"", "\""))
}

/// FNV-1a.
fn hash(text: &str) -> u64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    hash >> 16
}
