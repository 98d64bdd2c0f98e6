//! Pronunciations of words that no dictionary has, from their letters.
//!
//! The model is a joint n-gram over *graphones*: pairs of one letter and the zero, one or two
//! phones that it stands for (Bisani and Ney, "Joint-sequence models for grapheme-to-phoneme
//! conversion", Speech Communication 50, 2008). A beam search finds the most probable sequence of
//! graphones whose letters spell the word. `examples/train_letter_to_sound` trains it on CMUdict
//! without the held-out words ([`is_held_out`]), so that the tests measure an honest error rate.

mod model;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use self::model::{Context, Model};
use super::TextError;
use super::arpabet::Phone;

/// The trained model; `weights/g2p/README.md` says how it was made.
const MODEL: &[u8] = include_bytes!("../../../weights/g2p/letter_to_sound.bin");

/// How many hypotheses survive each letter. 16 loses nothing measurable against 64.
const BEAM: usize = 16;

/// Predicts phones from letters.
#[derive(Debug)]
pub struct LetterToSound {
    model: Model,
}

/// A partial transcription: graphones for the first letters of the word.
struct Hypothesis {
    cost: i32,
    context: Context,
    phones: Vec<Phone>,
}

impl LetterToSound {
    /// Reads the built-in model.
    ///
    /// # Errors
    /// [`TextError::DamagedData`] if the file in `weights/g2p` was not whole when this was built.
    pub fn new() -> Result<Self, TextError> {
        let model = Model::parse(MODEL).map_err(|problem| TextError::DamagedData {
            what: "letter-to-sound model",
            problem: problem.to_owned(),
        })?;
        Ok(Self { model })
    }

    /// The most probable phones of a word of the letters a to z (in either case) and apostrophes;
    /// anything else is passed over. Empty only if the word has no letter.
    #[must_use]
    pub fn pronounce(&self, word: &str) -> Vec<Phone> {
        let mut beam = vec![Hypothesis {
            cost: 0,
            context: self.model.start(),
            phones: Vec::new(),
        }];
        for letter in word.bytes().map(|letter| letter.to_ascii_lowercase()) {
            let graphones = self.model.graphones(letter);
            if !graphones.is_empty() {
                beam = self.extend(&beam, graphones);
            }
        }
        beam.into_iter()
            .filter(|hypothesis| !hypothesis.phones.is_empty())
            .map(|hypothesis| {
                (
                    hypothesis.cost + self.model.end(&hypothesis.context),
                    hypothesis,
                )
            })
            .min_by_key(|(cost, _)| *cost)
            .map(|(_, hypothesis)| with_primary_stress(hypothesis.phones))
            .unwrap_or_default()
    }

    /// Appends each graphone of the next letter to each hypothesis and keeps the best of the
    /// results that the model can still tell apart.
    fn extend(&self, beam: &[Hypothesis], graphones: &[u16]) -> Vec<Hypothesis> {
        let steps = beam.iter().enumerate().flat_map(|(parent, hypothesis)| {
            let steps = self.model.steps(&hypothesis.context, graphones);
            steps
                .zip(graphones)
                .map(move |((cost, context), graphone)| {
                    (hypothesis.cost + cost, context, parent, *graphone)
                })
        });
        let steps = steps.collect::<Vec<_>>();
        // The best first, and of equals the earlier. Only a few are asked for: a heap is quicker than
        // order among all.
        let costs = steps.iter().enumerate();
        let mut best = costs
            .map(|(place, (cost, ..))| Reverse((*cost, place)))
            .collect::<BinaryHeap<_>>();
        let mut extended: Vec<Hypothesis> = Vec::with_capacity(BEAM);
        while extended.len() < BEAM
            && let Some(Reverse((cost, place))) = best.pop()
        {
            let (_, context, parent, graphone) = steps[place];
            let (before, after) = (&beam[parent].phones, self.model.phones(graphone));
            let silent = before.is_empty() && after.is_empty();
            // A silent hypothesis must not displace a speaking one: words are never silent.
            let merges =
                |other: &Hypothesis| other.context == context && other.phones.is_empty() == silent;
            if !extended.iter().any(merges) {
                extended.push(Hypothesis {
                    cost,
                    context,
                    phones: [before, after].concat(),
                });
            }
        }
        extended
    }
}

/// Gives the word its primary stress if the model gave it none: to the vowel with secondary stress,
/// else to the first one.
fn with_primary_stress(mut phones: Vec<Phone>) -> Vec<Phone> {
    if !phones.iter().any(|phone| phone.stress() == Some(1)) {
        let secondary = phones.iter().position(|phone| phone.stress() == Some(2));
        let first = phones.iter().position(|phone| phone.is_vowel());
        if let Some(place) = secondary.or(first) {
            phones[place] = phones[place].with_stress(1);
        }
    }
    phones
}

/// Whether a word of the dictionary (in lower case) is kept out of the training data: a twentieth
/// of all words, chosen by the FNV-1a hash of the word without a possessive ending.
#[must_use]
pub fn is_held_out(word: &str) -> bool {
    let base = word
        .strip_suffix("'s")
        .or(word.strip_suffix("s'"))
        .unwrap_or(word);
    let hash = base.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    hash % 20 == 0
}

#[cfg(test)]
mod tests;
