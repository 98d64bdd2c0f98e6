//! Trains the table of weights that tells homographs apart, `weights/g2p/homographs.bin`.
//!
//! `cargo run --release --example train_homographs -- FOLDER` reads `homographs-train.tsv` and
//! `homographs-wordids.tsv` of the Wikipedia Homograph Data from the folder, and `everyday.tsv`
//! beside this file. It prints the accuracy on a tenth of the sentences that the training does not
//! see, per word, then trains again on all of them and writes the table. With `--folds` it
//! cross-validates on the other nine tenths instead and writes nothing.

mod data;
mod train;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;

use data::Example;
use gss_wgpu::text::FrontEnd;
use train::{Classifier, Settings};

/// Where the table goes.
const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/weights/g2p/homographs.bin");
/// Sentences whose hash leaves this remainder modulo [`PARTS`] are held out.
const HELD_OUT: u64 = 0;
/// Into how many parts the sentences are split.
const PARTS: u64 = 10;

fn main() -> Result<(), Box<dyn Error>> {
    let mut folder = None;
    let mut folds = false;
    let mut settings = Settings::default();
    for argument in std::env::args().skip(1) {
        match argument.split_once('=') {
            Some((name, value)) => settings.set(name, value.parse()?)?,
            None if argument == "--folds" => folds = true,
            None => folder = Some(PathBuf::from(argument)),
        }
    }
    let folder = folder.ok_or("name the folder with homographs-train.tsv")?;
    let front_end = FrontEnd::new()?;
    let examples = data::wikipedia(&front_end, &folder)?;
    let everyday = data::everyday(&front_end)?;
    println!(
        "{} sentences of Wikipedia, {} everyday sentences",
        examples.len(),
        everyday.len()
    );
    let split = |part: u64| {
        examples
            .iter()
            .partition::<Vec<&Example>, _>(|example| example.hash % PARTS != part)
    };
    if folds {
        let (mut right, mut all) = (0, 0);
        for part in (0..PARTS).filter(|part| *part != HELD_OUT) {
            let (mut seen, unseen) = split(part);
            seen.retain(|example| example.hash % PARTS != HELD_OUT);
            let classifier = Classifier::train(&front_end, &seen, &everyday, &settings);
            let correct = unseen.iter().filter(|example| classifier.is_right(example));
            right += correct.count();
            all += unseen.len();
        }
        println!(
            "cross-validation: {right} of {all}, {:.2} %",
            percent(right, all)
        );
        return Ok(());
    }
    let (seen, unseen) = split(HELD_OUT);
    let classifier = Classifier::train(&front_end, &seen, &everyday, &settings);
    report(&classifier, &seen, &unseen);
    let everything = examples.iter().collect::<Vec<_>>();
    let classifier = Classifier::train(&front_end, &everything, &everyday, &settings);
    std::fs::write(TABLE, classifier.bytes())?;
    println!("wrote {TABLE}");
    Ok(())
}

/// Accuracy per word and over all, beside that of the most frequent reading.
fn report(classifier: &Classifier, seen: &[&Example], unseen: &[&Example]) {
    let mut frequencies: BTreeMap<&str, BTreeMap<usize, usize>> = BTreeMap::new();
    for example in seen {
        let counts = frequencies.entry(&example.word).or_default();
        *counts.entry(example.reading).or_default() += 1;
    }
    let mut words: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for example in unseen {
        let counts = frequencies.get(example.word.as_str());
        let usual = counts.and_then(|counts| counts.iter().max_by_key(|(_, count)| **count));
        let counts = words.entry(&example.word).or_default();
        counts[0] += 1;
        counts[1] += usize::from(classifier.is_right(example));
        counts[2] += usize::from(usual.is_some_and(|(reading, _)| *reading == example.reading));
    }
    println!("word, sentences held out, right, right with the most frequent reading");
    for (word, [all, right, usual]) in &words {
        println!("{word:14} {all:3} {right:3} {usual:3}");
    }
    let total = |index: usize| words.values().map(|counts| counts[index]).sum::<usize>();
    let (all, right, usual) = (total(0), total(1), total(2));
    println!(
        "held out: {right} of {all}, {:.2} %; most frequent reading {:.2} %",
        percent(right, all),
        percent(usual, all)
    );
}

fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}
