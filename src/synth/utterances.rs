//! Sentences as the graphs take them: their symbols, voices and lengths, side by side and filled up to one
//! width, which is rounded up so that plans recur.

use super::SynthError;
use crate::model::Style;
use crate::model::pitch_predictor::Melody;
use crate::model::stages::Extent;

/// Numbers of tokens are rounded up to multiples of this, so that plans recur; masks make the results the
/// same.
pub const TOKEN_BUCKET: usize = 16;

/// The same for numbers of frames.
pub const FRAME_BUCKET: usize = 32;

/// Most frames of one sentence: with two heads the attention weights of a prior encoder are then 128
/// MiB, the largest binding that every adapter allows.
pub const MAX_FRAMES: usize = 4096;

/// A sentence as the model sees it.
#[derive(Debug, Clone)]
pub(super) struct Utterance<'a> {
    /// The sentence as written, for messages.
    pub(super) text: &'a str,
    /// Ids of its symbols.
    pub(super) ids: Vec<u32>,
    /// Its voice.
    pub(super) style: &'a Style,
    /// See [`super::Request::speed`].
    pub(super) speed: f32,
    /// How its predicted pitch is changed, in models that predict one.
    pub(super) melody: Melody,
    /// Seed of its noise.
    pub(super) seed: u64,
}

/// The token of each frame of all items, filled up to one width.
pub(super) fn index(durations: &[Vec<u32>], frames: usize) -> Vec<u32> {
    let index: Vec<_> = durations.iter().map(|item| repeated(item)).collect();
    padded(index.iter().map(Vec::as_slice), frames, 0)
}

/// Sizes of a batch, rounded up; no frames as long as there are no durations.
pub(super) fn extent(batch: &[Utterance<'_>], durations: &[Vec<u32>]) -> Extent {
    let tokens = batch.iter().map(|item| item.ids.len()).max().unwrap_or(0);
    let frames = durations
        .iter()
        .map(|item| item.iter().sum::<u32>())
        .max()
        .unwrap_or(0);
    Extent {
        batch: batch.len(),
        tokens: tokens.next_multiple_of(TOKEN_BUCKET),
        frames: (frames as usize).next_multiple_of(FRAME_BUCKET),
    }
}

/// The style vectors, one after the other.
pub(super) fn styles(batch: &[Utterance<'_>]) -> Vec<f32> {
    batch
        .iter()
        .flat_map(|item| item.style.values().iter().copied())
        .collect()
}

/// Frames of every item.
pub(super) fn frame_lengths(durations: &[Vec<u32>]) -> Vec<u32> {
    durations.iter().map(|item| item.iter().sum()).collect()
}

/// Seeds as the kernels read them.
pub(super) fn seeds(batch: &[Utterance<'_>]) -> Vec<u32> {
    batch.iter().flat_map(|item| words(item.seed)).collect()
}

/// Symbols of every item.
pub(super) fn token_lengths(batch: &[Utterance<'_>]) -> Vec<u32> {
    batch.iter().map(|item| length(item.ids.len())).collect()
}

/// A number of frames or tokens as the kernels count.
pub(super) fn length(count: usize) -> u32 {
    u32::try_from(count).expect("sentences and parts are far below 2^32 columns")
}

/// Values that came back from the device, refused where one is no number.
pub(super) fn finite(values: Vec<f32>, what: &'static str) -> Result<Vec<f32>, SynthError> {
    if values.iter().all(|value| value.is_finite()) {
        Ok(values)
    } else {
        Err(SynthError::NotFinite { what })
    }
}

/// The token of each frame.
fn repeated(durations: &[u32]) -> Vec<u32> {
    let tokens = durations.iter().zip(0..);
    tokens
        .flat_map(|(&frames, token)| (0..frames).map(move |_| token))
        .collect()
}

/// Rows of different lengths, filled up to one width.
pub(super) fn padded<'a, T: Copy + 'a>(
    rows: impl Iterator<Item = &'a [T]>,
    width: usize,
    filler: T,
) -> Vec<T> {
    let mut all = Vec::new();
    for (i, row) in rows.enumerate() {
        all.extend_from_slice(row);
        all.resize((i + 1) * width, filler);
    }
    all
}

/// A seed as the kernels read it, low word first.
fn words(seed: u64) -> [u32; 2] {
    let [a, b, c, d, e, f, g, h] = seed.to_le_bytes();
    [[a, b, c, d], [e, f, g, h]].map(u32::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::{padded, repeated, words};

    #[test]
    fn durations_become_the_token_of_each_frame() {
        assert_eq!(repeated(&[2, 1, 3]), [0, 0, 1, 2, 2, 2]);
    }

    #[test]
    fn rows_are_filled_up_to_the_width() {
        let rows: [&[u32]; 2] = [&[1, 2, 3], &[4]];
        assert_eq!(padded(rows.into_iter(), 4, 0), [1, 2, 3, 0, 4, 0, 0, 0]);
    }

    #[test]
    fn seeds_are_written_low_word_first() {
        assert_eq!(words(0x0123_4567_89ab_cdef), [0x89ab_cdef, 0x0123_4567]);
    }
}
