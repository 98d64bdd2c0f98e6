//! What has been decoded of a recording so far, mixed to mono, at the rate at which it is kept.

use std::ops::ControlFlow;

use super::super::clip::check_sample_rate;
use super::super::resample::Stream;
use super::super::{Audio, AudioError, MAX_SAMPLES};
use super::{Beyond, Reading};

/// Samples that a decoder may lack of the declared length without the file counting as truncated:
/// two MP3 frames, which encoders count or leave out as they like.
const LENGTH_TOLERANCE: u64 = 2 * 1152;

/// Two channels whose mean has less than this share of their mean power cancel each other.
const CANCELLED: f64 = 0.02;

/// A channel with less than this share of the other's power is dead: 40 dB.
const DEAD: f64 = 1e-4;

pub(super) struct Recording {
    name: String,
    reading: Reading,
    /// As the header says, or the first packet where it does not.
    sample_rate: Option<u32>,
    /// The mean of all channels.
    mean: Option<Stream>,
    /// Of two channels, the first one, and the powers of both and of their mean.
    first: Option<(Stream, [Power; 3])>,
    /// Samples of each channel so far.
    heard: u64,
    /// Whether more came than is wanted.
    is_full: bool,
    mixed: Vec<f32>,
}

/// Power about the mean, so that an offset counts for nothing.
#[derive(Clone, Copy, Default)]
struct Power {
    sum: f64,
    squares: f64,
}

impl Power {
    fn add(&mut self, sample: f32) {
        let sample = f64::from(sample);
        self.sum += sample;
        self.squares += sample * sample;
    }

    fn of(self, count: u64) -> f64 {
        let count = count.max(1) as f64;
        (self.squares / count - (self.sum / count).powi(2)).max(0.0)
    }
}

impl Recording {
    pub(super) fn new(name: &str, reading: Reading, sample_rate: Option<u32>) -> Self {
        Self {
            name: name.to_owned(),
            reading,
            sample_rate,
            mean: None,
            first: None,
            heard: 0,
            is_full: false,
            mixed: Vec::new(),
        }
    }

    /// What error messages call it.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Appends interleaved samples; breaks when enough was heard.
    pub(super) fn push(
        &mut self,
        interleaved: &[f32],
        channels: usize,
        rate: u32,
    ) -> Result<ControlFlow<()>, AudioError> {
        check_sample_rate(rate)?;
        if *self.sample_rate.get_or_insert(rate) != rate {
            let detail = "its sample rate changes on the way".into();
            return Err(AudioError::Corrupt {
                name: self.name.clone(),
                detail,
            });
        }
        let kept_rate = self.reading.sample_rate.unwrap_or(rate);
        check_sample_rate(kept_rate)?;
        let most = match self.reading.beyond {
            Beyond::IsRefused => MAX_SAMPLES as f64 / f64::from(kept_rate),
            Beyond::IsIgnored { seconds } => seconds,
        };
        let room =
            (most * f64::from(rate)) as u64 - self.heard.min((most * f64::from(rate)) as u64);
        let frames = (interleaved.len() / channels) as u64;
        if frames > room && matches!(self.reading.beyond, Beyond::IsRefused) {
            return Err(AudioError::TooLong {
                name: self.name.clone(),
                limit: most,
            });
        }
        let frames = frames.min(room);
        let interleaved = &interleaved[..frames as usize * channels];

        let scale = 1.0 / channels as f32;
        self.mixed.clear();
        let sums = interleaved
            .chunks_exact(channels)
            .map(|frame| frame.iter().sum::<f32>());
        self.mixed.extend(sums.map(|sum| sum * scale));
        if let Some(index) = self.mixed.iter().position(|sample| !sample.is_finite()) {
            let index = self.heard as usize + index;
            return Err(AudioError::NotFinite { index });
        }
        let stream = || Stream::new(rate, kept_rate);
        self.mean.get_or_insert_with(stream).push(&self.mixed);
        if channels == 2 {
            let starts = self.heard == 0;
            if starts {
                self.first = Some((stream(), [Power::default(); 3]));
            }
            if let Some((first, powers)) = &mut self.first {
                for (pair, &mean) in interleaved.chunks_exact(2).zip(&self.mixed) {
                    for (power, sample) in powers.iter_mut().zip([pair[0], pair[1], mean]) {
                        power.add(sample);
                    }
                }
                self.mixed.clear();
                self.mixed.extend(interleaved.iter().step_by(2));
                first.push(&self.mixed);
            }
        } else {
            // Channels that come and go are not told apart.
            self.first = None;
        }
        self.heard += frames;
        self.is_full = frames == room;
        Ok(if self.is_full {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        })
    }

    /// Checks the whole against the number of samples that the header declares, if it does.
    pub(super) fn finish(mut self, declared: Option<u64>) -> Result<Audio, AudioError> {
        let Some(sample_rate) = self.sample_rate else {
            return Err(AudioError::NoSamples { name: self.name });
        };
        check_sample_rate(sample_rate)?;
        let seconds = |frames| frames as f64 / f64::from(sample_rate);
        if self.is_full {
            let (name, heard) = (&self.name, seconds(self.heard));
            tracing::warn!("{name}: only its first {heard:.0} s were listened to");
        } else if let Some(declared) = declared
            && self.heard + LENGTH_TOLERANCE < declared
        {
            let (declared, found) = (seconds(declared), seconds(self.heard));
            let detail =
                format!("its header declares {declared:.2} s of audio, it holds {found:.2} s");
            return Err(AudioError::Truncated {
                name: self.name,
                detail,
            });
        }
        let samples = self.mix();
        if samples.is_empty() {
            return Err(AudioError::NoSamples { name: self.name });
        }
        Ok(Audio {
            samples,
            sample_rate: self.reading.sample_rate.unwrap_or(sample_rate),
        })
    }

    /// The mean of the channels, or the better one where the mean would lose the speech.
    fn mix(&mut self) -> Vec<f32> {
        let mut mean = self.mean.take().map(Stream::finish).unwrap_or_default();
        let Some((first, powers)) = self.first.take() else {
            return mean;
        };
        let [left, right, both] = powers.map(|power| power.of(self.heard));
        let louder = if left >= right { "left" } else { "right" };
        let name = &self.name;
        if left.min(right) < DEAD * left.max(right) {
            tracing::info!("{name}: only the {louder} channel holds anything, and is used");
        } else if both < CANCELLED * (left + right) / 2.0 {
            tracing::warn!("{name}: its channels cancel each other; the {louder} one is used");
        } else {
            return mean;
        }
        let first = first.finish();
        if left >= right {
            return first;
        }
        for (mean, first) in mean.iter_mut().zip(first) {
            *mean = 2.0 * *mean - first;
        }
        mean
    }
}
