//! Which sentences of a long text go through the networks together.

use std::ops::Range;

/// Sentences at once on a GPU, where a single sentence leaves most of the cores of the deeper levels of
/// the score network idle. More would cost memory and let the listener wait.
pub(super) const ON_A_GPU: usize = 4;

/// Sentences at once on a software adapter: one sentence keeps all cores busy, and whatever a batch
/// pads is computed for nothing.
pub(super) const ON_A_CPU: usize = 1;

/// A sentence may be this many times as long as the shortest one of its batch, to whose length the
/// others' columns are computed in vain.
const LONGEST: usize = 2;

/// Cuts a text into runs of at most `most` sentences of similar length, given the symbols of each. The
/// first sentence stays alone, so that it is heard soon.
pub(super) fn batches(symbols: &[usize], most: usize) -> Vec<Range<usize>> {
    let mut batches: Vec<Range<usize>> = Vec::new();
    let (mut shortest, mut longest) = (0, 0);
    for (i, &length) in symbols.iter().enumerate() {
        let (low, high) = (length.min(shortest), length.max(longest));
        match batches.last_mut() {
            Some(last) if last.start > 0 && last.len() < most && high <= LONGEST * low => {
                last.end = i + 1;
                (shortest, longest) = (low, high);
            }
            _ => {
                batches.push(i..i + 1);
                (shortest, longest) = (length, length);
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::batches;

    #[test]
    fn similar_sentences_go_together_after_the_first() {
        assert_eq!(batches(&[50, 50, 60, 40, 45, 55], 4), [0..1, 1..5, 5..6]);
        assert_eq!(batches(&[50, 20, 41, 40, 90], 4), [0..1, 1..2, 2..4, 4..5]);
        assert_eq!(batches(&[30, 20, 40, 21], 4), [0..1, 1..4]);
    }

    #[test]
    fn one_at_a_time_is_one_at_a_time() {
        assert_eq!(batches(&[50, 50, 50], 1), [0..1, 1..2, 2..3]);
        assert!(batches(&[], 4).is_empty());
    }
}
