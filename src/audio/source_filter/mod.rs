//! A neural source-filter vocoder's host side: samples out of the few numbers per frame that a
//! network gives.
//!
//! After Liu, Chen and Yu, "Neural Homomorphic Vocoder" (Interspeech 2020), and Engel, Hantrakul,
//! Gu and Roberts, "DDSP: Differentiable Digital Signal Processing" (ICLR 2020). A pulse train of
//! the pitch and white noise go through minimum-phase filters that change with time, and are
//! added. The envelope of a filter is the mel's own, corrected by the network, so that
//! its work is what the mel leaves open: how voiced each band is, the pitch, and how both move
//! within a frame.

mod envelope;
mod excitation;
mod filter;
mod pitch;
mod spec;

pub use spec::SourceFilterSpec;

use self::envelope::{Envelope, Source};
use self::filter::Filter;
use super::{Audio, AudioError, Mel, MelSpec};

/// Mean square of a Hann window.
const HANN_POWER: f64 = 3.0 / 8.0;

/// Makes samples of mels and controls; plans and matrices are made once.
pub struct SourceFilter {
    mel: MelSpec,
    spec: SourceFilterSpec,
    envelope: Envelope,
    filter: Filter,
}

impl std::fmt::Debug for SourceFilter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SourceFilter")
            .field("mel", &self.mel)
            .field("spec", &self.spec)
            .finish_non_exhaustive()
    }
}

impl SourceFilter {
    /// Prepares the transforms.
    ///
    /// # Errors
    /// As [`SourceFilterSpec::validate`].
    pub fn new(mel: &MelSpec, spec: &SourceFilterSpec) -> Result<Self, AudioError> {
        spec.validate(mel)?;
        Ok(Self {
            mel: mel.clone(),
            spec: spec.clone(),
            envelope: Envelope::new(mel, spec.steps_per_frame),
            filter: Filter::new(mel.n_fft, mel.hop_length / spec.steps_per_frame),
        })
    }

    /// Makes `frames * hop_length` samples.
    ///
    /// `controls` is `[channels, frames]`, row-major. Channel `(kind * steps_per_frame + step) *
    /// n_mels + band` corrects the log amplitude of a band in a sub-frame: kind 0 of the pulses,
    /// kind 1 of the noise; a correction of zero gives that source the whole magnitude that the
    /// mel says. The other channels are the logits of "unvoiced" and of each pitch, lowest first.
    ///
    /// The same mel, controls and seed (of the noise) give the same samples. Controls that are
    /// not finite, or too large for the exponential, give samples that are not finite.
    ///
    /// # Errors
    /// [`AudioError::Mel`] where the mel has another number of bands than the settings, and
    /// [`AudioError::Controls`] where the number of controls does not fit the mel.
    pub fn render_unmarked(
        &self,
        mel: &Mel,
        controls: &[f32],
        seed: u64,
    ) -> Result<Audio, AudioError> {
        let (n_mels, frames) = (self.mel.n_mels, mel.frames());
        if mel.n_mels() != n_mels {
            let found = mel.n_mels();
            return Err(AudioError::Mel(format!(
                "it has {found} bands, {n_mels} are needed"
            )));
        }
        let channels = self.spec.channels(n_mels);
        if channels.checked_mul(frames) != Some(controls.len()) {
            let found = controls.len();
            return Err(AudioError::Controls {
                found,
                channels,
                frames,
            });
        }

        let (corrections, logits) =
            controls.split_at(2 * self.spec.steps_per_frame * n_mels * frames);
        let pitch = self.pitch(logits, frames);
        let pulses = excitation::pulses(&pitch, f64::from(self.mel.sample_rate));
        let noise = excitation::noise(pulses.len(), seed);
        let filtered = self
            .filter
            .apply(&pulses, &noise, |i, for_pulses, for_noise| {
                for (source, bins) in [(Source::Pulses, for_pulses), (Source::Noise, for_noise)] {
                    self.envelope
                        .log_amplitudes(mel, corrections, source, i, bins);
                }
            });
        // White noise of power one has the magnitude one under a window of this norm.
        let gain = 1.0 / (self.mel.win_length as f64 * HANN_POWER).sqrt();
        Ok(Audio {
            samples: filtered.into_iter().map(|s| (s * gain) as f32).collect(),
            sample_rate: self.mel.sample_rate,
        })
    }

    /// The pitch of each sample in Hz: linear between the middles of sub-frames, and there linear
    /// between the middles of frames.
    fn pitch(&self, logits: &[f32], frames: usize) -> Vec<f64> {
        let steps = self.spec.steps_per_frame;
        let of_frames = pitch::contour(&self.spec, logits, frames);
        let of_sub_frames = pitch::upsample(&of_frames, steps);
        pitch::upsample(&of_sub_frames, self.mel.hop_length / steps)
    }
}

#[cfg(test)]
mod tests;
