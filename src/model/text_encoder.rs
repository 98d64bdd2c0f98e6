//! Text encoder: tokens to hidden states, without any style.

use super::config::TextEncoderConfig;
use super::transformer::{Blocks, Norm, blocks};
use crate::graph::{Activation, Conv1d, Epilogue, Graph, GraphError, TensorId};

/// Ids `u32 [n, 1, 1, tokens]` of `symbols` symbols to hidden states `[n, hidden, 1, tokens]`:
/// embedding, convolutional prenet, positions, transformer blocks, projection.
///
/// # Errors
/// When the sizes do not fit; a validated configuration's do.
pub fn build(
    graph: &mut Graph,
    config: &TextEncoderConfig,
    symbols: usize,
    ids: TensorId,
) -> Result<TensorId, GraphError> {
    graph.in_scope("text_encoder", |graph| {
        let x = graph.embedding("embedding", ids, symbols, config.hidden)?;
        let x = graph.in_scope("prenet", |graph| prenet(graph, config, x))?;
        let x = graph.add_positions("positions", x)?;
        let sizes = Blocks {
            layers: config.layers,
            heads: config.heads,
            ffn: config.ffn,
            ffn_kernel: config.ffn_kernel,
            activation: config.activation.into(),
        };
        let x = blocks(graph, sizes, Norm::Layer, x)?;
        graph.linear(
            "output",
            x,
            config.hidden,
            Activation::Identity,
            Epilogue::NONE,
        )
    })
}

/// `x + linear(conv(conv(x)))` with Mish after each convolution.
fn prenet(
    graph: &mut Graph,
    config: &TextEncoderConfig,
    x: TensorId,
) -> Result<TensorId, GraphError> {
    let conv = Conv1d {
        channels: config.hidden,
        kernel: config.prenet_kernel,
        dilation: 1,
    };
    let mish = Epilogue::activation(Activation::Mish);
    let mut y = x;
    for name in ["conv.0", "conv.1"] {
        y = graph.conv1d(name, y, conv, Activation::Identity, mish)?;
    }
    graph.linear(
        "linear",
        y,
        config.hidden,
        Activation::Identity,
        Epilogue::residual(x),
    )
}
