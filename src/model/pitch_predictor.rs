//! Pitch predictor: the melody of a sentence in a voice, frame by frame.
//!
//! Blocks over the tokens see the sentence as a whole; convolutions over the frames, which also see the
//! mean mel, give each frame its pitch above the level of the voice. That is measured in the reference
//! ([`crate::audio::pitch_level`]), how the voice moves is read off its mel ([`movement`]); together they are
//! what the predictor knows of the voice.

use super::config::PitchPredictorConfig;
use super::transformer::{Blocks, Norm, blocks};
use crate::audio::{HIGHEST_PITCH, LOWEST_PITCH, REFERENCE_PITCH};
use crate::graph::{Activation, Conv1d, Epilogue, Graph, GraphError, TensorId};

/// Taps of the convolutions over the reference.
const VOICE_KERNEL: usize = 5;

/// Values a frame that [`build`] gives.
pub const OUTPUTS: usize = 2;

/// What the predictor sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inputs {
    /// Hidden states of the text `[n, text hidden, 1, tokens]`.
    pub hidden: TensorId,
    /// The token of each frame, `u32 [n, 1, 1, frames]`.
    pub index: TensorId,
    /// Style `[n, style, 1, 1]`.
    pub style: TensorId,
    /// Level of the voice, in octaves above [`REFERENCE_PITCH`], and behind it what [`movement`] gives,
    /// `[n, voice, 1, 1]`.
    pub voice: TensorId,
    /// Mean mel before any transport, `[n, n_mels, 1, frames]`.
    pub mean: TensorId,
}

/// Mel of a reference `[n, n_mels, 1, frames]` to how its voice moves, `[n, voice - 1, 1, 1]`.
///
/// The last layer is linear, so that projecting the mean over the frames equals the mean of the projections.
///
/// # Errors
/// When the sizes do not fit; a validated configuration's do.
pub fn movement(
    graph: &mut Graph,
    config: &PitchPredictorConfig,
    mel: TensorId,
) -> Result<TensorId, GraphError> {
    graph.in_scope("pitch_predictor.voice", |graph| {
        let conv = Conv1d {
            channels: config.voice_hidden,
            kernel: VOICE_KERNEL,
            dilation: 1,
        };
        let relu = Epilogue::activation(Activation::Relu);
        let mut x = mel;
        for i in 0..config.voice_layers {
            x = graph.conv1d(&format!("conv.{i}"), x, conv, Activation::Identity, relu)?;
        }
        let pooled = graph.masked_mean("pool", x)?;
        graph.linear(
            "output",
            pooled,
            config.voice - 1,
            Activation::Identity,
            Epilogue::NONE,
        )
    })
}

/// `[n, 2, 1, frames]`: the log odds that a frame is voiced, and its pitch in octaves above the level of the
/// voice. [`contour`] says what they mean.
///
/// # Errors
/// When the sizes do not fit; a validated configuration's do.
pub fn build(
    graph: &mut Graph,
    config: &PitchPredictorConfig,
    inputs: Inputs,
) -> Result<TensorId, GraphError> {
    let identity = Activation::Identity;
    graph.in_scope("pitch_predictor", |graph| {
        let width = config.hidden;
        let style = graph.linear("style", inputs.style, width, identity, Epilogue::NONE)?;
        let both = Epilogue::residual(style);
        let condition = graph.linear("of_voice", inputs.voice, width, identity, both)?;
        let x = graph.linear("text", inputs.hidden, width, identity, Epilogue::NONE)?;
        let x = graph.add("condition", x, condition, 1.0)?;
        let x = graph.add_positions("positions", x)?;
        let sizes = Blocks {
            layers: config.layers,
            heads: config.heads,
            ffn: config.ffn,
            ffn_kernel: config.ffn_kernel,
            activation: Activation::Relu,
        };
        let x = blocks(graph, sizes, Norm::Layer, x)?;
        let x = graph.regulate_length("length_regulator", x, inputs.index)?;
        let mut x = graph.linear("mean", inputs.mean, width, identity, Epilogue::residual(x))?;
        let conv = Conv1d {
            channels: width,
            kernel: config.kernel,
            dilation: 1,
        };
        for i in 0..config.frame_layers {
            x = graph.in_scope(&format!("frames.{i}"), |graph| {
                let y = graph.layer_norm("norm", x)?;
                let epilogue = Epilogue {
                    activation: Activation::Relu,
                    ..Epilogue::residual(x)
                };
                graph.conv1d("conv", y, conv, identity, epilogue)
            })?;
        }
        let x = graph.layer_norm("norm", x)?;
        graph.linear("output", x, OUTPUTS, identity, Epilogue::NONE)
    })
}

/// How a melody is changed on its way from the prediction to the voice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Melody {
    /// Factor of each voiced frame's distance, in octaves, from the mean of them all.
    pub intonation: f32,
    /// Semitones by which all of them are raised.
    pub semitones: f32,
}

/// The pitch of each frame in Hz, 0 where it is unvoiced, of the log odds of voicing and the octaves above
/// the `level` of the voice that [`build`] gives; the level is in octaves above [`REFERENCE_PITCH`]. Voiced
/// is what is more probably so than not; the pitch stays between [`LOWEST_PITCH`] and [`HIGHEST_PITCH`].
#[must_use]
pub fn contour(log_odds: &[f32], octaves: &[f32], level: f32, melody: Melody) -> Vec<f32> {
    let frames = || log_odds.iter().zip(octaves);
    let voiced: Vec<_> = frames()
        .filter(|&(&odds, _)| odds > 0.0)
        .map(|(_, &octaves)| f64::from(octaves))
        .collect();
    let mean = voiced.iter().sum::<f64>() / voiced.len().max(1) as f64;
    let level = f64::from(level) + f64::from(melody.semitones) / 12.0;
    let intonation = f64::from(melody.intonation);
    frames()
        .map(|(&odds, &octaves)| {
            if odds <= 0.0 {
                return 0.0;
            }
            let moved = level + mean + intonation * (f64::from(octaves) - mean);
            let hertz = (REFERENCE_PITCH * moved.exp2()).clamp(LOWEST_PITCH, HIGHEST_PITCH);
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a pitch in the kernels' precision"
            )]
            let hertz = hertz as f32;
            hertz
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Melody, contour};

    const PLAIN: Melody = Melody {
        intonation: 1.0,
        semitones: 0.0,
    };

    #[test]
    fn octaves_become_hertz_where_voiced() {
        let hertz = contour(&[1.0, -0.5, 0.0, 2.0], &[0.0, 0.3, 0.3, 1.0], 0.0, PLAIN);
        assert_eq!(hertz, [150.0, 0.0, 0.0, 300.0]);
        let raised = contour(&[1.0, 1.0], &[0.0, -1.0], 1.0, PLAIN);
        assert_eq!(raised, [300.0, 150.0], "a level of an octave");
        assert_eq!(contour(&[-1.0; 3], &[0.1; 3], 0.0, PLAIN), [0.0; 3]);
        assert!(contour(&[], &[], 0.0, PLAIN).is_empty());
    }

    #[test]
    fn intonation_moves_voiced_frames_about_their_mean_and_semitones_move_all() {
        // The unvoiced frame in the middle takes no part in the mean, which is 0.
        let (odds, octaves) = ([1.0, -1.0, 1.0], [-0.5, 9.0, 0.5]);
        let with = |intonation, semitones| {
            let melody = Melody {
                intonation,
                semitones,
            };
            contour(&odds, &octaves, 0.0, melody)
        };
        assert_eq!(with(0.0, 0.0), [150.0, 0.0, 150.0]);
        assert_eq!(with(2.0, 0.0), [75.0, 0.0, 300.0]);
        assert_eq!(with(0.0, 12.0), [300.0, 0.0, 300.0]);
        assert_eq!(with(0.0, -12.0), [75.0, 0.0, 75.0]);
    }

    #[test]
    fn no_melody_leaves_the_range_of_pitches() {
        let hertz = contour(&[1.0, 1.0, 1.0], &[-9.0, 9.0, f32::MAX], 0.0, PLAIN);
        assert!(
            hertz.iter().all(|&hertz| (55.0..=550.0).contains(&hertz)),
            "{hertz:?}"
        );
    }
}
