//! Reference encoder: the frames of a reference as entries that the score network looks up.

use super::config::ReferenceEncoderConfig;
use crate::graph::{Activation, Conv1d, Epilogue, Graph, GraphError, TensorId};

/// Mel `[n, n_mels, 1, frames]` to an entry for each frame, `[n, entry, 1, frames]`. Every
/// [`ReferenceEncoderConfig::stride`]-th of them is kept: the convolutions see what lies between.
///
/// # Errors
/// When the sizes do not fit; a validated configuration's do.
pub fn build(
    graph: &mut Graph,
    config: &ReferenceEncoderConfig,
    mel: TensorId,
) -> Result<TensorId, GraphError> {
    graph.in_scope("reference_encoder", |graph| {
        let conv = Conv1d {
            channels: config.hidden,
            kernel: config.kernel,
            dilation: 1,
        };
        let relu = Epilogue::activation(Activation::Relu);
        let mut x = mel;
        for name in ["conv.0", "conv.1"] {
            x = graph.conv1d(name, x, conv, Activation::Identity, relu)?;
        }
        let x = graph.linear(
            "output",
            x,
            config.entry,
            Activation::Identity,
            Epilogue::NONE,
        )?;
        graph.layer_norm("norm", x)
    })
}
