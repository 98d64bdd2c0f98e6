//! A recording made ready for the style encoder, by the rules that prepared the training data
//! (`trim_and_level` in `tools/gss/data/cache.py`), after the speech in it has been found.

use std::ops::Range;
use std::path::Path;

use super::activity::Activity;
use super::background::Background;
use super::clip::check_finite;
use super::decode::decode_beginning;
use super::level::level;
use super::trim::Levels;
use super::{Audio, AudioError, resample};

/// Least seconds of speech: less does not tell a voice.
pub const MIN_REFERENCE_SECONDS: f64 = 1.0;

/// Most seconds that are used.
pub const MAX_REFERENCE_SECONDS: f64 = 30.0;

/// Seconds of a recording that are searched for speech.
pub const MAX_SEARCHED_SECONDS: f64 = 300.0;

/// Seconds of speech that are taken where there is more beside other things.
const CHOSEN_SECONDS: f64 = 15.0;

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

/// A recording without any longer part that is no speech is used as it is.
const LONGEST_OTHER_SECONDS: f64 = 2.0;

/// Less of voiced sound is no speech: two syllables.
const LEAST_VOICED_SECONDS: f64 = 0.3;

/// Phrases that are put together are faded over so many seconds.
const FADE_SECONDS: f64 = 0.01;

/// Noise that is not so far below the speech is heard in the voice. Fifty recordings of books have it 16 to 35
/// dB below; with white or pink noise mixed in at 10 dB they have 10 to 14, at 15 dB 13 to 17.
const QUIET_BELOW_SPEECH_DB: f64 = 14.0;

/// From so much on what sounds behind the speech is called music, or hum; [`Background`] has what was found
/// in recordings with and without.
const MUSIC_NOTES: f64 = 0.06;
const HUM_DB: f64 = 13.0;

/// Share of the samples at full scale from which on clipping is heard.
const CLIPPED_SHARE: f64 = 1e-3;

/// Reads a recording and prepares it as [`prepare_reference`] does. Of one that is longer than
/// [`MAX_SEARCHED_SECONDS`] only the beginning is used, with a warning.
///
/// # Errors
/// As [`decode_file`](super::decode_file) and [`prepare_reference`].
pub fn read_reference(path: &Path, sample_rate: u32) -> Result<Audio, AudioError> {
    let audio = decode_beginning(path, sample_rate, MAX_SEARCHED_SECONDS)?;
    prepare(&audio, sample_rate, &path.display().to_string())
}

/// Prepares a reference: resamples it to the model's rate, removes its mean, trims silence at both
/// ends, cuts what exceeds [`MAX_REFERENCE_SECONDS`] and [`level`]s it. Where much of it is no speech, the
/// clearest fifteen seconds of speech are taken instead. What will be heard in the voice (noise, clipping)
/// is warned of.
///
/// # Errors
/// [`AudioError::SilentReference`], [`AudioError::ShortReference`], [`AudioError::NoSpeech`],
/// [`AudioError::NotFinite`] or [`AudioError::SampleRate`].
pub fn prepare_reference(audio: &Audio, sample_rate: u32) -> Result<Audio, AudioError> {
    prepare(audio, sample_rate, "the reference")
}

fn prepare(audio: &Audio, sample_rate: u32, name: &str) -> Result<Audio, AudioError> {
    check_finite(&audio.samples)?;
    let clipped = clipped(&audio.samples);
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
            name: name.to_owned(),
            level_dbfs: peak,
            floor_dbfs: SILENCE_DBFS,
        });
    }
    let speech = levels
        .quantile(SPEECH_QUANTILE)
        .max(peak - SPEECH_BELOW_PEAK_DB);
    let silence = speech - SILENCE_BELOW_SPEECH_DB;
    let rate = f64::from(sample_rate);
    let short = |found| AudioError::ShortReference {
        name: name.to_owned(),
        found,
        needed: MIN_REFERENCE_SECONDS,
    };
    let found = levels.samples_above(silence) as f64 / rate;
    if found < MIN_REFERENCE_SECONDS {
        return Err(short(found));
    }
    let activity = Activity::of(&samples, sample_rate);
    if activity.voiced_seconds < LEAST_VOICED_SECONDS {
        let what = if activity.is_tone { "tones" } else { "noise" };
        return Err(AudioError::NoSpeech {
            name: name.to_owned(),
            what,
        });
    }
    let spoken = activity.samples() as f64 / rate;
    if spoken < MIN_REFERENCE_SECONDS {
        return Err(short(spoken));
    }

    let sounding = levels.sounding(silence).unwrap_or_default();
    let margin = (MARGIN_SECONDS * rate) as usize;
    let start = sounding.start.saturating_sub(margin);
    let end = (sounding.end + margin).min(samples.len());
    let other = longest_other(&activity.phrases, start..end) as f64 / rate;
    let is_long = (end - start) as f64 / rate > MAX_REFERENCE_SECONDS;
    let mut samples = if other <= LONGEST_OTHER_SECONDS && !is_long {
        samples[start..end].to_vec()
    } else {
        let pieces = choose(&activity, &levels, sample_rate);
        let chosen = pieces.iter().map(Range::len).sum::<usize>() as f64 / rate;
        let (first, all) = (pieces[0].start as f64 / rate, samples.len() as f64 / rate);
        tracing::warn!(
            "{name}: of {all:.1} s, {chosen:.1} s of speech are used (from {first:.1} s on)"
        );
        joined(&samples, &pieces, (FADE_SECONDS * rate) as usize)
    };
    let quiet = activity.speech_db - activity.noise_db;
    if quiet < QUIET_BELOW_SPEECH_DB {
        tracing::warn!(
            "{name}: the noise is only {quiet:.0} dB below the speech, and the voice will take it on; \
             record in a quieter place, or closer to the microphone"
        );
    }
    let background = Background::of(&samples, sample_rate);
    tracing::debug!("{name}: noise {quiet:.0} dB below the speech, {background:?}");
    if background.hum_db > HUM_DB {
        tracing::warn!(
            "{name}: the mains hum in it, at {} Hz and its multiples, and the voice will take it on; a filter \
             for hum, or a recording on battery power, would help",
            background.mains
        );
    } else if background.notes > MUSIC_NOTES {
        tracing::warn!(
            "{name}: something behind the speech holds its notes, as music does, and the voice will take it \
             on; record the speech alone"
        );
    }
    if clipped > CLIPPED_SHARE {
        let share = 100.0 * clipped;
        tracing::warn!(
            "{name}: {share:.1} % of its samples are clipped, and the voice will sound harsh; \
             record at a lower level"
        );
    }
    level(&mut samples);
    Ok(Audio {
        samples,
        sample_rate,
    })
}

/// The longest part of `span` that no phrase covers.
fn longest_other(phrases: &[Range<usize>], span: Range<usize>) -> usize {
    let mut last = span.start;
    let mut longest = 0;
    for phrase in phrases {
        longest = longest.max(phrase.start.min(span.end).saturating_sub(last));
        last = last.max(phrase.end);
    }
    longest.max(span.end.saturating_sub(last))
}

/// The phrases of the highest level, and so of the least noise, in the order of time: as many as
/// [`CHOSEN_SECONDS`] hold. At least one.
fn choose(activity: &Activity, levels: &Levels, sample_rate: u32) -> Vec<Range<usize>> {
    let samples = |seconds: f64| (seconds * f64::from(sample_rate)) as usize;
    let (most, search) = (samples(CHOSEN_SECONDS), samples(CUT_SEARCH_SECONDS));
    let mut pieces = Vec::new();
    for phrase in &activity.phrases {
        let mut start = phrase.start;
        while phrase.end - start > most {
            let latest = start + most;
            let end = levels.quietest(latest - search..latest).unwrap_or(latest);
            pieces.push(start..end);
            start = end;
        }
        pieces.push(start..phrase.end);
    }
    pieces.sort_by(|a, b| activity.level(b).total_cmp(&activity.level(a)));
    let mut room = most;
    let mut chosen: Vec<Range<usize>> = Vec::new();
    for piece in pieces {
        if piece.len() <= room {
            room -= piece.len();
            chosen.push(piece);
        }
    }
    chosen.sort_by_key(|piece| piece.start);
    chosen
}

/// Pieces one after the other, each faded in and out.
fn joined(samples: &[f32], pieces: &[Range<usize>], fade: usize) -> Vec<f32> {
    let mut all = Vec::new();
    for piece in pieces {
        let start = all.len();
        all.extend_from_slice(&samples[piece.clone()]);
        let own = &mut all[start..];
        let fade = fade.min(own.len() / 2);
        let count = own.len();
        for i in 0..fade {
            let gain = (i as f32 + 0.5) / fade as f32;
            own[i] *= gain;
            own[count - 1 - i] *= gain;
        }
    }
    all
}

/// Share of the samples that stay at the largest value, at either side, for three samples or longer.
fn clipped(samples: &[f32]) -> f64 {
    let peak = samples.iter().fold(0f32, |peak, s| peak.max(s.abs()));
    let is_flat = |window: &&[f32]| {
        let [a, b, c] = **window else { return false };
        let least = 0.995 * peak;
        (a >= least && b >= least && c >= least) || (a <= -least && b <= -least && c <= -least)
    };
    let flat = samples.windows(3).filter(is_flat).count();
    flat as f64 / samples.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::super::SPEECH_RMS;
    use super::super::test_signals::{noise, padded, tone, voice};
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

    /// A recording of these, one after the other.
    fn recording(parts: &[&Audio]) -> Audio {
        Audio {
            samples: parts.iter().flat_map(|part| part.samples.clone()).collect(),
            sample_rate: 16_000,
        }
    }

    fn message(audio: &Audio) -> String {
        prepare_reference(audio, 16_000).unwrap_err().to_string()
    }

    #[test]
    fn of_long_recordings_fifteen_seconds_are_chosen() {
        let part = padded(0.0, &voice(12.5, 16_000), 1.5);
        let mut quiet = part.clone();
        quiet.samples.iter_mut().for_each(|s| *s *= 0.3);
        let all = recording(&[&quiet, &part, &quiet, &quiet]);
        let reference = prepare_reference(&all, 16_000).unwrap();
        let seconds = reference.seconds();
        assert!((12.0..15.1).contains(&seconds), "{seconds} s are used");
        let own = prepare_reference(&part, 16_000).unwrap();
        let found = reference.samples.len() as f64 / own.samples.len() as f64;
        assert!((0.95..1.05).contains(&found), "the loudest part is used");
    }

    #[test]
    fn speech_is_found_behind_hiss() {
        let speech = voice(4.0, 16_000);
        let all = recording(&[&noise(0.05, 30.0, 16_000), &speech]);
        let seconds = prepare_reference(&all, 16_000).unwrap().seconds();
        assert!(
            (3.8..4.6).contains(&seconds),
            "{seconds} s of 4 s of speech"
        );
    }

    #[test]
    fn long_silences_are_left_out() {
        let part = padded(0.0, &voice(3.0, 16_000), 9.0);
        let seconds = prepare_reference(&recording(&[&part, &part, &part]), 16_000)
            .unwrap()
            .seconds();
        assert!(
            (8.8..10.5).contains(&seconds),
            "{seconds} s of 9 s of speech"
        );
    }

    #[test]
    fn what_is_no_speech_is_refused() {
        assert!(message(&tone(440.0, 0.3, 5.0, 16_000)).contains("tones"));
        assert!(message(&noise(0.3, 5.0, 16_000)).contains("noise"));
        let much = padded(0.0, &voice(0.6, 16_000), 0.0);
        let message = message(&recording(&[&noise(0.1, 5.0, 16_000), &much]));
        assert!(message.contains("at least 1 s"), "{message}");
    }

    #[test]
    fn clipping_is_measured() {
        let mut sound = voice(2.0, 16_000).samples;
        assert_eq!(clipped(&sound), 0.0);
        sound
            .iter_mut()
            .for_each(|s| *s = (8.0 * *s).clamp(-1.0, 1.0));
        assert!(clipped(&sound) > 0.01);
    }
}
