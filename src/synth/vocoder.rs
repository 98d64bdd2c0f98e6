//! Mel spectrograms to samples.

use std::ops::ControlFlow;

use super::SynthError;
use super::plans::Plans;
use crate::audio::{Audio, GriffinLim, GriffinLimOptions, Mel};
use crate::gpu::{Gpu, WeightStore};
use crate::model::config::VocoderConfig;
use crate::model::stages::{Extent, VocoderStage, input};
use crate::model::vocoder::receptive_frames;
use crate::model::{ModelConfig, VocoderChoice};

/// Frames that go through the neural vocoder at once, without the margins: bounds the memory for long
/// spectrograms. 8 seconds at 16 kHz.
const PART_FRAMES: usize = 512;

/// Numbers of frames are rounded up to a multiple of this, so that plans recur.
const FRAME_BUCKET: usize = 32;

/// Both vocoders.
#[derive(Debug)]
pub(super) struct Vocoder {
    neural: Option<VocoderConfig>,
    plans: Plans<VocoderStage>,
    griffin_lim: GriffinLim,
    hop_length: usize,
    sample_rate: u32,
}

impl Vocoder {
    pub(super) fn new(config: &ModelConfig) -> Result<Self, SynthError> {
        Ok(Self {
            neural: config.vocoder.clone(),
            plans: Plans::default(),
            griffin_lim: GriffinLim::new(&config.audio)?,
            hop_length: config.audio.hop_length,
            sample_rate: config.audio.sample_rate,
        })
    }

    /// Bytes of activations of all plans that are kept.
    pub(super) fn bytes(&self) -> u64 {
        self.plans.bytes()
    }

    /// Samples of a mel: its frames times the hop length. `progress` hears what is done and of how
    /// much; Griffin-Lim computes on this thread and stops only at its end.
    pub(super) async fn vocode(
        &mut self,
        gpu: &Gpu,
        weights: &WeightStore,
        choice: VocoderChoice,
        mel: &Mel,
        progress: &mut impl FnMut(usize, usize) -> ControlFlow<()>,
    ) -> Result<Audio, SynthError> {
        match choice {
            VocoderChoice::HifiGan => self.neural(gpu, weights, mel, progress).await,
            VocoderChoice::GriffinLim => {
                let mut flow = ControlFlow::Continue(());
                let mut listen = |done, total| {
                    if flow.is_continue() {
                        flow = progress(done, total);
                    }
                };
                let options = GriffinLimOptions::default();
                let audio = self.griffin_lim.vocode(mel, &options, &mut listen)?;
                if flow.is_break() {
                    Err(SynthError::Cancelled)
                } else {
                    Ok(audio)
                }
            }
        }
    }

    /// In parts of equal length, each with as much of its neighbours as takes part in its samples.
    async fn neural(
        &mut self,
        gpu: &Gpu,
        weights: &WeightStore,
        mel: &Mel,
        progress: &mut impl FnMut(usize, usize) -> ControlFlow<()>,
    ) -> Result<Audio, SynthError> {
        let config = self.neural.as_ref().ok_or(SynthError::NoVocoder)?;
        let parts = parts(mel.frames(), receptive_frames(config));
        let frames = widest(&parts);
        let extent = Extent {
            batch: 1,
            tokens: 0,
            frames,
        };
        let build = |extent| VocoderStage::new(config, mel.n_mels(), extent);
        let plan = self.plans.get(gpu, weights, extent, build)?;
        let mut samples = Vec::with_capacity(mel.frames() * self.hop_length);
        for (i, part) in parts.iter().enumerate() {
            let width = part.to - part.from;
            let mut input_mel = vec![0.0; mel.n_mels() * frames];
            for (row, band) in input_mel
                .chunks_exact_mut(frames)
                .zip(mel.data().chunks_exact(mel.frames()))
            {
                row[..width].copy_from_slice(&band[part.from..part.to]);
            }
            let executable = &plan.executable;
            executable.write_f32(input::MEL, &input_mel)?;
            executable.write_u32(input::FRAME_LENGTHS, &[length(width)])?;
            executable.run(1)?;
            let result = executable.read_f32(plan.stage.samples).await?;
            let (start, end) = (part.start - part.from, part.end - part.from);
            samples.extend_from_slice(&result[start * self.hop_length..end * self.hop_length]);
            if progress(i + 1, parts.len()).is_break() {
                return Err(SynthError::Cancelled);
            }
        }
        if samples.iter().any(|sample| !sample.is_finite()) {
            return Err(SynthError::NotFinite {
                what: "the waveform",
            });
        }
        Ok(Audio {
            samples,
            sample_rate: self.sample_rate,
        })
    }
}

/// A number of frames or tokens as the kernels count.
pub(super) fn length(count: usize) -> u32 {
    u32::try_from(count).expect("sentences and parts are far below 2^32 columns")
}

/// Frames `start..end` of a mel, computed from its frames `from..to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    from: usize,
    start: usize,
    end: usize,
    to: usize,
}

/// Frames that the plan for a mel of so many frames takes at once.
pub(super) fn window(config: &VocoderConfig, frames: usize) -> usize {
    widest(&parts(frames, receptive_frames(config)))
}

fn widest(parts: &[Part]) -> usize {
    let widths = parts.iter().map(|part| part.to - part.from);
    widths.max().unwrap_or(0).next_multiple_of(FRAME_BUCKET)
}

fn parts(frames: usize, margin: usize) -> Vec<Part> {
    let count = frames.div_ceil(PART_FRAMES).max(1);
    let size = frames.div_ceil(count);
    (0..count)
        .map(|i| {
            let (start, end) = ((i * size).min(frames), ((i + 1) * size).min(frames));
            Part {
                from: start.saturating_sub(margin),
                start,
                end,
                to: (end + margin).min(frames),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{PART_FRAMES, parts};

    #[test]
    fn parts_cover_a_mel_once_and_see_their_neighbours() {
        for frames in [1, 31, PART_FRAMES, PART_FRAMES + 1, 5 * PART_FRAMES - 3] {
            let parts = parts(frames, 14);
            assert_eq!(parts[0].start, 0);
            assert_eq!(parts[parts.len() - 1].end, frames);
            assert!(parts.windows(2).all(|pair| pair[0].end == pair[1].start));
            for part in parts {
                assert!(part.end - part.start <= PART_FRAMES);
                assert!(part.from == 0 || part.start - part.from == 14);
                assert!(part.to == frames || part.to - part.end == 14);
            }
        }
    }
}
