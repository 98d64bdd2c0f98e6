//! Tokens and a style to a mel spectrogram: the graphs of the model, one after the other, for a batch
//! of sentences. Activations stay on the device; only durations and the mel come back.

use std::collections::VecDeque;
use std::ops::ControlFlow;

use tracing::Instrument;

use super::SynthError;
use super::melody::{melodies, write_step_inputs};
use super::plans::{Model, Plans, Prepared};
use super::request::StageName;
#[cfg(feature = "cloning")]
use super::utterances::{FRAME_BUCKET, length};
use super::utterances::{
    MAX_FRAMES, Utterance, extent, finite, frame_lengths, index, padded, seeds, styles,
    token_lengths,
};
use crate::audio::Mel;
use crate::diffusion::{COLUMNS, MAX_STEPS, SolverTable};
use crate::gpu::{Executable, Gpu, Polling};
use crate::graph::GraphError;
use crate::model::duration_predictor::frames as token_frames;
#[cfg(feature = "cloning")]
use crate::model::stages::StyleStage;
use crate::model::stages::{Extent, PitchStage, PriorStage, StepStage, TextStage, input};
use crate::model::{ModelConfig, Transport};

/// No phone or pause sounds for longer, at normal speed; a longer prediction is an error of the model.
const MAX_TOKEN_SECONDS: f64 = 2.0;

/// Steps of the diffusion that may be submitted and not done. With one step running and more behind
/// it, the GPU never waits for the host.
const STEPS_IN_FLIGHT: usize = 4;

/// How the diffusion runs, the same for a whole batch.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Diffusion {
    /// The steps.
    pub(super) table: SolverTable,
    /// Factor of the initial noise.
    pub(super) temperature: f32,
    /// See [`super::Request::guidance`].
    pub(super) guidance: f32,
}

impl Diffusion {
    fn is_guided(&self) -> bool {
        self.guidance != 1.0
    }
}

/// A sentence as the model would say it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SpokenMel {
    /// Frames of each token.
    pub(super) durations: Vec<u32>,
    /// Pitch of each frame in Hz, 0 where unvoiced, in models that predict it.
    pub(super) hertz: Option<Vec<f32>>,
    /// Log mel spectrogram.
    pub(super) mel: Mel,
}

/// The acoustic model's plans.
#[derive(Debug, Default)]
pub(super) struct Acoustic {
    #[cfg(feature = "cloning")]
    style: Plans<StyleStage>,
    text: Plans<TextStage>,
    prior: Plans<PriorStage>,
    pitch: Plans<PitchStage>,
    step: Plans<StepStage>,
    guided_step: Plans<StepStage>,
}

/// What a reference says of its voice.
#[cfg(feature = "cloning")]
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Heard {
    /// The style vector.
    pub(super) style: Vec<f32>,
    /// Entries, one after the other, and how the voice moves, in models that have them.
    pub(super) features: Option<(Vec<f32>, Vec<f32>)>,
}

impl Acoustic {
    /// Bytes of activations of all plans that are kept.
    pub(super) fn bytes(&self) -> u64 {
        #[cfg(feature = "cloning")]
        let style = self.style.bytes();
        #[cfg(not(feature = "cloning"))]
        let style = 0;
        let steps = self.step.bytes() + self.guided_step.bytes();
        style + self.text.bytes() + self.prior.bytes() + self.pitch.bytes() + steps
    }

    /// What the mel of a reference says of its voice.
    #[cfg(feature = "cloning")]
    pub(super) async fn style(&mut self, model: Model<'_>, mel: &Mel) -> Result<Heard, SynthError> {
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
        let style = finite(style, "the style")?;
        let features = match (plan.stage.features, model.tcn()?) {
            (Some(tensors), Some((tcn, _))) => {
                let entries = plan.executable.read_f32(tensors.entries).await?;
                let entries = finite(entries, "the entries of the reference")?;
                let movement = plan.executable.read_f32(tensors.movement).await?;
                let movement = finite(movement, "the pitch of the reference")?;
                let kept = (0..mel.frames()).step_by(tcn.reference.stride);
                let entry = |frame: usize| entries[frame..].iter().step_by(extent.frames).copied();
                let entries = kept.flat_map(entry).collect();
                Some((entries, movement))
            }
            _ => None,
        };
        Ok(Heard { style, features })
    }

    /// Mels of a batch of sentences. Each is what it would be alone.
    pub(super) async fn mels(
        &mut self,
        model: Model<'_>,
        batch: &[Utterance<'_>],
        diffusion: &Diffusion,
        progress: &mut impl FnMut(StageName, usize, usize) -> ControlFlow<()>,
    ) -> Result<Vec<SpokenMel>, SynthError> {
        let span = tracing::debug_span!("durations");
        let durations = self.encode(model, batch).instrument(span).await?;
        let limits = model.gpu.device().limits();
        let largest = limits
            .max_storage_buffer_binding_size
            .min(limits.max_buffer_size);
        let extent = extent(batch, &durations);
        if batch.len() == 1 || fits(model.gpu, model.config, extent, diffusion, largest)? {
            return self
                .decode(model, batch, durations, diffusion, progress)
                .await;
        }
        let mut spoken = Vec::with_capacity(batch.len());
        for item in batch.chunks(1) {
            let durations = self.encode(model, item).await?;
            spoken.extend(
                self.decode(model, item, durations, diffusion, progress)
                    .await?,
            );
        }
        Ok(spoken)
    }

    /// Hidden states, which stay in the plan, and the frames of each token.
    async fn encode(
        &mut self,
        model: Model<'_>,
        batch: &[Utterance<'_>],
    ) -> Result<Vec<Vec<u32>>, SynthError> {
        let extent = extent(batch, &[]);
        let build = |extent| TextStage::new(model.config, extent);
        let plan = self.text.get(model.gpu, model.weights, extent, build)?;
        let ids = padded(
            batch.iter().map(|item| item.ids.as_slice()),
            extent.tokens,
            0,
        );
        plan.executable.write_u32(input::IDS, &ids)?;
        plan.executable
            .write_u32(input::TOKEN_LENGTHS, &token_lengths(batch))?;
        plan.executable.write_f32(input::STYLE, &styles(batch))?;
        plan.executable.run(1)?;
        let logs = plan.executable.read_f32(plan.stage.log_durations).await?;
        let logs = finite(logs, "the durations")?;
        let per_item = batch.iter().zip(logs.chunks_exact(extent.tokens));
        per_item
            .map(|(item, logs)| durations(model.config, item, logs))
            .collect()
    }

    /// The mean mel of a sentence, without diffusion.
    #[cfg(feature = "cloning")]
    pub(super) async fn mean(
        &mut self,
        model: Model<'_>,
        utterance: &Utterance<'_>,
    ) -> Result<Mel, SynthError> {
        let batch = std::slice::from_ref(utterance);
        let durations = self.encode(model, batch).await?;
        let extent = extent(batch, &durations);
        let plans = (&mut self.text, &mut self.prior);
        let prior = run_prior(plans, model, batch, &durations, 0.0)?;
        let mean = prior.executable.read_f32(prior.stage.mean).await?;
        let mean = finite(mean, "the mean mel spectrogram")?;
        let frames = durations[0].iter().sum::<u32>() as usize;
        unpadded(&mean, model.config.audio.n_mels, extent.frames, frames)
    }

    /// Mels of the batch that was encoded last.
    async fn decode(
        &mut self,
        model: Model<'_>,
        batch: &[Utterance<'_>],
        durations: Vec<Vec<u32>>,
        diffusion: &Diffusion,
        progress: &mut impl FnMut(StageName, usize, usize) -> ControlFlow<()>,
    ) -> Result<Vec<SpokenMel>, SynthError> {
        let extent = extent(batch, &durations);
        let (lengths, seeds) = (frame_lengths(&durations), seeds(batch));
        let styles = styles(batch);
        #[expect(clippy::cast_possible_truncation, reason = "in the kernels' precision")]
        let sigma = diffusion.table.start_sigma() as f32;

        let deviation = diffusion.temperature * sigma;
        let plans = (&mut self.text, &mut self.prior);
        let prior = run_prior(plans, model, batch, &durations, deviation)?;
        let tcn = model.tcn()?;
        let hertz = match tcn {
            Some((tcn, _)) => {
                let plans = (&mut self.text, &mut self.pitch);
                let span = tracing::debug_span!("pitch");
                let made = melodies(plans, prior, model, tcn, batch, &durations);
                made.instrument(span).await?
            }
            None => Vec::new(),
        };
        tell(progress, StageName::Encoders, 1, 1)?;

        let step_extent = Extent {
            tokens: 0,
            ..extent
        };
        let (plans, null_style) = if diffusion.is_guided() {
            let null_style = model.null_style.ok_or(SynthError::NoNullStyle)?;
            (&mut self.guided_step, Some(null_style))
        } else {
            (&mut self.step, None)
        };
        let build = |extent| step_stage(model.config, extent, diffusion);
        let step = plans.get(model.gpu, model.weights, step_extent, build)?;
        start(prior, &step.executable, &styles)?;
        if let Some(null_style) = null_style {
            let null_styles = null_style.repeat(extent.batch);
            step.executable.write_f32(input::NULL_STYLE, &null_styles)?;
            step.executable
                .write_f32(input::GUIDANCE, &[diffusion.guidance])?;
        }
        if let Some((tcn, harmonics)) = tcn {
            write_step_inputs(
                &step.executable,
                harmonics,
                tcn,
                batch,
                &hertz,
                extent.frames,
            )?;
        }
        step.executable.write_u32(input::FRAME_LENGTHS, &lengths)?;
        step.executable.write_u32(input::SEEDS, &seeds)?;
        let span = tracing::debug_span!("diffusion", steps = diffusion.table.rows().len());
        reverse(model.gpu, step, &diffusion.table, progress)
            .instrument(span)
            .await?;
        let mels = step.executable.read_f32(step.stage.state).await?;
        let mels = finite(mels, "the mel spectrogram")?;

        let n_mels = model.config.audio.n_mels;
        let per_item = mels
            .chunks_exact(n_mels * extent.frames)
            .zip(durations)
            .zip(lengths);
        let mut hertz = hertz.into_iter();
        let spoken = per_item.map(|((mel, durations), frames)| {
            let mel = unpadded(mel, n_mels, extent.frames, frames as usize)?;
            Ok(SpokenMel {
                durations,
                hertz: hertz.next(),
                mel,
            })
        });
        spoken.collect()
    }
}

/// Runs the prior stage on the batch that was encoded last; noise of this deviation starts the diffusion.
fn run_prior<'p>(
    (text, prior): (&mut Plans<TextStage>, &'p mut Plans<PriorStage>),
    model: Model<'_>,
    batch: &[Utterance<'_>],
    durations: &[Vec<u32>],
    deviation: f32,
) -> Result<&'p Prepared<PriorStage>, SynthError> {
    let extent = extent(batch, durations);
    let text_extent = Extent {
        frames: 0,
        ..extent
    };
    let build = |extent| TextStage::new(model.config, extent);
    let text = text.get(model.gpu, model.weights, text_extent, build)?;
    let build = |extent| PriorStage::new(model.config, extent);
    let prior = prior.get(model.gpu, model.weights, extent, build)?;
    let index = index(durations, extent.frames);
    let run = &prior.executable;
    text.executable
        .copy_output(text.stage.hidden, run, input::HIDDEN)?;
    run.write_u32(input::TOKEN_LENGTHS, &token_lengths(batch))?;
    run.write_u32(input::FRAME_LENGTHS, &frame_lengths(durations))?;
    run.write_u32(input::INDEX, &index)?;
    run.write_f32(input::STYLE, &styles(batch))?;
    run.write_u32(input::SEEDS, &seeds(batch))?;
    run.write_f32(input::DEVIATION, &[deviation])?;
    if model.config.transport.is_some() {
        let maps = of_transports(batch, Transport::map);
        run.write_f32(input::TRANSPORT_MAP, &maps)?;
        let offsets = of_transports(batch, Transport::offset);
        run.write_f32(input::TRANSPORT_OFFSET, &offsets)?;
    }
    if prior.stage.style_channel.is_some() {
        run.write_u32(input::ZEROS, &vec![0; index.len()])?;
    }
    run.run(1)?;
    Ok(prior)
}

fn step_stage(
    config: &ModelConfig,
    extent: Extent,
    diffusion: &Diffusion,
) -> Result<StepStage, GraphError> {
    if diffusion.is_guided() {
        StepStage::guided(config, extent)
    } else {
        StepStage::new(config, extent)
    }
}

/// Whether every buffer that a batch needs can be bound on a device that binds `largest` bytes.
fn fits(
    gpu: &Gpu,
    config: &ModelConfig,
    extent: Extent,
    diffusion: &Diffusion,
    largest: u64,
) -> Result<bool, SynthError> {
    let mut programs = vec![
        gpu.plan(&PriorStage::new(config, extent)?.graph)?,
        gpu.plan(&step_stage(config, extent, diffusion)?.graph)?,
    ];
    if let Some(pitch) = &config.pitch_predictor {
        programs.push(gpu.plan(&PitchStage::new(config, pitch, extent)?.graph)?);
    }
    let mut slots = programs.iter().flat_map(|program| program.plan().slots());
    Ok(slots.all(|slot| slot.bytes <= largest))
}

/// A part of every item's transport; requests without are refused where the model needs them.
fn of_transports(batch: &[Utterance<'_>], part: fn(&Transport) -> &[f32]) -> Vec<f32> {
    let transports = batch.iter().filter_map(|item| item.style.transport());
    transports.flat_map(part).copied().collect()
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

/// Runs every step of the table. The host only encodes: it neither reads anything back nor lets the
/// queue run empty. It does not run ahead by more than [`STEPS_IN_FLIGHT`] steps, so that a cancelled
/// synthesis stops soon; on a host's device it waits for each step before it submits the next, so that
/// the host's own frames get their turn.
async fn reverse(
    gpu: &Gpu,
    step: &Prepared<StepStage>,
    table: &SolverTable,
    progress: &mut impl FnMut(StageName, usize, usize) -> ControlFlow<()>,
) -> Result<(), SynthError> {
    let steps = table.rows().len();
    let mut rows = table.to_f32();
    rows.resize(MAX_STEPS * COLUMNS, 0.0);
    step.executable.write_f32(input::TABLE, &rows)?;
    step.executable.write_u32(input::STEP, &[0])?;
    let ahead = match gpu.polling() {
        Polling::Owned => STEPS_IN_FLIGHT,
        Polling::Host => 1,
    };
    let mut fences = VecDeque::with_capacity(ahead);
    let mut submitted = 0;
    for done in 1..=steps {
        while submitted < steps && fences.len() < ahead {
            step.executable.run(1)?;
            fences.push_back(gpu.fence());
            submitted += 1;
        }
        if let Some(fence) = fences.pop_front().flatten() {
            gpu.reach(fence).await?;
        }
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
    let at_most = durations
        .iter()
        .filter(|&&frames| frames >= longest)
        .count();
    if 2 * at_most > durations.len() {
        tracing::warn!(
            "{at_most} of {} sounds of {:?} last as long as is possible, {MAX_TOKEN_SECONDS} s: the weights or the \
             voice may be damaged",
            durations.len(),
            item.text
        );
    }
    if frames > MAX_FRAMES {
        return Err(SynthError::TooLong {
            sentence: item.text.to_owned(),
            seconds: frames as f64 / rate,
            limit: MAX_FRAMES as f64 / rate,
        });
    }
    Ok(durations)
}

/// The first frames of the bands of a mel that are so wide.
fn unpadded(values: &[f32], n_mels: usize, width: usize, frames: usize) -> Result<Mel, SynthError> {
    let rows = values.chunks_exact(width);
    let data = rows.flat_map(|row| row[..frames].iter().copied()).collect();
    Ok(Mel::new(data, n_mels, frames)?)
}
