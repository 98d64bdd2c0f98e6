//! What has been decoded of a recording so far, mixed to mono.

use super::super::clip::check_sample_rate;
use super::super::{Audio, AudioError, MAX_SAMPLES};

/// Samples that a decoder may lack of the declared length without the file counting as truncated:
/// two MP3 frames, which encoders count or leave out as they like.
const LENGTH_TOLERANCE: u64 = 2 * 1152;

pub(super) struct Recording {
    name: String,
    /// As the header says, or the first packet where it does not.
    sample_rate: Option<u32>,
    samples: Vec<f32>,
}

impl Recording {
    pub(super) fn new(name: &str, sample_rate: Option<u32>) -> Self {
        Self {
            name: name.to_owned(),
            sample_rate,
            samples: Vec::new(),
        }
    }

    /// What error messages call it.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Appends interleaved samples, mixed by the mean of their channels.
    pub(super) fn push(
        &mut self,
        interleaved: &[f32],
        channels: usize,
        rate: u32,
    ) -> Result<(), AudioError> {
        check_sample_rate(rate)?;
        if *self.sample_rate.get_or_insert(rate) != rate {
            let detail = "its sample rate changes on the way".into();
            return Err(AudioError::Corrupt {
                name: self.name.clone(),
                detail,
            });
        }
        if self.samples.len() + interleaved.len() / channels > MAX_SAMPLES {
            let limit = MAX_SAMPLES as f64 / f64::from(rate);
            return Err(AudioError::TooLong {
                name: self.name.clone(),
                limit,
            });
        }
        let scale = 1.0 / channels as f32;
        let sums = interleaved
            .chunks_exact(channels)
            .map(|frame| frame.iter().sum::<f32>());
        self.samples.extend(sums.map(|sum| sum * scale));
        Ok(())
    }

    /// Checks the whole against the number of samples that the header declares, if it does.
    pub(super) fn finish(self, declared: Option<u64>) -> Result<Audio, AudioError> {
        let Self {
            name,
            sample_rate,
            samples,
        } = self;
        let Some(sample_rate) = sample_rate else {
            return Err(AudioError::NoSamples { name });
        };
        check_sample_rate(sample_rate)?;
        let found = samples.len() as u64;
        if let Some(declared) = declared
            && found + LENGTH_TOLERANCE < declared
        {
            let seconds = |frames| frames as f64 / f64::from(sample_rate);
            let (declared, found) = (seconds(declared), seconds(found));
            let detail =
                format!("its header declares {declared:.2} s of audio, it holds {found:.2} s");
            return Err(AudioError::Truncated { name, detail });
        }
        if samples.is_empty() {
            return Err(AudioError::NoSamples { name });
        }
        let audio = Audio {
            samples,
            sample_rate,
        };
        audio.check_finite()?;
        Ok(audio)
    }
}
