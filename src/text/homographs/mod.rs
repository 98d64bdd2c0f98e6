//! Words with more than one pronunciation: which one a sentence calls for.
//!
//! A linear classifier scores each reading of a word. Its features ([`Features`]) are the words
//! around, their coarse classes, capitals and the topic (after Gorman, Mazovetskiy and Nikolaev,
//! "Improving homograph disambiguation with supervised machine learning", LREC 2018). The score of
//! reading r of word w is the sum of the weights of (w, r, feature), and for readings of the
//! classes "verb" and "verbs" also of (class, feature): what tells a verb from a noun is learnt
//! from all words together and holds for words that the training data lack. All weights are in one
//! table that is addressed by hash. `examples/train_homographs` trains it;
//! `weights/g2p/homographs.tsv` lists the readings.

mod features;
mod tags;

use std::collections::HashMap;

pub use self::features::Features;
use super::TextError;
use super::arpabet::{Phone, parse_phones};
use super::derivation::add_s;
use super::spoken::Spoken;

/// The readings, one a line: word, label, reading, class, phones.
const READINGS: &str = include_str!("../../../weights/g2p/homographs.tsv");
/// The trained table: one weight a byte.
const WEIGHTS: &[u8] = include_bytes!("../../../weights/g2p/homographs.bin");
/// Binary logarithm of the number of weights.
pub const TABLE_BITS: u32 = 18;
/// Steps of a weight in the table for one nat.
pub const WEIGHT_STEPS: f32 = 24.0;
/// Class of readings as verbs in the third person singular.
const THIRD_PERSON: &str = "verbs";

/// One pronunciation of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What the training data call it; `-` if they lack the word.
    pub label: &'static str,
    /// What it means, in a word or two.
    pub name: &'static str,
    /// The class whose weights it shares; `-` for none.
    pub class: &'static str,
    /// How it is spoken.
    pub phones: Vec<Phone>,
}

/// All homographs with their readings and the classifier.
#[derive(Debug)]
pub struct Homographs {
    readings: HashMap<&'static str, Vec<Reading>>,
}

impl Homographs {
    /// Reads the built-in data.
    ///
    /// # Errors
    /// [`TextError::DamagedData`] if a file in `weights/g2p` was damaged when this was built.
    pub fn new() -> Result<Self, TextError> {
        let damaged = |problem: &str| TextError::DamagedData {
            what: "table of homographs",
            problem: problem.to_owned(),
        };
        let mut readings: HashMap<_, Vec<_>> = HashMap::new();
        for line in READINGS.lines().filter(|line| !line.starts_with('#')) {
            let mut columns = line.split('\t');
            let mut column = || columns.next().ok_or_else(|| damaged(line));
            let word = column()?;
            readings.entry(word).or_default().push(Reading {
                label: column()?,
                name: column()?,
                class: column()?,
                phones: parse_phones(column()?)?,
            });
        }
        if WEIGHTS.len() != 1 << TABLE_BITS {
            return Err(damaged("wrong number of weights"));
        }
        Ok(Self { readings })
    }

    /// The readings of a word in lower case; a plural or third person has those of its base.
    pub(super) fn of(&self, word: &str) -> Option<Vec<Reading>> {
        if let Some(readings) = self.readings.get(word) {
            return Some(readings.clone());
        }
        let base = self.readings.get(word.strip_suffix('s')?)?;
        let [noun, verb] = base.as_slice() else {
            return None;
        };
        let (noun, verb) = if noun.class == "verb" {
            (verb, noun)
        } else {
            (noun, verb)
        };
        (verb.class == "verb" && noun.name != "adjective").then(|| {
            let plural = |reading: &Reading, class| Reading {
                class,
                phones: add_s(reading.phones.clone()),
                ..reading.clone()
            };
            vec![plural(noun, "-"), plural(verb, THIRD_PERSON)]
        })
    }

    /// The reading that the sentence calls for at a place; none if the word there has only one.
    pub(super) fn choose(&self, sentence: &[Spoken], place: usize) -> Option<Reading> {
        let Spoken::Word(word) = sentence.get(place)? else {
            return None;
        };
        let mut readings = self.of(&word.text)?;
        let features = features::features(sentence, place);
        let score = |reading: &Reading| {
            slots(&word.text, reading, &features)
                .map(|slot| i32::from(WEIGHTS[slot].cast_signed()))
                .sum::<i32>()
        };
        let best = (0..readings.len())
            .max_by_key(|&index| (score(&readings[index]), -(index as isize)))?;
        Some(readings.swap_remove(best))
    }

    /// The readings of a word in the order of the table, for training.
    #[must_use]
    pub fn readings(&self, word: &str) -> &[Reading] {
        self.readings.get(word).map_or(&[], Vec::as_slice)
    }
}

/// Places in the table of the weights that make the score of a reading.
pub fn slots<'a>(
    word: &str,
    reading: &'a Reading,
    features: &'a Features,
) -> impl Iterator<Item = usize> + 'a {
    let own = features::hash(word, &[reading.name]);
    let own = features
        .local
        .iter()
        .chain(&features.topic)
        .map(move |&feature| slot(own, feature));
    let class = features::hash("class", &[reading.class]);
    let shared = features.local.iter().filter(|_| reading.class != "-");
    own.chain(shared.map(move |&feature| slot(class, feature)))
}

/// Mixes two hashes to a place in the table (the last step of `MurmurHash3`'s finaliser).
fn slot(key: u64, feature: u64) -> usize {
    let mut mixed = key.rotate_left(23) ^ feature;
    mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    usize::try_from(mixed >> (64 - TABLE_BITS)).unwrap_or_default()
}

/// Features of every homograph of a sentence, with the word.
pub(super) fn occurrences(homographs: &Homographs, sentence: &[Spoken]) -> Vec<(String, Features)> {
    let words = sentence.iter().enumerate();
    let found = words.filter_map(|(place, item)| match item {
        Spoken::Word(word) if !homographs.readings(&word.text).is_empty() => {
            Some((word.text.clone(), features::features(sentence, place)))
        }
        _ => None,
    });
    found.collect()
}

#[cfg(test)]
mod tests;
