//! What can go wrong between a request and speech.

use thiserror::Error;

use super::request::{PITCH_RANGE, SPEED_RANGE};
use crate::audio::AudioError;
use crate::diffusion::DiffusionError;
use crate::gpu::GpuError;
use crate::graph::GraphError;
use crate::model::config::{GUIDANCE_RANGE, INTONATION_RANGE};
use crate::model::{AdaptationError, ConfigError, StyleError, VocoderChoice, WeightsError};
use crate::text::TextError;

/// Speech could not be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SynthError {
    /// The model's configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The model's weights.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// An adaptation.
    #[error(transparent)]
    Adaptation(#[from] AdaptationError),
    /// The device.
    #[error(transparent)]
    Gpu(#[from] GpuError),
    /// A graph of the model.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// The text.
    #[error(transparent)]
    Text(#[from] TextError),
    /// A recording or spectrogram.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// A style.
    #[error(transparent)]
    Style(#[from] StyleError),
    /// The settings of the diffusion.
    #[error(transparent)]
    Diffusion(#[from] DiffusionError),
    /// The style was made by another model.
    #[error(
        "the style has {found} values, and this model's styles have {expected}: make it with this model"
    )]
    StyleLength {
        /// Values of the style.
        found: usize,
        /// Values of this model's styles.
        expected: usize,
    },
    /// The style was made by another model, or before this one transported.
    #[error(
        "the style has {found}, and this model needs {expected}: make it with this model (gss-wgpu style)"
    )]
    StyleTransport {
        /// What the style has.
        found: String,
        /// What the model needs.
        expected: String,
    },
    /// The style was made by another model, or by one without the parts of this one.
    #[error(
        "the style has {found}, and this model needs {expected}: make it with this model (gss-wgpu style)"
    )]
    StyleFeatures {
        /// What the style has.
        found: String,
        /// What the model needs.
        expected: String,
    },
    /// A style was asked for without any recording.
    #[error("a style needs at least one reference recording")]
    NoReference,
    /// The speed is not one.
    #[error("the speed must lie between {low} and {high}, not at {0}", low = SPEED_RANGE.start(), high = SPEED_RANGE.end())]
    Speed(f32),
    /// The temperature is not one.
    #[error("the temperature must be from 0 to 4, usually at most 1, not {0}")]
    Temperature(f32),
    /// The guidance is not one.
    #[error("the guidance must lie between {low} and {high}, not at {0}; 1 is none", low = GUIDANCE_RANGE.start(), high = GUIDANCE_RANGE.end())]
    Guidance(f32),
    /// The pitch is not one.
    #[error("the pitch must lie between {low} and {high} semitones, not at {0}", low = PITCH_RANGE.start(), high = PITCH_RANGE.end())]
    Pitch(f32),
    /// The intonation is not one.
    #[error("the intonation must lie between {low} and {high}, not at {0}; 1 is as the model speaks", low = INTONATION_RANGE.start(), high = INTONATION_RANGE.end())]
    Intonation(f32),
    /// The model predicts no pitch.
    #[error(
        "this model predicts no pitch that could be changed: leave the pitch at 0 and the intonation at 1"
    )]
    NoPitch,
    /// The model was not trained for guidance.
    #[error("this model has no null style, so it cannot be guided: leave the guidance at 1")]
    NoNullStyle,
    /// The model has no such vocoder.
    #[error("this model has no {} vocoder: leave the choice to the model, or use griffin-lim", .0.name())]
    NoVocoder(VocoderChoice),
    /// A sentence would sound for too long.
    #[error(
        "the sentence {sentence:?} would take {seconds:.0} s at this speed, and at most {limit:.0} s are possible: divide it or speak faster"
    )]
    TooLong {
        /// The sentence.
        sentence: String,
        /// How long it would take.
        seconds: f64,
        /// How long a sentence may take.
        limit: f64,
    },
    /// The model or the adapter produced NaN or an infinity.
    #[error(
        "{what} came out of the adapter with values that are not finite; its driver or the weights are broken, or a number is too large for half precision (GSS_DISABLE_F16_ARITHMETIC=1 with GSS_DISABLE_COOPERATIVE_MATRICES=1 computes without)"
    )]
    NotFinite {
        /// Which result.
        what: &'static str,
    },
    /// The system has no thread to speak in.
    #[error("cannot start a thread to speak in: {0}")]
    Thread(std::io::Error),
    /// The caller stopped it.
    #[error("the synthesis was cancelled")]
    Cancelled,
}
