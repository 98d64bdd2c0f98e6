//! The one way from what the engine makes to what leaves it.

use super::mark::mark;
use crate::audio::{Audio, finish_sentence};

/// Sound that was made and is not marked yet.
///
/// What makes sound for [`crate::synth`] returns this, and it opens in two ways only: [`Self::mark`], and one whose
/// name says that the mark is missing.
#[derive(Debug)]
pub(crate) struct Unmarked(Audio);

impl Unmarked {
    pub(crate) const fn new(audio: Audio) -> Self {
        Self(audio)
    }

    /// Brings it to the loudness of a sentence and fades its ends.
    pub(crate) fn finish_sentence(mut self) -> Self {
        finish_sentence(&mut self.0.samples, self.0.sample_rate);
        self
    }

    /// Marks it as what comes after `start` samples of its speech.
    pub(crate) fn mark(mut self, start: u64) -> Audio {
        mark(&mut self.0.samples, self.0.sample_rate, start);
        self.0
    }

    /// What was made, as it was made.
    pub(crate) fn into_unmarked_audio(self) -> Audio {
        self.0
    }
}
