//! The network of a source-filter vocoder: mel frames to the controls that
//! [`SourceFilter`](crate::audio::SourceFilter) makes sound of.
//!
//! Names follow `tools/gss/vocoder/source_filter.py`.

use super::LEAKY_RELU;
use crate::graph::{Activation, Conv1d, Epilogue, Graph, GraphError, TensorId};
use crate::model::config::SourceFilterConfig;

/// Taps of the first convolution.
const FIRST_KERNEL: usize = 7;

/// Taps of the last.
const LAST_KERNEL: usize = 3;

/// Mean and standard deviation of the log mels of levelled speech.
const MEL_MEAN: f32 = -6.0;
const MEL_DEVIATION: f32 = 2.3;

/// What the network sees of a log mel. Not folded into the first convolution: the zeros beyond the ends
/// are to be a mel of middling loudness, and a log mel of zero is far louder than speech.
#[must_use]
pub fn normalised(mel: f32) -> f32 {
    (mel - MEL_MEAN) / MEL_DEVIATION
}

/// [`normalised`] mel `[n, n_mels, 1, frames]` to controls `[n, channels, 1, frames]`, in the order of
/// [`SourceFilter`](crate::audio::SourceFilter).
///
/// # Errors
/// When the sizes do not fit; a validated configuration's do.
pub fn build(
    graph: &mut Graph,
    config: &SourceFilterConfig,
    mel: TensorId,
) -> Result<TensorId, GraphError> {
    let channels = config.channels;
    let controls = config.source.channels(graph.shape(mel).c);
    let convolution = |channels, kernel, dilation| Conv1d {
        channels,
        kernel,
        dilation,
    };
    let mut x = graph.conv1d(
        "conv_pre",
        mel,
        convolution(channels, FIRST_KERNEL, 1),
        Activation::Identity,
        Epilogue::NONE,
    )?;
    for (i, &dilation) in config.dilations.iter().enumerate() {
        let dilated = convolution(channels, config.kernel, dilation);
        x = graph.in_scope(&format!("blocks.{i}"), |graph| {
            let y = graph.conv1d("conv1", x, dilated, LEAKY_RELU, Epilogue::NONE)?;
            let pointwise = convolution(channels, 1, 1);
            graph.conv1d("conv2", y, pointwise, LEAKY_RELU, Epilogue::residual(x))
        })?;
    }
    let last = convolution(controls, LAST_KERNEL, 1);
    graph.conv1d("conv_post", x, last, LEAKY_RELU, Epilogue::NONE)
}

/// See [`super::receptive_frames`].
#[must_use]
pub fn receptive_frames(config: &SourceFilterConfig) -> usize {
    let dilated: usize = config.dilations.iter().sum();
    FIRST_KERNEL / 2 + dilated * (config.kernel / 2) + LAST_KERNEL / 2
}
