//! Resampling of whole clips.

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
    if audio.sample_rate == sample_rate || audio.samples.is_empty() {
        return Ok(Audio {
            samples: audio.samples.clone(),
            sample_rate,
        });
    }

    let (from, to) = (audio.sample_rate as usize, sample_rate as usize);
    let length = (audio.samples.len() * to + from / 2) / from;
    if length > MAX_SAMPLES {
        let limit = MAX_SAMPLES as f64 / f64::from(sample_rate);
        return Err(AudioError::TooLong {
            name: "the resampled audio".into(),
            limit,
        });
    }

    let mut samples = convert(&audio.samples, from, to);
    // The resampler rounds the length up, so that at most one sample is left over.
    samples.truncate(length);
    Ok(Audio {
        samples,
        sample_rate,
    })
}

/// Resamples from one positive rate to another, in f64.
fn convert(samples: &[f32], from: usize, to: usize) -> Vec<f32> {
    // The filter's delay is half a block of either rate: a whole number of samples only where
    // blocks are even multiples of the shortest that both rates share.
    let shortest = from / gcd(from, to);
    let block = BLOCK.div_ceil(2 * shortest) * 2 * shortest;
    let mut resampler = Fft::<f64>::new(from, to, block, 1, FixedSync::Both)
        .expect("both rates are positive and the block is not empty");
    let input: Vec<f64> = samples.iter().map(|&s| f64::from(s)).collect();
    let clip = InterleavedSlice::new(&input, 1, input.len()).expect("one channel of that length");
    let output = resampler
        .process_all(&clip, input.len(), None)
        .expect("the buffers are sized by the resampler itself");
    output.take_data().into_iter().map(|s| s as f32).collect()
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
