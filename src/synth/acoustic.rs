//! Tokens and a style to a mel spectrogram: the graphs of the model, one after the other, for a batch
//! of sentences. Activations stay on the device; only durations and the mel come back.

use std::ops::ControlFlow;

use super::SynthError;
use super::plans::{Plans, Prepared};
use super::request::StageName;
use super::vocoder::length;
use crate::audio::Mel;
use crate::diffusion::{COLUMNS, MAX_STEPS, SolverTable};
use crate::gpu::{Executable, Gpu, WeightStore};
use crate::model::ModelConfig;
use crate::model::duration_predictor::frames as token_frames;
use crate::model::stages::{Extent, PriorStage, StepStage, StyleStage, TextStage, input};

/// Lengths are rounded up to multiples of these, so that plans recur; masks make the results the same.
const TOKEN_BUCKET: usize = 16;
const FRAME_BUCKET: usize = 32;

/// Most frames of one sentence: with two heads the attention weights of a prior encoder are then 128
/// MiB, the largest binding that every adapter allows.
const MAX_FRAMES: usize = 4096;

/// No phone or pause sounds for longer, at normal speed; a longer prediction is an error of the model.
const MAX_TOKEN_SECONDS: f64 = 2.0;

/// A sentence as the model sees it.
#[derive(Debug, Clone)]
pub(super) struct Utterance<'a> {
    /// The sentence as written, for messages.
    pub(super) text: &'a str,
    /// Ids of its symbols.
    pub(super) ids: Vec<u32>,
    /// Style vector.
    pub(super) style: &'a [f32],
    /// See [`super::Request::speed`].
    pub(super) speed: f32,
    /// Seed of its noise.
    pub(super) seed: u64,
}

/// How the diffusion runs, the same for a whole batch.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Diffusion {
    /// The steps.
    pub(super) table: SolverTable,
    /// Factor of the initial noise.
    pub(super) temperature: f32,
}

/// A sentence as the model would say it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SpokenMel {
    /// Frames of each token.
    pub(super) durations: Vec<u32>,
    /// Log mel spectrogram.
    pub(super) mel: Mel,
}

/// The acoustic model's plans.
#[derive(Debug, Default)]
pub(super) struct Acoustic {
    style: Plans<StyleStage>,
    text: Plans<TextStage>,
    prior: Plans<PriorStage>,
    step: Plans<StepStage>,
}

/// What every stage needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Model<'a> {
    pub(super) gpu: &'a Gpu,
    pub(super) config: &'a ModelConfig,
    pub(super) weights: &'a WeightStore,
}

impl Acoustic {
    /// The style vector of a reference's mel.
    pub(super) async fn style(
        &mut self,
        model: Model<'_>,
        mel: &Mel,
    ) -> Result<Vec<f32>, SynthError> {
        let extent = Extent {
            batch: 1,
            tokens: 0,
            frames: mel.frames().next_multiple_of(FRAME_BUCKET),
        };
        let build = |extent| StyleStage::new(model.config, extent);
        let plan = self.style.get(model.gpu, model.weights, extent, build)?;
        let rows = mel.data().chunks_exact(mel.frames());
        plan.executable
            .write_f32(input::MEL, &padded(rows, extent.frames, 0.0))?;
        plan.executable
            .write_u32(input::FRAME_LENGTHS, &[length(mel.frames())])?;
        plan.executable.run(1)?;
        let style = plan.executable.read_f32(plan.stage.style).await?;
        finite(style, "the style")
    }

    /// Mels of a batch of sentences. Each is what it would be alone.
    pub(super) async fn mels(
        &mut self,
        model: Model<'_>,
        batch: &[Utterance<'_>],
        diffusion: &Diffusion,
        progress: &mut impl FnMut(StageName, usize, usize) -> ControlFlow<()>,
    ) -> Result<Vec<SpokenMel>, SynthError> {
        let Self {
            text, prior, step, ..
        } = self;
        let config = model.config;
        let tokens = batch.iter().map(|item| item.ids.len()).max().unwrap_or(0);
        let tokens = tokens.next_multiple_of(TOKEN_BUCKET);
        let extent = Extent {
            batch: batch.len(),
            tokens,
            frames: 0,
        };
        let build = |extent| TextStage::new(config, extent);
        let text = text.get(model.gpu, model.weights, extent, build)?;
        let styles: Vec<f32> = batch
            .iter()
            .flat_map(|item| item.style.iter().copied())
            .collect();
        let token_lengths: Vec<u32> = batch.iter().map(|item| length(item.ids.len())).collect();
        let ids = padded(batch.iter().map(|item| item.ids.as_slice()), tokens, 0);
        text.executable.write_u32(input::IDS, &ids)?;
        text.executable
            .write_u32(input::TOKEN_LENGTHS, &token_lengths)?;
        text.executable.write_f32(input::STYLE, &styles)?;
        text.executable.run(1)?;
        let logs = text.executable.read_f32(text.stage.log_durations).await?;
        let logs = finite(logs, "the durations")?;
        let durations = batch
            .iter()
            .zip(logs.chunks_exact(tokens))
            .map(|(item, logs)| durations(config, item, logs))
            .collect::<Result<Vec<_>, _>>()?;

        let lengths: Vec<u32> = durations.iter().map(|item| item.iter().sum()).collect();
        let longest = lengths.iter().max().map_or(0, |&frames| frames as usize);
        let extent = Extent {
            frames: longest.next_multiple_of(FRAME_BUCKET),
            ..extent
        };
        let build = |extent| PriorStage::new(config, extent);
        let prior = prior.get(model.gpu, model.weights, extent, build)?;
        let index: Vec<_> = durations.iter().map(|item| repeated(item)).collect();
        let index = padded(index.iter().map(Vec::as_slice), extent.frames, 0);
        let seeds: Vec<u32> = batch.iter().flat_map(|item| words(item.seed)).collect();
        #[expect(clippy::cast_possible_truncation, reason = "in the kernels' precision")]
        let sigma = diffusion.table.start_sigma() as f32;
        text.executable
            .copy_output(text.stage.hidden, &prior.executable, input::HIDDEN)?;
        prior
            .executable
            .write_u32(input::TOKEN_LENGTHS, &token_lengths)?;
        prior.executable.write_u32(input::FRAME_LENGTHS, &lengths)?;
        prior.executable.write_u32(input::INDEX, &index)?;
        prior.executable.write_f32(input::STYLE, &styles)?;
        prior.executable.write_u32(input::SEEDS, &seeds)?;
        prior
            .executable
            .write_f32(input::DEVIATION, &[diffusion.temperature * sigma])?;
        if prior.stage.style_channel.is_some() {
            prior
                .executable
                .write_u32(input::ZEROS, &vec![0; index.len()])?;
        }
        prior.executable.run(1)?;
        tell(progress, StageName::Encoders, 1, 1)?;

        let build = |extent| StepStage::new(config, extent);
        let extent = Extent {
            tokens: 0,
            ..extent
        };
        let step = step.get(model.gpu, model.weights, extent, build)?;
        start(prior, &step.executable, &styles)?;
        step.executable.write_u32(input::FRAME_LENGTHS, &lengths)?;
        step.executable.write_u32(input::SEEDS, &seeds)?;
        reverse(step, &diffusion.table, progress).await?;
        let mels = step.executable.read_f32(step.stage.state).await?;
        let mels = finite(mels, "the mel spectrogram")?;
        let per_item = mels.chunks_exact(config.audio.n_mels * extent.frames);
        let spoken = per_item
            .zip(durations)
            .zip(lengths)
            .map(|((mel, durations), frames)| {
                let rows = mel.chunks_exact(extent.frames);
                let data = rows
                    .flat_map(|row| row[..frames as usize].iter().copied())
                    .collect();
                let mel = Mel::new(data, config.audio.n_mels, frames as usize)?;
                Ok(SpokenMel { durations, mel })
            });
        spoken.collect()
    }
}

/// Hands the mean and the noisy start to the diffusion, on the device.
fn start(
    prior: &Prepared<PriorStage>,
    step: &Executable,
    styles: &[f32],
) -> Result<(), SynthError> {
    let from = &prior.executable;
    from.copy_output(prior.stage.mean, step, input::MEAN)?;
    from.copy_output(prior.stage.state, step, input::STATE)?;
    // No solver uses a previous estimate in its first step, but the kernel multiplies it by zero, and
    // what an earlier sentence left there could be anything.
    from.copy_output(prior.stage.mean, step, input::CLEAN)?;
    match prior.stage.style_channel {
        Some(channel) => from.copy_output(channel, step, input::STYLE)?,
        None => step.write_f32(input::STYLE, styles)?,
    }
    Ok(())
}

/// Runs every step of the table. Waits for each before the next is submitted: a host's own frames get
/// their turn, and a cancelled synthesis stops at once.
async fn reverse(
    step: &Prepared<StepStage>,
    table: &SolverTable,
    progress: &mut impl FnMut(StageName, usize, usize) -> ControlFlow<()>,
) -> Result<(), SynthError> {
    let steps = table.rows().len();
    let mut rows = table.to_f32();
    rows.resize(MAX_STEPS * COLUMNS, 0.0);
    step.executable.write_f32(input::TABLE, &rows)?;
    step.executable.write_u32(input::STEP, &[0])?;
    for done in 1..=steps {
        step.executable.run(1)?;
        step.executable.read_u32(step.stage.step).await?;
        tell(progress, StageName::Diffusion, done, steps)?;
    }
    Ok(())
}

fn tell(
    progress: &mut impl FnMut(StageName, usize, usize) -> ControlFlow<()>,
    stage: StageName,
    done: usize,
    total: usize,
) -> Result<(), SynthError> {
    match progress(stage, done, total) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(SynthError::Cancelled),
    }
}

/// Frames of each token of a sentence.
fn durations(
    config: &ModelConfig,
    item: &Utterance<'_>,
    logs: &[f32],
) -> Result<Vec<u32>, SynthError> {
    let rate = f64::from(config.audio.sample_rate) / config.audio.hop_length as f64;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a few hundred at most"
    )]
    let longest = (MAX_TOKEN_SECONDS * rate / f64::from(item.speed)).round() as u32;
    let offset = config.sampling.duration_offset;
    let durations: Vec<_> = logs[..item.ids.len()]
        .iter()
        .map(|&log| token_frames(log, offset, item.speed, longest))
        .collect();
    let frames: usize = durations.iter().map(|&frames| frames as usize).sum();
    if frames > MAX_FRAMES {
        return Err(SynthError::TooLong {
            sentence: item.text.to_owned(),
            seconds: frames as f64 / rate,
            limit: MAX_FRAMES as f64 / rate,
        });
    }
    Ok(durations)
}

/// The token of each frame.
fn repeated(durations: &[u32]) -> Vec<u32> {
    let tokens = durations.iter().zip(0..);
    tokens
        .flat_map(|(&frames, token)| (0..frames).map(move |_| token))
        .collect()
}

/// Rows of different lengths, filled up to one width.
fn padded<'a, T: Copy + 'a>(
    rows: impl Iterator<Item = &'a [T]>,
    width: usize,
    filler: T,
) -> Vec<T> {
    let mut all = Vec::new();
    for (i, row) in rows.enumerate() {
        all.extend_from_slice(row);
        all.resize((i + 1) * width, filler);
    }
    all
}

/// A seed as the kernels read it, low word first.
fn words(seed: u64) -> [u32; 2] {
    let [a, b, c, d, e, f, g, h] = seed.to_le_bytes();
    [[a, b, c, d], [e, f, g, h]].map(u32::from_le_bytes)
}

fn finite(values: Vec<f32>, what: &'static str) -> Result<Vec<f32>, SynthError> {
    if values.iter().all(|value| value.is_finite()) {
        Ok(values)
    } else {
        Err(SynthError::NotFinite { what })
    }
}

#[cfg(test)]
mod tests {
    use super::{padded, repeated, words};

    #[test]
    fn durations_become_the_token_of_each_frame() {
        assert_eq!(repeated(&[2, 1, 3]), [0, 0, 1, 2, 2, 2]);
    }

    #[test]
    fn rows_are_filled_up_to_the_width() {
        let rows: [&[u32]; 2] = [&[1, 2, 3], &[4]];
        assert_eq!(padded(rows.into_iter(), 4, 0), [1, 2, 3, 0, 4, 0, 0, 0]);
    }

    #[test]
    fn seeds_are_written_low_word_first() {
        assert_eq!(words(0x0123_4567_89ab_cdef), [0x89ab_cdef, 0x0123_4567]);
    }
}
