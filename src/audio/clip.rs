//! A mono clip of audio.

use super::AudioError;

/// Lowest sample rate that is read, in Hz: below it there is no intelligible speech.
pub const MIN_SAMPLE_RATE: u32 = 4_000;

/// Highest sample rate that is read, in Hz: the highest that recorders offer.
pub const MAX_SAMPLE_RATE: u32 = 768_000;

/// Most samples that a clip may hold: 512 MiB of f32, or 46 minutes at 48 kHz.
pub const MAX_SAMPLES: usize = 1 << 27;

/// Mono audio: samples in -1..1 at a sample rate.
#[derive(Clone, Debug, PartialEq)]
pub struct Audio {
    /// Samples; full scale is -1..1.
    pub samples: Vec<f32>,
    /// Samples per second.
    pub sample_rate: u32,
}

impl Audio {
    /// The length in seconds.
    pub fn seconds(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.sample_rate)
    }

    /// The root mean square of the samples; 0 for an empty clip.
    pub fn rms(&self) -> f64 {
        rms(&self.samples)
    }

    /// Checks that this is audio at all.
    ///
    /// # Errors
    /// [`AudioError::SampleRate`] outside [`MIN_SAMPLE_RATE`]..=[`MAX_SAMPLE_RATE`],
    /// [`AudioError::NotFinite`] at the first sample that is NaN or infinite.
    pub fn check(&self) -> Result<(), AudioError> {
        check_sample_rate(self.sample_rate)?;
        self.check_finite()
    }

    /// Fails on the first sample that is NaN or infinite.
    pub(super) fn check_finite(&self) -> Result<(), AudioError> {
        check_finite(&self.samples)
    }
}

/// The root mean square of samples, summed in f64; 0 for none.
pub(super) fn rms(samples: &[f32]) -> f64 {
    if samples.is_empty() {
        return 0.0;
    }
    let energy: f64 = samples.iter().map(|&s| f64::from(s).powi(2)).sum();
    (energy / samples.len() as f64).sqrt()
}

/// Fails on the first sample that is NaN or infinite.
pub(super) fn check_finite(samples: &[f32]) -> Result<(), AudioError> {
    match samples.iter().position(|s| !s.is_finite()) {
        Some(index) => Err(AudioError::NotFinite { index }),
        None => Ok(()),
    }
}

/// Fails on a sample rate outside [`MIN_SAMPLE_RATE`]..=[`MAX_SAMPLE_RATE`].
pub(super) fn check_sample_rate(rate: u32) -> Result<(), AudioError> {
    if (MIN_SAMPLE_RATE..=MAX_SAMPLE_RATE).contains(&rate) {
        Ok(())
    } else {
        Err(AudioError::SampleRate { rate })
    }
}
