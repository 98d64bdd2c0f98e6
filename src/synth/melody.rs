//! The pitch of a batch: predicted on the device, made a melody, and drawn for the score network; and what
//! else a temporal convolutional network takes of the voices.

use super::SynthError;
use super::plans::{Model, Plans, Prepared};
use super::utterances::{
    Utterance, extent, finite, frame_lengths, index, length, padded, styles, token_lengths,
};
use crate::audio::Harmonics;
use crate::gpu::Executable;
use crate::model::config::TcnConfig;
use crate::model::pitch_predictor::{OUTPUTS, contour};
use crate::model::stages::{Extent, PitchStage, PriorStage, TextStage, input};
use crate::model::{MAX_ENTRIES, ReferenceFeatures};

/// The pitch of each frame of each item in Hz, 0 where unvoiced, of the batch whose prior stage ran last.
pub(super) async fn melodies(
    (text, pitch): (&mut Plans<TextStage>, &mut Plans<PitchStage>),
    prior: &Prepared<PriorStage>,
    model: Model<'_>,
    tcn: TcnConfig<'_>,
    batch: &[Utterance<'_>],
    durations: &[Vec<u32>],
) -> Result<Vec<Vec<f32>>, SynthError> {
    let extent = extent(batch, durations);
    let text_extent = Extent {
        frames: 0,
        ..extent
    };
    let build = |extent| TextStage::new(model.config, extent);
    let text = text.get(model.gpu, model.weights, text_extent, build)?;
    let build = |extent| PitchStage::new(model.config, tcn.pitch, extent);
    let pitch = pitch.get(model.gpu, model.weights, extent, build)?;
    let run = &pitch.executable;
    text.executable
        .copy_output(text.stage.hidden, run, input::HIDDEN)?;
    let plain = prior.stage.plain_mean.unwrap_or(prior.stage.mean);
    prior
        .executable
        .copy_output(plain, run, input::PLAIN_MEAN)?;
    run.write_u32(input::TOKEN_LENGTHS, &token_lengths(batch))?;
    run.write_u32(input::FRAME_LENGTHS, &frame_lengths(durations))?;
    run.write_u32(input::INDEX, &index(durations, extent.frames))?;
    run.write_f32(input::STYLE, &styles(batch))?;
    let voices: Vec<_> = features(batch)
        .flat_map(ReferenceFeatures::pitch)
        .copied()
        .collect();
    run.write_f32(input::VOICE, &voices)?;
    run.run(1)?;
    let made = finite(run.read_f32(pitch.stage.pitch).await?, "the pitch")?;
    let items = made.chunks_exact(OUTPUTS * extent.frames);
    let melodies = items.zip(frame_lengths(durations)).zip(batch);
    Ok(melodies
        .zip(features(batch))
        .map(|(((item, frames), utterance), own)| {
            let (log_odds, octaves) = item.split_at(extent.frames);
            let frames = frames as usize;
            contour(
                &log_odds[..frames],
                &octaves[..frames],
                own.level(),
                utterance.melody,
            )
        })
        .collect())
}

/// Writes what a step needs besides means, states and styles: the drawn pitches, and the voices' entries.
pub(super) fn write_step_inputs(
    step: &Executable,
    harmonics: &Harmonics,
    tcn: TcnConfig<'_>,
    batch: &[Utterance<'_>],
    melodies: &[Vec<f32>],
    frames: usize,
) -> Result<(), SynthError> {
    let drawn: Vec<_> = melodies
        .iter()
        .map(|hertz| (harmonics.inputs(hertz), hertz.len()))
        .collect();
    let rows = drawn
        .iter()
        .flat_map(|(rows, width)| rows.chunks_exact(*width));
    step.write_f32(input::PITCH, &padded(rows, frames, 0.0))?;
    let width = tcn.reference.entry;
    let mut entries = Vec::with_capacity(batch.len() * width * MAX_ENTRIES);
    for own in features(batch) {
        for channel in 0..width {
            entries.extend(own.entries().iter().skip(channel).step_by(width));
            entries.resize(entries.len() + MAX_ENTRIES - own.count(), 0.0);
        }
    }
    step.write_f32(input::ENTRIES, &entries)?;
    let lengths: Vec<_> = features(batch).map(|own| length(own.count())).collect();
    Ok(step.write_u32(input::ENTRY_LENGTHS, &lengths)?)
}

/// Every item's features; requests without are refused where the model needs them.
fn features<'a>(batch: &'a [Utterance<'_>]) -> impl Iterator<Item = &'a ReferenceFeatures> {
    batch.iter().filter_map(|item| item.style.features())
}
