//! Grad-StyleSpeech: every network as a function from graph tensors to graph tensors, what sizes it
//! has, and where its weights come from.

mod adaptation;
#[cfg(feature = "cloning")]
mod band_limit;
pub mod config;
#[doc(hidden)] // for this project's programs and tests
pub mod duration_predictor;
#[doc(hidden)] // for this project's programs and tests
pub mod pitch_predictor;
#[doc(hidden)] // for this project's programs and tests
pub mod prior_encoder;
pub(crate) mod reference;
#[doc(hidden)] // for this project's programs and tests
pub mod reference_encoder;
#[doc(hidden)] // for this project's programs and tests
pub mod score_tcn;
#[doc(hidden)] // for this project's programs and tests
pub mod score_unet;
#[doc(hidden)] // for this project's programs and tests
pub mod stages;
mod style;
#[doc(hidden)] // for this project's programs and tests
pub mod style_encoder;
mod style_error;
mod style_mix;
#[doc(hidden)] // for this project's programs and tests
pub mod text_encoder;
mod transformer;
mod transport;
#[doc(hidden)] // for this project's programs and tests
pub mod vocoder;
pub mod voices;
#[doc(hidden)] // for this project's programs and tests
pub mod weights;

pub use adaptation::{
    ADAPTATION_FORMAT, ADAPTATION_VERSION, Adaptation, AdaptationError, ChangedWeights,
};
#[cfg(feature = "cloning")]
pub use band_limit::BandLimit;
pub use config::{ConfigError, ModelConfig, VocoderChoice};
pub use reference::{MAX_ENTRIES, ReferenceFeatures};
pub use style::{Style, StyleOrigin};
pub use style_error::StyleError;
#[cfg(feature = "cloning")]
pub use transport::Moments;
pub use transport::Transport;
pub use weights::{ModelWeights, WeightProblem, WeightsError, WeightsFile};
