//! Multinomial logistic regression in the hashed table, by stochastic gradient descent with
//! `AdaGrad` steps (Duchi, Hazan and Singer, JMLR 12, 2011) and weight decay.

use gss_wgpu::text::FrontEnd;
use gss_wgpu::text::homographs::{Features, Reading, TABLE_BITS, WEIGHT_STEPS, slots};

use crate::data::Example;

/// How to train; the defaults were found by cross-validation.
pub(crate) struct Settings {
    epochs: f32,
    rate: f32,
    /// Step of the weights that all verbs share, relative to the others.
    shared: f32,
    /// Step of a word's topic, relative to its neighbours.
    topic: f32,
    decay: f32,
    /// How often an everyday sentence counts.
    everyday: f32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            epochs: 20.0,
            rate: 0.1,
            shared: 1.0,
            topic: 1.0,
            decay: 0.03,
            everyday: 2.0,
        }
    }
}

impl Settings {
    /// Changes one of them by name.
    pub(crate) fn set(&mut self, name: &str, value: f32) -> Result<(), String> {
        let setting = match name {
            "epochs" => &mut self.epochs,
            "rate" => &mut self.rate,
            "shared" => &mut self.shared,
            "topic" => &mut self.topic,
            "decay" => &mut self.decay,
            "everyday" => &mut self.everyday,
            _ => return Err(format!("no setting {name}")),
        };
        *setting = value;
        Ok(())
    }
}

/// An example with the places of its weights: for each reading the table's slots, and how many
/// of them are of the word's neighbours and of its topic.
struct Prepared {
    slots: Vec<Vec<usize>>,
    local: usize,
    topic: usize,
    reading: usize,
    weight: f32,
}

/// The table under training.
pub(crate) struct Classifier<'a> {
    front_end: &'a FrontEnd,
    weights: Vec<f32>,
}

impl<'a> Classifier<'a> {
    /// Trains on sentences of two kinds.
    pub(crate) fn train(
        front_end: &'a FrontEnd,
        wikipedia: &[&Example],
        everyday: &[Example],
        settings: &Settings,
    ) -> Self {
        let mut examples = wikipedia
            .iter()
            .map(|example| (*example, 1.0))
            .chain(everyday.iter().map(|example| (example, settings.everyday)))
            .collect::<Vec<_>>();
        // An order that does not depend on the files'.
        examples.sort_by_key(|(example, _)| example.hash.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let prepared = examples
            .iter()
            .map(|(example, weight)| Prepared {
                slots: front_end
                    .homographs()
                    .readings(&example.word)
                    .iter()
                    .map(|reading| slots(&example.word, reading, &example.features).collect())
                    .collect(),
                local: example.features.local.len(),
                topic: example.features.topic.len(),
                reading: example.reading,
                weight: *weight,
            })
            .collect::<Vec<_>>();
        let mut weights = vec![0.0_f32; 1 << TABLE_BITS];
        let mut squares = vec![1.0_f32; 1 << TABLE_BITS];
        let mut epoch = 0.0;
        while epoch < settings.epochs {
            for example in &prepared {
                let scores = example.slots.iter().map(|slots| sum(&weights, slots));
                let probabilities = softmax(scores.collect());
                for (reading, slots) in example.slots.iter().enumerate() {
                    let wanted = f32::from(u8::from(reading == example.reading));
                    let gradient = example.weight * (probabilities[reading] - wanted);
                    for (index, &slot) in slots.iter().enumerate() {
                        let step = if index < example.local {
                            1.0
                        } else if index < example.local + example.topic {
                            settings.topic
                        } else {
                            settings.shared
                        };
                        squares[slot] += gradient * gradient;
                        let rate = settings.rate * step / squares[slot].sqrt();
                        weights[slot] -= rate * (gradient + settings.decay * weights[slot]);
                    }
                }
            }
            epoch += 1.0;
        }
        Self { front_end, weights }
    }

    /// Whether the best reading is the right one, with the weights as they will be stored.
    pub(crate) fn is_right(&self, example: &Example) -> bool {
        let readings = self.front_end.homographs().readings(&example.word);
        let score = |reading: &Reading, features: &Features| {
            slots(&example.word, reading, features)
                .map(|slot| i32::from(stored(self.weights[slot])))
                .sum::<i32>()
        };
        let scores = readings
            .iter()
            .map(|reading| score(reading, &example.features))
            .collect::<Vec<_>>();
        let best = (0..scores.len()).max_by_key(|&index| (scores[index], usize::MAX - index));
        best == Some(example.reading)
    }

    /// The table as it is stored.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.weights
            .iter()
            .map(|&weight| stored(weight).cast_unsigned())
            .collect()
    }
}

#[allow(clippy::cast_possible_truncation, reason = "clamped before")]
fn stored(weight: f32) -> i8 {
    (weight * WEIGHT_STEPS).round().clamp(-127.0, 127.0) as i8
}

fn sum(weights: &[f32], slots: &[usize]) -> f32 {
    slots.iter().map(|&slot| weights[slot]).sum()
}

fn softmax(scores: Vec<f32>) -> Vec<f32> {
    let highest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let exponentials = scores.iter().map(|score| (score - highest).exp());
    let exponentials = exponentials.collect::<Vec<_>>();
    let total = exponentials.iter().sum::<f32>();
    exponentials.iter().map(|value| value / total).collect()
}
