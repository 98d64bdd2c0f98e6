//! The settings of a source-filter vocoder.

use serde::{Deserialize, Serialize};

use super::super::filterbank::Filterbank;
use super::super::mel_spec::all_hold;
use super::super::{AudioError, MelSpec};
use super::excitation::BANDWIDTH;

/// Most filters per mel frame: at 16 kHz and a hop of 256, sixteen are a millisecond apart.
const MAX_STEPS_PER_FRAME: usize = 16;

/// Most bins of pitch: ten cents apart, they cover eight octaves.
const MAX_PITCH_BINS: usize = 1024;

/// The settings of a source-filter vocoder, as in a model's `config.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceFilterSpec {
    /// Sub-frames, each with filters of its own, in a mel frame.
    pub steps_per_frame: usize,
    /// Bins of the distribution over pitches.
    pub pitch_bins: usize,
    /// Pitch of the lowest bin in Hz.
    pub lowest_pitch: f64,
    /// Cents (1200 to the octave) from one bin to the next.
    pub pitch_cents: f64,
}

impl SourceFilterSpec {
    /// Channels of the controls for a mel of so many bands: a correction for each band of each
    /// sub-frame, for pulses and for noise, and the logits of "unvoiced" and of each pitch. The
    /// settings are valid.
    pub fn channels(&self, n_mels: usize) -> usize {
        2 * self.steps_per_frame * n_mels + self.pitch_bins + 1
    }

    /// Fails on settings that contradict each other or `mel`, with all of them in the message.
    ///
    /// # Errors
    /// As [`MelSpec::validate`], and [`AudioError::SourceFilterSpec`].
    pub fn validate(&self, mel: &MelSpec) -> Result<(), AudioError> {
        mel.validate()?;
        let highest = self.pitch(self.pitch_bins.saturating_sub(1) as f64);
        // At least two harmonics of every pitch can be heard.
        let limit = 0.5 * BANDWIDTH * f64::from(mel.sample_rate);
        let silent_band = Filterbank::new(mel)
            .sums()
            .iter()
            .position(|&sum| sum <= 0.0);
        let rules = [
            (
                (1..=MAX_STEPS_PER_FRAME).contains(&self.steps_per_frame),
                format!(
                    "steps_per_frame is {}, it should be 1 to {MAX_STEPS_PER_FRAME}",
                    self.steps_per_frame
                ),
            ),
            (
                mel.hop_length
                    .is_multiple_of(self.steps_per_frame.saturating_mul(2)),
                format!(
                    "hop_length is {}, it should be a multiple of twice steps_per_frame {}",
                    mel.hop_length, self.steps_per_frame
                ),
            ),
            (
                2 * mel.hop_length <= mel.n_fft.saturating_mul(self.steps_per_frame),
                format!(
                    "n_fft is {}, it should be at least two sub-frames of hop_length {} / \
                     steps_per_frame {}",
                    mel.n_fft, mel.hop_length, self.steps_per_frame
                ),
            ),
            (
                silent_band.is_none(),
                format!(
                    "band {} of the mel holds no frequency bin, n_mels should be smaller or n_fft \
                     larger",
                    silent_band.unwrap_or_default()
                ),
            ),
            (
                (1..=MAX_PITCH_BINS).contains(&self.pitch_bins),
                format!(
                    "pitch_bins is {}, it should be 1 to {MAX_PITCH_BINS}",
                    self.pitch_bins
                ),
            ),
            (
                self.lowest_pitch > 0.0 && self.lowest_pitch.is_finite(),
                format!(
                    "lowest_pitch is {}, it should be positive",
                    self.lowest_pitch
                ),
            ),
            (
                self.pitch_cents > 0.0 && self.pitch_cents.is_finite(),
                format!("pitch_cents is {}, it should be positive", self.pitch_cents),
            ),
            (
                highest < limit,
                format!("the highest pitch is {highest} Hz, it should be below {limit} Hz"),
            ),
        ];
        all_hold(rules).map_err(AudioError::SourceFilterSpec)
    }

    /// The pitch in Hz at a bin, or between two.
    pub(super) fn pitch(&self, bin: f64) -> f64 {
        self.lowest_pitch * (bin * self.pitch_cents / 1200.0).exp2()
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::test_signals::spec as mel_spec;
    use super::super::tests::spec;
    use super::*;

    #[test]
    fn channels_are_corrections_and_logits() {
        assert_eq!(spec().channels(80), 2 * 2 * 80 + 180 + 1);
    }

    #[test]
    fn twelve_hundred_cents_are_an_octave() {
        let spec = spec();
        assert_eq!(spec.pitch(0.0), 55.0);
        assert!((spec.pitch(50.0) - 110.0).abs() < 1e-9);
    }

    #[test]
    fn the_settings_in_use_are_valid() {
        spec().validate(&mel_spec()).unwrap();
        for (steps_per_frame, hop_length) in [(1, 256), (1, 512), (4, 256), (16, 32), (3, 240)] {
            let mel = MelSpec {
                hop_length,
                ..mel_spec()
            };
            let spec = SourceFilterSpec {
                steps_per_frame,
                ..spec()
            };
            spec.validate(&mel).unwrap();
        }
    }

    /// One rule broken at a time: its name, and no other sentence, is in the message.
    #[test]
    fn every_rule_is_heard() {
        let base = spec();
        let with = |change: fn(&mut SourceFilterSpec)| {
            let mut spec = base.clone();
            change(&mut spec);
            spec
        };
        for (broken, name) in [
            (with(|s| s.steps_per_frame = 32), "steps_per_frame is 32"),
            (with(|s| s.steps_per_frame = 3), "multiple of twice"),
            (with(|s| s.pitch_bins = 0), "pitch_bins is 0"),
            (with(|s| s.lowest_pitch = -1.0), "lowest_pitch is -1"),
            (with(|s| s.pitch_cents = -1.0), "pitch_cents is -1"),
            (with(|s| s.pitch_bins = 400), "the highest pitch"),
        ] {
            let error = broken.validate(&mel_spec()).unwrap_err();
            assert!(matches!(error, AudioError::SourceFilterSpec(_)), "{error}");
            let message = error.to_string();
            assert!(message.contains(name), "{name} is missing in: {message}");
            assert!(!message.contains(';'), "more than one rule in: {message}");
        }
        let long_hop = MelSpec {
            hop_length: 1024,
            ..mel_spec()
        };
        let one_step = with(|s| s.steps_per_frame = 1);
        let message = one_step.validate(&long_hop).unwrap_err().to_string();
        assert!(message.contains("two sub-frames"), "{message}");
        let many_bands = MelSpec {
            n_mels: 400,
            ..mel_spec()
        };
        let message = base.validate(&many_bands).unwrap_err().to_string();
        assert!(message.contains("no frequency bin"), "{message}");
    }

    #[test]
    fn every_broken_rule_is_in_one_message() {
        let spec = SourceFilterSpec {
            steps_per_frame: 0,
            pitch_bins: usize::MAX,
            lowest_pitch: f64::NAN,
            pitch_cents: f64::INFINITY,
        };
        let message = spec.validate(&mel_spec()).unwrap_err().to_string();
        for name in [
            "steps_per_frame is 0",
            "pitch_bins",
            "lowest_pitch",
            "pitch_cents",
        ] {
            assert!(message.contains(name), "{name} is missing in: {message}");
        }
    }

    #[test]
    fn an_invalid_mel_is_named_first() {
        let mel = MelSpec {
            n_mels: 0,
            ..mel_spec()
        };
        assert!(matches!(spec().validate(&mel), Err(AudioError::MelSpec(_))));
    }

    #[test]
    fn unknown_settings_are_refused() {
        let text = serde_json::to_string(&spec()).unwrap();
        assert_eq!(
            serde_json::from_str::<SourceFilterSpec>(&text).unwrap(),
            spec()
        );
        let more = text.replace('{', r#"{"octaves": 4,"#);
        assert!(serde_json::from_str::<SourceFilterSpec>(&more).is_err());
    }
}
