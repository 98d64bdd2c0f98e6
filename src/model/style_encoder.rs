//! Mel-style encoder (Meta-StyleSpeech, arXiv 2106.03153): a reference's mel to one style vector.

use super::config::StyleEncoderConfig;
use super::transformer::self_attention;
use crate::graph::{Activation, Conv1d, Epilogue, Graph, GraphError, TensorId};

/// Gated convolutions of the temporal processor.
const TEMPORAL_LAYERS: usize = 2;

/// Mel `[n, n_mels, 1, frames]` to style `[n, style, 1, 1]`: two pointwise layers per frame, two
/// gated convolutions over time, self-attention, mean over the valid frames, projection.
///
/// The projection is linear, so projecting the mean equals the mean of the projections.
///
/// # Errors
/// When the sizes do not fit; a validated configuration's do.
pub fn build(
    graph: &mut Graph,
    config: &StyleEncoderConfig,
    mel: TensorId,
) -> Result<TensorId, GraphError> {
    graph.in_scope("style_encoder", |graph| {
        let mish = Epilogue::activation(Activation::Mish);
        let mut x = mel;
        for name in ["spectral.0", "spectral.1"] {
            x = graph.linear(name, x, config.hidden, Activation::Identity, mish)?;
        }
        for i in 0..TEMPORAL_LAYERS {
            x = graph.in_scope(&format!("temporal.{i}"), |graph| {
                let conv = Conv1d {
                    channels: 2 * config.hidden,
                    kernel: config.kernel,
                    dilation: 1,
                };
                let gated = graph.conv1d("conv", x, conv, Activation::Identity, Epilogue::NONE)?;
                graph.glu("glu", gated, x)
            })?;
        }
        let x = self_attention(graph, x, config.heads)?;
        let pooled = graph.masked_mean("pool", x)?;
        graph.linear(
            "projection",
            pooled,
            config.style,
            Activation::Identity,
            Epilogue::NONE,
        )
    })
}
