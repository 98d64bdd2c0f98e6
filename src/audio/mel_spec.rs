//! The settings of a mel spectrogram.

use serde::{Deserialize, Serialize};

use super::AudioError;
use super::clip::check_sample_rate;
use super::filterbank::hz_to_mel;

/// Largest transform that is accepted: far above any speech model's, and a bound on memory.
const MAX_N_FFT: usize = 1 << 16;

/// Fails with the messages of all rules that do not hold.
pub(super) fn all_hold(rules: impl IntoIterator<Item = (bool, String)>) -> Result<(), String> {
    let broken: Vec<String> = rules
        .into_iter()
        .filter(|(holds, _)| !holds)
        .map(|(_, message)| message)
        .collect();
    if broken.is_empty() {
        Ok(())
    } else {
        Err(broken.join("; "))
    }
}

/// The settings of a mel spectrogram, as in the `audio` section of a model's `config.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MelSpec {
    /// Sample rate of the audio in Hz.
    pub sample_rate: u32,
    /// Length of the Fourier transform in samples.
    pub n_fft: usize,
    /// Length of the Hann window in samples, at most `n_fft`.
    pub win_length: usize,
    /// Samples from one frame to the next.
    pub hop_length: usize,
    /// Number of mel bands.
    pub n_mels: usize,
    /// Lower edge of the lowest band in Hz.
    pub fmin: f64,
    /// Upper edge of the highest band in Hz, at most half the sample rate.
    pub fmax: f64,
    /// Band magnitudes are raised to this value before the logarithm is taken.
    pub log_floor: f64,
}

impl MelSpec {
    /// Fails on settings that contradict each other, with all of them in the message.
    ///
    /// # Errors
    /// [`AudioError::MelSpec`] or [`AudioError::SampleRate`].
    pub fn validate(&self) -> Result<(), AudioError> {
        check_sample_rate(self.sample_rate)?;
        let nyquist = f64::from(self.sample_rate) / 2.0;
        let rules = [
            (
                self.n_fft >= 2 && self.n_fft <= MAX_N_FFT && self.n_fft.is_multiple_of(2),
                format!(
                    "n_fft is {}, it should be even and 2 to {MAX_N_FFT}",
                    self.n_fft
                ),
            ),
            (
                self.win_length >= 1 && self.win_length <= self.n_fft,
                format!("win_length is {}, it should be 1 to n_fft", self.win_length),
            ),
            (
                self.hop_length >= 1
                    && self.hop_length <= self.win_length
                    && self.hop_length.is_multiple_of(2),
                format!(
                    "hop_length is {}, it should be even and 2 to win_length",
                    self.hop_length
                ),
            ),
            (
                self.n_mels >= 1 && self.n_mels <= self.n_fft / 2,
                format!("n_mels is {}, it should be 1 to n_fft / 2", self.n_mels),
            ),
            (
                self.fmin >= 0.0 && self.fmin < self.fmax && self.fmax <= nyquist,
                format!(
                    "fmin {} and fmax {} should satisfy 0 <= fmin < fmax <= {nyquist}",
                    self.fmin, self.fmax
                ),
            ),
            (
                self.log_floor > 0.0 && self.log_floor.is_finite(),
                format!("log_floor is {}, it should be positive", self.log_floor),
            ),
        ];
        all_hold(rules).map_err(AudioError::MelSpec)
    }

    /// Frequency bins of the Fourier transform: `n_fft / 2 + 1`.
    pub fn n_bins(&self) -> usize {
        self.n_fft / 2 + 1
    }

    /// Frames of a clip of so many samples: `floor(samples / hop_length)`.
    pub fn frames(&self, samples: usize) -> usize {
        samples / self.hop_length
    }

    /// Fewest samples that a mel spectrogram can be made of: one frame, and enough to reflect
    /// the borders.
    pub fn min_samples(&self) -> usize {
        self.hop_length.max(self.border() + 1)
    }

    /// Where a frequency in Hz lies between the edges: 0 at `fmin`, 1 at `fmax`, evenly spaced in mel.
    pub fn height(&self, hz: f64) -> f64 {
        let (low, high) = (hz_to_mel(self.fmin), hz_to_mel(self.fmax));
        (hz_to_mel(hz) - low) / (high - low)
    }

    /// Samples reflected at each end, `(n_fft - hop_length) / 2`, so that a clip of `n` hops has
    /// exactly `n` frames.
    pub(super) fn border(&self) -> usize {
        (self.n_fft - self.hop_length) / 2
    }
}
