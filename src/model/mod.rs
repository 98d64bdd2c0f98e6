//! Grad-StyleSpeech: every network as a function from graph tensors to graph tensors, what sizes it
//! has, and where its weights come from.

mod adapter;
mod band_limit;
pub mod config;
pub mod duration_predictor;
pub mod prior_encoder;
pub mod score_unet;
pub mod stages;
mod style;
pub mod style_encoder;
pub mod text_encoder;
mod transformer;
mod transport;
pub mod vocoder;
pub mod voices;
pub mod weights;

pub use adapter::{ADAPTER_FORMAT, ADAPTER_VERSION, Adapter, AdapterError, ChangedWeights};
pub use band_limit::BandLimit;
pub use config::{ConfigError, ModelConfig, VocoderChoice};
pub use style::{Style, StyleError, StyleOrigin};
pub use transport::{Moments, Transport};
pub use weights::{ModelWeights, WeightProblem, WeightsError, WeightsFile};
