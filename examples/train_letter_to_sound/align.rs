//! Alignment of letters with phones by expectation maximisation.

use std::collections::BTreeMap;

use gss_wgpu::text::Phone;

use super::Entry;

/// A letter stands for at most this many phones (`x`: `K S`).
const MAX_PHONES: usize = 2;
/// Rounds of expectation maximisation; the likelihood changes by less than 0.1 % after these.
const ROUNDS: usize = 10;
/// A graphone seen less often is a misspelling, an abbreviation or foreign; the words that need
/// it are left out.
const MIN_COUNT: f64 = 5.0;

/// A letter and the phones it stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Graphone {
    pub(crate) letter: u8,
    pub(crate) phones: Vec<Phone>,
}

/// Probability of each graphone.
type Table = BTreeMap<Graphone, f64>;

/// The graphones in their order, and each word that they can spell as indices of graphones.
pub(crate) fn align(entries: &[Entry]) -> (Vec<Graphone>, Vec<Vec<u16>>) {
    let mut table: Option<Table> = None;
    let mut counts = Table::new();
    for _ in 0..ROUNDS {
        counts = Table::new();
        for entry in entries {
            count(entry, table.as_ref(), &mut counts);
        }
        let total = counts.values().sum::<f64>();
        table = Some(
            counts
                .iter()
                .map(|(graphone, n)| (graphone.clone(), n / total))
                .collect(),
        );
    }
    counts.retain(|_, &mut n| n >= MIN_COUNT);
    let words = entries
        .iter()
        .filter_map(|entry| best_path(entry, &counts))
        .collect();
    (counts.into_keys().collect(), words)
}

/// The lattice of all alignments of a word: node (i, j) lies after i letters and j phones.
struct Lattice<'a> {
    entry: &'a Entry,
}

impl Lattice<'_> {
    fn width(&self) -> usize {
        self.entry.phones.len() + 1
    }

    fn size(&self) -> usize {
        (self.entry.letters.len() + 1) * self.width()
    }

    /// Every edge as (from, to, graphone), sources first.
    fn edges(&self) -> impl Iterator<Item = (usize, usize, Graphone)> {
        let width = self.width();
        self.entry
            .letters
            .iter()
            .enumerate()
            .flat_map(move |(i, &letter)| {
                (0..width).flat_map(move |j| {
                    (0..=MAX_PHONES.min(width - 1 - j)).map(move |n| {
                        let phones = self.entry.phones[j..j + n].to_vec();
                        (
                            i * width + j,
                            (i + 1) * width + j + n,
                            Graphone { letter, phones },
                        )
                    })
                })
            })
    }
}

/// Adds the expected number of uses of each graphone in this word; every graphone is equally
/// probable while there is no table.
fn count(entry: &Entry, table: Option<&Table>, counts: &mut Table) {
    let lattice = Lattice { entry };
    let edges = lattice
        .edges()
        .map(|(from, to, graphone)| {
            let weight = table.map_or(1.0, |table| table.get(&graphone).copied().unwrap_or(0.0));
            (from, to, graphone, weight)
        })
        .collect::<Vec<_>>();
    let mut forward = vec![0.0; lattice.size()];
    forward[0] = 1.0;
    for (from, to, _, weight) in &edges {
        forward[*to] += forward[*from] * weight;
    }
    let mut backward = vec![0.0; lattice.size()];
    backward[lattice.size() - 1] = 1.0;
    for (from, to, _, weight) in edges.iter().rev() {
        backward[*from] += backward[*to] * weight;
    }
    let total = backward[0];
    if total > 0.0 {
        for (from, to, graphone, weight) in edges {
            let expected = forward[from] * weight * backward[to] / total;
            if expected > 0.0 {
                *counts.entry(graphone).or_default() += expected;
            }
        }
    }
}

/// The most probable alignment as indices into the table, if the table allows one.
fn best_path(entry: &Entry, table: &Table) -> Option<Vec<u16>> {
    let index = |graphone: &Graphone| table.keys().position(|other| other == graphone);
    let lattice = Lattice { entry };
    let mut best: Vec<Option<(f64, usize, Option<Graphone>)>> = vec![None; lattice.size()];
    best[0] = Some((1.0, 0, None));
    for (from, to, graphone) in lattice.edges() {
        let Some(&(before, ..)) = best[from].as_ref() else {
            continue;
        };
        let Some(weight) = table.get(&graphone) else {
            continue;
        };
        let score = before * weight;
        if best[to].as_ref().is_none_or(|(other, ..)| score > *other) {
            best[to] = Some((score, from, Some(graphone)));
        }
    }
    let mut path = Vec::new();
    let mut node = lattice.size() - 1;
    while let (_, from, Some(graphone)) = best[node].take()? {
        path.push(u16::try_from(index(&graphone)?).expect("a few hundred graphones"));
        node = from;
    }
    path.reverse();
    Some(path)
}
