//! A recording made ready for the style encoder, by the rules that prepared the training data
//! (`trim_and_level` in `tools/gss/data.py`).

use super::clip::check_finite;
use super::level::level;
use super::trim::Levels;
use super::{Audio, AudioError, resample};

/// Least seconds of speech: less does not tell a voice.
pub const MIN_REFERENCE_SECONDS: f64 = 1.0;

/// Most seconds that are used.
pub const MAX_REFERENCE_SECONDS: f64 = 30.0;

/// A longer recording is cut at its quietest moment among the last so many seconds before
/// [`MAX_REFERENCE_SECONDS`], so that no word is halved.
const CUT_SEARCH_SECONDS: f64 = 5.0;

/// Share of the blocks that lie below the level of speech.
const SPEECH_QUANTILE: f64 = 0.95;

/// The level of speech lies at most so far below the peak; a recording that is almost all silence
/// would otherwise have the level of its silence.
const SPEECH_BELOW_PEAK_DB: f64 = 20.0;

/// Blocks so far below the level of speech count as silence.
const SILENCE_BELOW_SPEECH_DB: f64 = 40.0;

/// A recording whose loudest block lies below this counts as silent.
const SILENCE_DBFS: f64 = -60.0;

/// Seconds of silence that stay at both ends.
const MARGIN_SECONDS: f64 = 0.03;

/// Prepares a reference: resamples it to the model's rate, removes its mean, trims silence at both
/// ends, cuts what exceeds [`MAX_REFERENCE_SECONDS`] and [`level`]s it.
///
/// # Errors
/// [`AudioError::SilentReference`], [`AudioError::ShortReference`], [`AudioError::NotFinite`] or
/// [`AudioError::SampleRate`].
pub fn prepare_reference(audio: &Audio, sample_rate: u32) -> Result<Audio, AudioError> {
    check_finite(&audio.samples)?;
    let mut samples = resample(audio, sample_rate)?.samples;
    // An offset of the recorder is no sound, but would count as one.
    let mean = samples.iter().map(|&s| f64::from(s)).sum::<f64>() / samples.len().max(1) as f64;
    samples
        .iter_mut()
        .for_each(|s| *s = (f64::from(*s) - mean) as f32);

    let levels = Levels::new(&samples, sample_rate);
    let peak = levels.peak();
    if peak < SILENCE_DBFS {
        return Err(AudioError::SilentReference {
            level_dbfs: peak,
            floor_dbfs: SILENCE_DBFS,
        });
    }
    let speech = levels
        .quantile(SPEECH_QUANTILE)
        .max(peak - SPEECH_BELOW_PEAK_DB);
    let silence = speech - SILENCE_BELOW_SPEECH_DB;
    let rate = f64::from(sample_rate);
    let found = levels.samples_above(silence) as f64 / rate;
    if found < MIN_REFERENCE_SECONDS {
        return Err(AudioError::ShortReference {
            found,
            needed: MIN_REFERENCE_SECONDS,
        });
    }

    let sounding = levels.sounding(silence).unwrap_or_default();
    let margin = (MARGIN_SECONDS * rate) as usize;
    let start = sounding.start.saturating_sub(margin);
    let mut end = (sounding.end + margin).min(samples.len());
    let latest = start + (MAX_REFERENCE_SECONDS * rate) as usize;
    if end > latest {
        let earliest = latest - (CUT_SEARCH_SECONDS * rate) as usize;
        end = levels.quietest(earliest..latest).unwrap_or(latest);
    }
    let mut samples = samples[start..end].to_vec();
    level(&mut samples);
    Ok(Audio {
        samples,
        sample_rate,
    })
}

#[cfg(test)]
mod tests {
    use super::super::SPEECH_RMS;
    use super::super::test_signals::{padded, voice};
    use super::*;

    #[test]
    fn silence_is_trimmed_and_the_level_set() {
        let speech = voice(2.0, 48_000);
        let quiet = speech.samples.iter().map(|s| s * 0.05).collect();
        let recording = padded(
            0.7,
            &Audio {
                samples: quiet,
                ..speech
            },
            1.3,
        );
        let reference = prepare_reference(&recording, 16_000).unwrap();
        assert_eq!(reference.sample_rate, 16_000);
        assert!(
            (reference.rms() - SPEECH_RMS).abs() < 1e-4,
            "RMS {}",
            reference.rms()
        );
        // The sound swells from nothing, so that a little of it may count as silence.
        let seconds = reference.seconds();
        assert!(
            (1.95..2.1).contains(&seconds),
            "{seconds} s are left of 2 s of sound"
        );
    }

    #[test]
    fn level_and_offset_of_the_recorder_do_not_matter() {
        let recording = padded(0.5, &voice(2.0, 16_000), 0.5);
        let reference = prepare_reference(&recording, 16_000).unwrap();
        let shifted = recording.samples.iter().map(|s| s * 0.3 + 0.1).collect();
        let shifted = prepare_reference(
            &Audio {
                samples: shifted,
                ..recording
            },
            16_000,
        )
        .unwrap();
        assert_eq!(shifted.samples.len(), reference.samples.len());
        let pairs = reference.samples.iter().zip(&shifted.samples);
        let worst = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst < 1e-4, "largest difference {worst:e}");
    }

    #[test]
    fn pauses_inside_stay() {
        let word = padded(0.0, &voice(1.0, 16_000), 0.8);
        let samples = [word.samples.clone(), word.samples].concat();
        let reference = prepare_reference(
            &Audio {
                samples,
                sample_rate: 16_000,
            },
            16_000,
        )
        .unwrap();
        assert!(
            (2.7..2.9).contains(&reference.seconds()),
            "{} s",
            reference.seconds()
        );
    }

    #[test]
    fn silence_is_refused() {
        for level in [0.0, 0.5] {
            let audio = Audio {
                samples: vec![level; 32_000],
                sample_rate: 16_000,
            };
            let error = prepare_reference(&audio, 16_000).unwrap_err();
            assert!(
                matches!(error, AudioError::SilentReference { .. }),
                "{level}: {error}"
            );
        }
        let empty = Audio {
            samples: vec![],
            sample_rate: 16_000,
        };
        assert!(prepare_reference(&empty, 16_000).is_err());
    }

    #[test]
    fn less_than_a_second_of_speech_is_refused() {
        for recording in [voice(0.8, 16_000), padded(5.0, &voice(0.8, 16_000), 5.0)] {
            let error = prepare_reference(&recording, 16_000).unwrap_err();
            assert!(
                matches!(error, AudioError::ShortReference { .. }),
                "{error}"
            );
        }
    }

    #[test]
    fn a_word_in_long_silence_is_still_found() {
        let recording = padded(60.0, &voice(1.5, 16_000), 10.0);
        let seconds = prepare_reference(&recording, 16_000).unwrap().seconds();
        assert!(
            (1.4..1.6).contains(&seconds),
            "{seconds} s are left of 1.5 s of sound"
        );
    }

    #[test]
    fn high_peaks_are_not_clipped() {
        let mut recording = voice(2.0, 16_000);
        recording.samples[10_000] = 1.0;
        recording
            .samples
            .iter_mut()
            .step_by(2)
            .for_each(|s| *s *= 0.1);
        let reference = prepare_reference(&recording, 16_000).unwrap();
        assert!(
            reference.samples.iter().all(|s| s.abs() < 0.951),
            "a peak exceeds the limit"
        );
    }

    #[test]
    fn long_recordings_are_cut_in_a_pause() {
        // Pauses lie at 27.5 s and 37.5 s.
        let part = padded(0.0, &voice(27.5, 16_000), 0.5);
        let samples = [
            part.samples.clone(),
            voice(9.5, 16_000).samples,
            part.samples,
        ]
        .concat();
        let reference = prepare_reference(
            &Audio {
                samples,
                sample_rate: 16_000,
            },
            16_000,
        )
        .unwrap();
        let seconds = reference.seconds();
        assert!((27.4..28.1).contains(&seconds), "cut at {seconds} s");
    }
}
