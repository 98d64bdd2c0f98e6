//! Mel spectrograms to samples.

use std::ops::ControlFlow;

use super::SynthError;
use super::plans::Plans;
use super::utterances::{FRAME_BUCKET, MAX_FRAMES, length};
use crate::audio::{Audio, GriffinLim, GriffinLimOptions, Mel, SourceFilter};
use crate::gpu::{Gpu, WeightStore};
use crate::model::config::VocoderConfig;
use crate::model::stages::{Extent, VocoderStage, input};
use crate::model::vocoder::{network_mel, receptive_frames};
use crate::model::{ModelConfig, VocoderChoice};
use crate::watermark::Unmarked;

/// Frames that go through the neural vocoder at once, without the margins: bounds the memory for long
/// spectrograms. 8 seconds at 16 kHz.
const PART_FRAMES: usize = 512;

/// Longer spectrograms are vocoded in parts: no sentence is longer, and the phases of these take 100 MB.
const MOST_FRAMES: usize = MAX_FRAMES;

/// Seed of the noise of a source-filter vocoder: every rendering of a mel is the same.
const NOISE_SEED: u64 = 0;

/// The model's vocoder and Griffin-Lim.
#[derive(Debug)]
pub(super) struct Vocoder {
    neural: Option<VocoderConfig>,
    plans: Plans<VocoderStage>,
    /// What makes sound of the controls of a source-filter vocoder. One step of Griffin-Lim then gives
    /// it the mel's magnitudes: thirty sentences had 16.5 % of their characters wrong with it and 19.8 %
    /// without (`weights/small/README.md`).
    source_filter: Option<SourceFilter>,
    griffin_lim: GriffinLim,
    sample_rate: u32,
    hop_length: usize,
    /// Fewer frames have no borders to reflect.
    least_frames: usize,
}

impl Vocoder {
    pub(super) fn new(config: &ModelConfig) -> Result<Self, SynthError> {
        let source_filter = match &config.vocoder {
            Some(VocoderConfig::SourceFilter(own)) => {
                Some(SourceFilter::new(&config.audio, &own.source)?)
            }
            _ => None,
        };
        Ok(Self {
            neural: config.vocoder.clone(),
            plans: Plans::default(),
            source_filter,
            griffin_lim: GriffinLim::new(&config.audio)?,
            sample_rate: config.audio.sample_rate,
            hop_length: config.audio.hop_length,
            least_frames: config.audio.min_samples().div_ceil(config.audio.hop_length),
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
    ) -> Result<Unmarked, SynthError> {
        let mut samples = Vec::with_capacity(mel.frames() * self.hop_length);
        for part in mel.parts(MOST_FRAMES) {
            let frames = part.frames();
            let part = part.lasting(self.least_frames);
            let made = self
                .vocode_part(gpu, weights, choice, &part, progress)
                .await?;
            samples.extend_from_slice(&made.samples[..frames * self.hop_length]);
        }
        Ok(Unmarked::new(Audio {
            samples,
            sample_rate: self.sample_rate,
        }))
    }

    /// What is not too long to be held at once, in f64 and with a spectrum for each frame.
    async fn vocode_part(
        &mut self,
        gpu: &Gpu,
        weights: &WeightStore,
        choice: VocoderChoice,
        mel: &Mel,
        progress: &mut impl FnMut(usize, usize) -> ControlFlow<()>,
    ) -> Result<Audio, SynthError> {
        let audio = match choice {
            VocoderChoice::GriffinLim => self.griffin_lim(mel, progress)?,
            VocoderChoice::HifiGan | VocoderChoice::SourceFilter => {
                let own = self.neural.as_ref().map(VocoderConfig::choice);
                if own != Some(choice) {
                    return Err(SynthError::NoVocoder(choice));
                }
                let made = self.network(gpu, weights, mel, progress).await?;
                match &self.source_filter {
                    Some(source_filter) => {
                        let rendered = source_filter.render_unmarked(mel, &made, NOISE_SEED)?;
                        self.griffin_lim.with_magnitudes_unmarked(mel, &rendered)?
                    }
                    None => Audio {
                        samples: made,
                        sample_rate: self.sample_rate,
                    },
                }
            }
        };
        if audio.samples.iter().any(|sample| !sample.is_finite()) {
            return Err(SynthError::NotFinite {
                what: "the waveform",
            });
        }
        Ok(audio)
    }

    fn griffin_lim(
        &self,
        mel: &Mel,
        progress: &mut impl FnMut(usize, usize) -> ControlFlow<()>,
    ) -> Result<Audio, SynthError> {
        let mut flow = ControlFlow::Continue(());
        let mut listen = |done, total| {
            if flow.is_continue() {
                flow = progress(done, total);
            }
        };
        let options = GriffinLimOptions::default();
        let audio = self
            .griffin_lim
            .vocode_unmarked(mel, &options, &mut listen)?;
        if flow.is_break() {
            Err(SynthError::Cancelled)
        } else {
            Ok(audio)
        }
    }

    /// What the network makes of a mel, `[rows, columns]`, with the same number of columns for each frame:
    /// one row of samples, or a row for each control.
    ///
    /// In parts of equal length, each with as much of its neighbours as takes part in its columns.
    async fn network(
        &mut self,
        gpu: &Gpu,
        weights: &WeightStore,
        mel: &Mel,
        progress: &mut impl FnMut(usize, usize) -> ControlFlow<()>,
    ) -> Result<Vec<f32>, SynthError> {
        let config = self
            .neural
            .as_ref()
            .expect("the caller has seen which network there is");
        let parts = parts(mel.frames(), receptive_frames(config));
        let frames = widest(&parts);
        let extent = Extent {
            batch: 1,
            tokens: 0,
            frames,
        };
        let build = |extent| VocoderStage::new(config, mel.n_mels(), extent);
        let plan = self.plans.get(gpu, weights, extent, build)?;
        let shape = plan.stage.graph.shape(plan.stage.output);
        let per_frame = shape.w / frames;
        let mut made = vec![0.0; shape.c * mel.frames() * per_frame];
        for (i, part) in parts.iter().enumerate() {
            let width = part.to - part.from;
            let mut input_mel = vec![0.0; mel.n_mels() * frames];
            for (row, band) in input_mel
                .chunks_exact_mut(frames)
                .zip(mel.data().chunks_exact(mel.frames()))
            {
                for (value, &log) in row.iter_mut().zip(&band[part.from..part.to]) {
                    *value = network_mel(config, log);
                }
            }
            let executable = &plan.executable;
            executable.write_f32(input::MEL, &input_mel)?;
            executable.write_u32(input::FRAME_LENGTHS, &[length(width)])?;
            executable.run(1)?;
            let result = executable.read_f32(plan.stage.output).await?;
            let own = (part.start - part.from) * per_frame..(part.end - part.from) * per_frame;
            for (row, part_row) in made
                .chunks_exact_mut(mel.frames() * per_frame)
                .zip(result.chunks_exact(shape.w))
            {
                row[part.start * per_frame..part.end * per_frame]
                    .copy_from_slice(&part_row[own.clone()]);
            }
            if progress(i + 1, parts.len()).is_break() {
                return Err(SynthError::Cancelled);
            }
        }
        Ok(made)
    }
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
