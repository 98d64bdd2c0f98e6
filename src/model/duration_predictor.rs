//! Duration predictor: how long each token sounds, in this style.

use super::config::DurationPredictorConfig;
use crate::graph::{Activation, Conv1d, Epilogue, Graph, GraphError, TensorId};

/// Hidden states `[n, hidden, 1, tokens]` and style `[n, style, 1, 1]` to the logarithms of the
/// durations in frames, `[n, 1, 1, tokens]`.
///
/// # Errors
/// When the sizes do not fit; a validated configuration's do.
pub fn build(
    graph: &mut Graph,
    config: &DurationPredictorConfig,
    hidden: TensorId,
    style: TensorId,
) -> Result<TensorId, GraphError> {
    graph.in_scope("duration_predictor", |graph| {
        let channels = graph.shape(hidden).c;
        let style = graph.linear(
            "style",
            style,
            channels,
            Activation::Identity,
            Epilogue::NONE,
        )?;
        let mut x = graph.add("condition", hidden, style, 1.0)?;
        for i in 0..2 {
            let conv = Conv1d {
                channels: config.hidden,
                kernel: config.kernel,
                dilation: 1,
            };
            let relu = Epilogue::activation(Activation::Relu);
            x = graph.conv1d(&format!("conv.{i}"), x, conv, Activation::Identity, relu)?;
            x = graph.layer_norm(&format!("norm.{i}"), x)?;
        }
        graph.linear("output", x, 1, Activation::Identity, Epilogue::NONE)
    })
}
