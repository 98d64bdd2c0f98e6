//! Resampling, of whole clips and piece by piece.

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler};

use super::clip::{check_finite, check_sample_rate};
use super::{Audio, AudioError, MAX_SAMPLES};

/// Input samples of one block of the FFT resampler, at least. The anti-aliasing filter is as long
/// as a block: its pass band then reaches 7.6 of 8 kHz.
const BLOCK: usize = 2048;

/// Resamples a clip; a clip of that rate already is returned as it is.
///
/// The result has `round(samples * sample_rate / audio.sample_rate)` samples and no delay: sample
/// `i` belongs to the time `i / sample_rate`.
///
/// # Errors
/// [`AudioError::SampleRate`] for either rate, [`AudioError::NotFinite`], or
/// [`AudioError::TooLong`] where the result would exceed [`MAX_SAMPLES`].
pub fn resample(audio: &Audio, sample_rate: u32) -> Result<Audio, AudioError> {
    check_sample_rate(audio.sample_rate)?;
    check_sample_rate(sample_rate)?;
    check_finite(&audio.samples)?;
    let mut stream = Stream::new(audio.sample_rate, sample_rate);
    if stream.length(audio.samples.len() as u64) > MAX_SAMPLES as u64 {
        let limit = MAX_SAMPLES as f64 / f64::from(sample_rate);
        return Err(AudioError::TooLong {
            name: "the resampled audio".into(),
            limit,
        });
    }
    stream.push(&audio.samples);
    Ok(Audio {
        samples: stream.finish(),
        sample_rate,
    })
}

/// A signal that is resampled while it comes.
pub(super) struct Stream {
    from: u64,
    to: u64,
    /// `None` where the rates are equal.
    filter: Option<Filter>,
    received: u64,
    output: Vec<f32>,
}

/// The resampler, which works on blocks, in f64.
struct Filter {
    resampler: Fft<f64>,
    /// What has come of the next block.
    block: Vec<f64>,
    block_length: usize,
    made: Vec<f64>,
    /// Samples that the filter gives before the first that counts.
    delay: usize,
}

impl Stream {
    /// From one positive rate to another.
    pub(super) fn new(from: u32, to: u32) -> Self {
        Self {
            from: from.into(),
            to: to.into(),
            filter: (from != to).then(|| Filter::new(from as usize, to as usize)),
            received: 0,
            output: Vec::new(),
        }
    }

    /// Samples that so many become.
    fn length(&self, samples: u64) -> u64 {
        (samples * self.to + self.from / 2) / self.from
    }

    /// Takes more of the signal.
    pub(super) fn push(&mut self, samples: &[f32]) {
        self.received += samples.len() as u64;
        match &mut self.filter {
            None => self.output.extend_from_slice(samples),
            Some(filter) => filter.push(samples.iter().map(|&s| f64::from(s)), &mut self.output),
        }
    }

    /// The whole of it.
    pub(super) fn finish(mut self) -> Vec<f32> {
        let length = self.length(self.received) as usize;
        if let Some(filter) = &mut self.filter {
            // Silence pushes the rest of the signal out of the filter.
            while self.output.len() < length {
                filter.push((0..filter.block_length).map(|_| 0.0), &mut self.output);
            }
        }
        self.output.truncate(length);
        self.output
    }
}

impl Filter {
    fn new(from: usize, to: usize) -> Self {
        // The filter's delay is half a block of either rate: a whole number of samples only where
        // blocks are even multiples of the shortest that both rates share.
        let shortest = from / gcd(from, to);
        let block_length = BLOCK.div_ceil(2 * shortest) * 2 * shortest;
        let resampler = Fft::<f64>::new(from, to, block_length, 1, FixedSync::Both)
            .expect("both rates are positive and the block is not empty");
        Self {
            block: Vec::with_capacity(block_length),
            made: vec![0.0; resampler.output_frames_max()],
            delay: resampler.output_delay(),
            block_length: resampler.input_frames_next(),
            resampler,
        }
    }

    fn push(&mut self, samples: impl Iterator<Item = f64>, output: &mut Vec<f32>) {
        for sample in samples {
            self.block.push(sample);
            if self.block.len() == self.block_length {
                self.convert(output);
            }
        }
    }

    fn convert(&mut self, output: &mut Vec<f32>) {
        let (length, room) = (self.block.len(), self.made.len());
        let input = InterleavedSlice::new(&self.block, 1, length);
        let mut made =
            InterleavedSlice::new_mut(&mut self.made, 1, room).expect("one channel of that length");
        let (_, count) = self
            .resampler
            .process_into_buffer(&input.expect("one channel of that length"), &mut made, None)
            .expect("the buffers are sized by the resampler itself");
        let late = self.delay.min(count);
        self.delay -= late;
        output.extend(self.made[late..count].iter().map(|&s| s as f32));
        self.block.clear();
    }
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::test_signals::{sdr, tone};
    use super::*;

    /// Away from the borders, where the filter sees silence.
    fn middle(samples: &[f32]) -> &[f32] {
        &samples[samples.len() / 4..samples.len() * 3 / 4]
    }

    #[test]
    fn a_tone_stays_in_place() {
        for (from, to) in [
            (48_000, 16_000),
            (44_100, 16_000),
            (8_000, 16_000),
            (16_000, 22_050),
        ] {
            let resampled = resample(&tone(1000.0, 0.5, 1.0, from), to).unwrap();
            let wanted = tone(1000.0, 0.5, 1.0, to);
            let db = sdr(middle(&wanted.samples), middle(&resampled.samples));
            assert!(
                db > 80.0,
                "{from} to {to} Hz: {db:.0} dB from the same tone"
            );
        }
    }

    #[test]
    fn what_the_lower_rate_cannot_hold_is_removed() {
        for hz in [8_400.0, 10_000.0, 20_000.0] {
            let resampled = resample(&tone(hz, 0.5, 1.0, 48_000), 16_000).unwrap();
            let rms = super::super::clip::rms(middle(&resampled.samples));
            assert!(rms < 1e-4, "{hz} Hz comes through with an RMS of {rms:e}");
        }
    }

    #[test]
    fn the_upper_band_comes_through() {
        let resampled = resample(&tone(7_600.0, 0.5, 1.0, 48_000), 16_000).unwrap();
        let rms = super::super::clip::rms(middle(&resampled.samples));
        assert!((rms - 0.5 / 2f64.sqrt()).abs() < 1e-3, "RMS {rms}");
    }

    #[test]
    fn bad_rates_and_samples_are_refused() {
        let audio = Audio {
            samples: vec![0.0; 10],
            sample_rate: 0,
        };
        assert!(matches!(
            resample(&audio, 16_000),
            Err(AudioError::SampleRate { rate: 0 })
        ));
        let audio = Audio {
            samples: vec![f32::INFINITY],
            sample_rate: 8_000,
        };
        assert!(matches!(
            resample(&audio, 16_000),
            Err(AudioError::NotFinite { index: 0 })
        ));
        assert!(resample(&tone(1.0, 0.1, 0.1, 8_000), 1_000_000).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn the_length_is_exact(
            length in 0usize..5_000,
            from in prop::sample::select(vec![8_000u32, 11_025, 16_000, 22_050, 44_100, 48_000]),
            to in prop::sample::select(vec![8_000u32, 16_000, 22_050, 24_000]),
        ) {
            let audio = Audio { samples: vec![0.1; length], sample_rate: from };
            let found = resample(&audio, to).unwrap().samples.len();
            let wanted = (length as f64 * f64::from(to) / f64::from(from)).round();
            prop_assert_eq!(found as f64, wanted);
        }
    }
}
