//! Feed-forward transformer blocks (FFT blocks of `FastSpeech`), as Meta-StyleSpeech has them.

use crate::graph::{Activation, Conv1d, Epilogue, Graph, GraphError, TensorId};

/// Sizes of a stack of blocks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Blocks {
    /// Blocks.
    pub(super) layers: usize,
    /// Attention heads.
    pub(super) heads: usize,
    /// Channels inside the feed-forward layer.
    pub(super) ffn: usize,
    /// Taps of its first convolution.
    pub(super) ffn_kernel: usize,
    /// Its activation.
    pub(super) activation: Activation,
}

/// What normalises after each half of a block.
#[derive(Debug, Clone, Copy)]
pub(super) enum Norm {
    /// Layer norm with its own gain and bias.
    Layer,
    /// Layer norm with gain and bias from this style vector `[n, style, 1, 1]`.
    StyleAdaptive(TensorId),
}

impl Norm {
    fn apply(self, graph: &mut Graph, name: &str, x: TensorId) -> Result<TensorId, GraphError> {
        match self {
            Self::Layer => graph.layer_norm(name, x),
            Self::StyleAdaptive(style) => graph.style_adaptive_layer_norm(name, x, style),
        }
    }
}

/// `blocks.0`, `blocks.1`, ...: each `x = norm(x + attention(x))`, then `x = norm(x + ffn(x))`.
pub(super) fn blocks(
    graph: &mut Graph,
    sizes: Blocks,
    norm: Norm,
    x: TensorId,
) -> Result<TensorId, GraphError> {
    (0..sizes.layers).try_fold(x, |x, i| {
        graph.in_scope(&format!("blocks.{i}"), |graph| {
            let x = self_attention(graph, x, sizes.heads)?;
            let x = norm.apply(graph, "attention_norm", x)?;
            let x = feed_forward(graph, sizes, x)?;
            norm.apply(graph, "ffn_norm", x)
        })
    })
}

/// `x + attention(x)` with scores divided by the root of all channels, not of one head's (as in
/// Meta-StyleSpeech's code).
pub(super) fn self_attention(
    graph: &mut Graph,
    x: TensorId,
    heads: usize,
) -> Result<TensorId, GraphError> {
    let channels = graph.shape(x).c;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a scale in the kernels' precision"
    )]
    let scale = (1.0 / (channels as f64).sqrt()) as f32;
    graph.in_scope("attention", |graph| {
        let mut project =
            |name| graph.linear(name, x, channels, Activation::Identity, Epilogue::NONE);
        let (query, key, value) = (project("query")?, project("key")?, project("value")?);
        let mixed = graph.attention("heads", query, key, value, heads, scale)?;
        graph.linear(
            "output",
            mixed,
            channels,
            Activation::Identity,
            Epilogue::residual(x),
        )
    })
}

/// `x + conv2(activation(conv1(x)))`.
fn feed_forward(graph: &mut Graph, sizes: Blocks, x: TensorId) -> Result<TensorId, GraphError> {
    let channels = graph.shape(x).c;
    graph.in_scope("ffn", |graph| {
        let conv1 = Conv1d {
            channels: sizes.ffn,
            kernel: sizes.ffn_kernel,
            dilation: 1,
        };
        let activation = Epilogue::activation(sizes.activation);
        let wide = graph.conv1d("conv1", x, conv1, Activation::Identity, activation)?;
        graph.linear(
            "conv2",
            wide,
            channels,
            Activation::Identity,
            Epilogue::residual(x),
        )
    })
}
