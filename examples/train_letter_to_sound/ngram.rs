//! A back-off n-gram model over graphones with interpolated modified Kneser-Ney smoothing (Chen
//! and Goodman, "An empirical study of smoothing techniques for language modeling", 1998),
//! written in the file format of `src/text/letter_to_sound/model.rs`.

use std::collections::{BTreeMap, HashMap};

use super::align::Graphone;

/// Sequences of up to this many graphones.
const ORDER: usize = 7;
/// Sequences of this many graphones (from 1) need so many occurrences to be kept.
const MIN_COUNTS: [u32; ORDER] = [1, 1, 2, 2, 2, 2, 2];
/// Quantisation of costs: steps for one nat.
const COST_STEPS: f64 = 16.0;
const START: u16 = 0;
const END: u16 = 1;
const FIRST_GRAPHONE: u16 = 2;

type Gram = Vec<u16>;

/// Trains on words given as indices of graphones; the model as a file.
pub(crate) fn train(graphones: &[Graphone], words: &[Vec<u16>]) -> Vec<u8> {
    let vocabulary =
        FIRST_GRAPHONE + u16::try_from(graphones.len()).expect("a few hundred graphones");
    let sentences = words.iter().map(|word| {
        let inner = word.iter().map(|&index| index + FIRST_GRAPHONE);
        std::iter::once(START)
            .chain(inner)
            .chain([END])
            .collect::<Gram>()
    });
    let raw = count(sentences, vocabulary);
    let probabilities = smooth(&raw, vocabulary);
    write(graphones, &prune(&raw, probabilities))
}

/// Occurrences of each sequence, by length from 1. Every token is there, if only with 0.
fn count(sentences: impl Iterator<Item = Gram>, vocabulary: u16) -> Vec<BTreeMap<Gram, u32>> {
    let mut counts = vec![HashMap::<Gram, u32>::new(); ORDER];
    for sentence in sentences {
        for (length, counts) in (1..).zip(&mut counts) {
            for gram in sentence.windows(length) {
                *counts.entry(gram.to_vec()).or_default() += 1;
            }
        }
    }
    for token in 0..vocabulary {
        counts[0].entry(vec![token]).or_default();
    }
    counts
        .into_iter()
        .map(|counts| counts.into_iter().collect())
        .collect()
}

/// Interpolated probability of the last token of each sequence after the tokens before it.
fn smooth(raw: &[BTreeMap<Gram, u32>], vocabulary: u16) -> Vec<BTreeMap<Gram, f64>> {
    let mut probabilities: Vec<BTreeMap<Gram, f64>> = Vec::new();
    for length in 1..=ORDER {
        let adjusted = adjusted_counts(raw, length);
        let discounts = discounts(adjusted.values());
        let discount = |count: u32| discounts[count.min(3) as usize];
        // Total count and discounted mass of each context.
        let mut contexts = HashMap::<&[u16], (f64, f64)>::new();
        for (gram, &count) in &adjusted {
            let (total, mass) = contexts.entry(&gram[..length - 1]).or_default();
            *total += f64::from(count);
            *mass += discount(count);
        }
        let smoothed = adjusted.iter().map(|(gram, &count)| {
            let (total, mass) = contexts[&gram[..length - 1]];
            let shorter = match probabilities.last() {
                Some(shorter) => shorter[&gram[1..]],
                None => 1.0 / f64::from(vocabulary),
            };
            let kept = f64::from(count) - discount(count);
            (gram.clone(), (kept + mass * shorter) / total)
        });
        probabilities.push(smoothed.collect());
    }
    probabilities
}

/// The counts that Kneser-Ney smoothing uses: raw ones in the highest order and at the start of
/// words, else in how many different contexts of one token a sequence occurs.
fn adjusted_counts(raw: &[BTreeMap<Gram, u32>], length: usize) -> BTreeMap<Gram, u32> {
    let mut adjusted = raw[length - 1].clone();
    if let Some(longer) = raw.get(length) {
        for (gram, count) in &mut adjusted {
            if gram[0] != START {
                *count = 0;
            }
        }
        for gram in longer.keys() {
            *adjusted
                .get_mut(&gram[1..])
                .expect("suffixes of a sequence are counted too") += 1;
        }
    }
    if length == 1 {
        // The start is given, never predicted.
        adjusted.insert(vec![START], 0);
    }
    adjusted
}

/// Chen and Goodman's discounts for counts of 0, 1, 2, and 3 or more.
fn discounts<'a>(counts: impl Iterator<Item = &'a u32>) -> [f64; 4] {
    let mut n = [0.0; 5];
    for &count in counts {
        if let Some(n) = n.get_mut(count as usize) {
            *n += 1.0;
        }
    }
    let y = n[1] / (n[1] + 2.0 * n[2]);
    let discount = |k: usize| k as f64 - (k + 1) as f64 * y * n[k + 1] / n[k];
    [0.0, discount(1), discount(2), discount(3)]
}

/// A kept sequence.
struct Node {
    gram: Gram,
    probability: f64,
    /// Weight of the shorter context's probabilities where a longer sequence is not kept.
    back_off: f64,
}

/// Drops rare sequences and gives their probability back to the shorter contexts.
fn prune(raw: &[BTreeMap<Gram, u32>], mut smoothed: Vec<BTreeMap<Gram, f64>>) -> Vec<Vec<Node>> {
    for ((smoothed, counts), min) in smoothed.iter_mut().zip(raw).zip(MIN_COUNTS) {
        smoothed.retain(|gram, _| gram.len() == 1 || counts[gram] >= min);
    }
    // Probability of all kept continuations: by the context itself and by the shorter one.
    let mut kept = HashMap::<&[u16], (f64, f64)>::new();
    for (length, level) in smoothed.iter().enumerate().skip(1) {
        for (gram, probability) in level {
            let (own, shorter) = kept.entry(&gram[..length]).or_default();
            *own += probability;
            *shorter += smoothed[length - 1][&gram[1..]];
        }
    }
    let levels = smoothed.iter().map(|level| {
        let nodes = level.iter().map(|(gram, &probability)| {
            let (own, shorter) = kept.get(gram.as_slice()).copied().unwrap_or_default();
            let back_off = (1.0 - own).max(1e-6) / (1.0 - shorter).max(1e-6);
            Node {
                gram: gram.clone(),
                probability,
                back_off,
            }
        });
        nodes.collect()
    });
    levels.collect()
}

/// The model as a file.
fn write(graphones: &[Graphone], levels: &[Vec<Node>]) -> Vec<u8> {
    let mut bytes = b"G2PNGRAM".to_vec();
    bytes.extend(&size(graphones.len())[..2]);
    for graphone in graphones {
        let mut phones = graphone.phones.iter().map(|phone| phone.index());
        bytes.extend([graphone.letter, size(graphone.phones.len())[0]]);
        bytes.extend([phones.next().unwrap_or(0), phones.next().unwrap_or(0)]);
    }
    bytes.push(size(levels.len())[0]);
    for (order, level) in (1..).zip(levels) {
        println!("order {order}: {} sequences", level.len());
        bytes.extend(size(level.len()));
        bytes.extend(
            level
                .iter()
                .flat_map(|node| node.gram[order - 1].to_le_bytes()),
        );
        bytes.extend(level.iter().map(|node| cost(node.probability, 0, 255)));
        if let Some(children) = levels.get(order) {
            bytes.extend(level.iter().map(|node| cost(node.back_off, -128, 127)));
            let first = |node: &Node| children.partition_point(|child| child.gram < node.gram);
            bytes.extend(level.iter().flat_map(|node| size(first(node))));
            bytes.extend(size(children.len()));
        }
    }
    bytes
}

/// A size as `u32`; its first bytes are smaller types.
fn size(value: usize) -> [u8; 4] {
    u32::try_from(value)
        .expect("sizes of the model fit")
        .to_le_bytes()
}

/// The cost of a probability as a byte of a type with this range.
fn cost(probability: f64, min: i16, max: i16) -> u8 {
    let cost = (-probability.ln() * COST_STEPS).round();
    let steps = (min..=max)
        .find(|&steps| f64::from(steps) >= cost)
        .unwrap_or(max);
    steps.to_le_bytes()[0]
}
