//! Style-adaptive encoder: hidden states of the frames and a style to the mean mel, around which
//! the diffusion starts.

use super::config::PriorEncoderConfig;
use super::transformer::{Blocks, Norm, blocks};
use crate::graph::{Activation, Epilogue, Graph, GraphError, TensorId};

/// Hidden states `[n, hidden, 1, tokens]`, the token of each frame `u32 [n, 1, 1, frames]` and style
/// `[n, style, 1, 1]` to the mean mel `[n, n_mels, 1, frames]`.
///
/// The prenet sees one column at a time, so it runs on the tokens, before each is repeated for its
/// frames, instead of on every frame.
///
/// # Errors
/// When the sizes do not fit; a validated configuration's do.
pub fn build(
    graph: &mut Graph,
    config: &PriorEncoderConfig,
    n_mels: usize,
    hidden: TensorId,
    index: TensorId,
    style: TensorId,
) -> Result<TensorId, GraphError> {
    graph.in_scope("prior_encoder", |graph| {
        let mish = Epilogue::activation(Activation::Mish);
        let x = graph.linear(
            "prenet.0",
            hidden,
            config.prenet,
            Activation::Identity,
            mish,
        )?;
        let x = graph.linear(
            "prenet.1",
            x,
            config.hidden,
            Activation::Identity,
            Epilogue::NONE,
        )?;
        let x = graph.regulate_length("length_regulator", x, index)?;
        let x = graph.add_positions("positions", x)?;
        let sizes = Blocks {
            layers: config.layers,
            heads: config.heads,
            ffn: config.ffn,
            ffn_kernel: config.ffn_kernel,
            activation: config.activation.into(),
        };
        let x = blocks(graph, sizes, Norm::StyleAdaptive(style), x)?;
        graph.linear("output", x, n_mels, Activation::Identity, Epilogue::NONE)
    })
}
