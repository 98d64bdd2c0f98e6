//! Neural vocoders: the network that a configuration names.

pub mod hifi_gan;
pub mod source_filter;

use super::config::VocoderConfig;
use crate::graph::{Activation, Graph, GraphError, TensorId};

/// Before a convolution: the slope of every vocoder here but for the last layer of `HiFi-GAN`.
const LEAKY_RELU: Activation = Activation::LeakyRelu(0.1);

/// Mel `[n, n_mels, 1, frames]`, as [`network_mel`] makes it, to what the network makes of it: samples
/// `[n, 1, 1, frames * hop]` of `HiFi-GAN`, controls `[n, channels, 1, frames]` of a source-filter.
///
/// # Errors
/// When the sizes do not fit; a validated configuration's do.
pub fn build(
    graph: &mut Graph,
    config: &VocoderConfig,
    mel: TensorId,
) -> Result<TensorId, GraphError> {
    match config {
        VocoderConfig::HifiGan(config) => hifi_gan::build(graph, config, mel),
        VocoderConfig::SourceFilter(config) => source_filter::build(graph, config, mel),
    }
}

/// How many mel frames on each side of a frame take part in what is made of it, rounded up: where a
/// long mel may be cut so that the parts give the same as the whole.
#[must_use]
pub fn receptive_frames(config: &VocoderConfig) -> usize {
    match config {
        VocoderConfig::HifiGan(config) => hifi_gan::receptive_frames(config),
        VocoderConfig::SourceFilter(config) => source_filter::receptive_frames(config),
    }
}

/// A value of a log mel as the network wants it.
#[must_use]
pub fn network_mel(config: &VocoderConfig, value: f32) -> f32 {
    match config {
        VocoderConfig::HifiGan(_) => value,
        VocoderConfig::SourceFilter(_) => source_filter::normalised(value),
    }
}
