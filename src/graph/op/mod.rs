//! The operations: what each computes, on which operands.
//!
//! One node is one dispatch of one kernel. The documentation of each variant is its definition: the
//! kernel in `shaders/`, the oracle and the shape rule in [`super::builder`] all follow it.
//! Notation: `y[n, c, h, w]` is the output; sums run over what is not on the left-hand side; reading
//! outside a tensor's rows or columns gives zero; columns beyond the valid ones are written as zero.

mod operands;

use super::tensor::TensorId;

/// Index of a node in its graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(crate) u32);

impl NodeId {
    /// Position in [`super::Graph::nodes`].
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A pointwise function. All of them map zero to zero, so they keep the promise about masked columns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Activation {
    /// `x`
    Identity,
    /// `max(x, 0)`
    Relu,
    /// `x` where positive, `slope * x` elsewhere
    LeakyRelu(f32),
    /// `x * tanh(ln(1 + e^x))` (Misra 2019, arXiv 1908.08681)
    Mish,
    /// `tanh(x)`
    Tanh,
    /// `x / (1 + e^-x)` (Elfwing, Uchibe and Doya 2017, arXiv 1702.03118)
    Silu,
}

/// What a product or convolution does to its sum before storing it:
/// `y = gain * activation(sum + bias) + residual`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Epilogue {
    /// Applied after the bias.
    pub activation: Activation,
    /// One-element weight multiplied in after the activation (Rezero).
    pub gain: Option<TensorId>,
    /// Added last; same shape as the output.
    pub residual: Option<TensorId>,
}

impl Epilogue {
    /// Store the sum (plus bias) as it is.
    pub const NONE: Self = Self {
        activation: Activation::Identity,
        gain: None,
        residual: None,
    };

    /// Only an activation.
    #[must_use]
    pub const fn activation(activation: Activation) -> Self {
        Self {
            activation,
            ..Self::NONE
        }
    }

    /// Only a residual.
    #[must_use]
    pub const fn residual(residual: TensorId) -> Self {
        Self {
            residual: Some(residual),
            ..Self::NONE
        }
    }
}

/// An operation with its operands.
#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    /// Matrix product, the same for a linear layer and a convolution of kernel size 1:
    /// `y[n, o, h, w] = epilogue(bias[o] + sum_c weight[o, c] * prologue(x[n, c, h, w]))`.
    MatMul {
        /// `[n, c, h, w]`
        x: TensorId,
        /// Weight `[o, c, 1, 1]`
        weight: TensorId,
        /// Weight `[o, 1, 1, 1]`
        bias: Option<TensorId>,
        /// Applied to `x` as it is read.
        prologue: Activation,
        /// Applied to the sum.
        epilogue: Epilogue,
    },
    /// Convolution along the columns, stride 1:
    /// `y[n, o, 0, w] = epilogue(bias[o] + sum_{c, k} weight[o, c, 0, k] * prologue(x[n, c, 0, w + k * dilation - padding]))`.
    Conv1d {
        /// `[n, c, 1, w]`
        x: TensorId,
        /// Weight `[o, c, 1, k]`
        weight: TensorId,
        /// Weight `[o, 1, 1, 1]`
        bias: Option<TensorId>,
        /// Distance between taps.
        dilation: usize,
        /// Zeros assumed on both sides.
        padding: usize,
        /// Applied to `x` as it is read.
        prologue: Activation,
        /// Applied to the sum.
        epilogue: Epilogue,
    },
    /// Convolution along rows and columns, the same stride and padding in both:
    /// `y[n, o, h, w] = epilogue(bias[o] + sum_{c, i, k} weight[o, c, i, k] * x[n, c, h * stride + i - padding, w * stride + k - padding])`.
    Conv2d {
        /// `[n, c, h, w]`
        x: TensorId,
        /// Weight `[o, c, kh, kw]`
        weight: TensorId,
        /// Weight `[o, 1, 1, 1]`
        bias: Option<TensorId>,
        /// Step in both directions.
        stride: usize,
        /// Zeros assumed on all sides.
        padding: usize,
        /// Applied to the sum.
        epilogue: Epilogue,
    },
    /// Transposed convolution along the columns (`PyTorch`'s `ConvTranspose1d`); the output has
    /// `(w - 1) * stride + k - 2 * padding` columns:
    /// `y[n, o, 0, t] = bias[o] + sum weight[c, o, 0, k] * prologue(x[n, c, 0, w])` over all `w, k` with `w * stride + k - padding = t`.
    ConvTranspose1d {
        /// `[n, c, 1, w]`
        x: TensorId,
        /// Weight `[c, o, 1, k]` (input channels first, as `PyTorch` stores it)
        weight: TensorId,
        /// Weight `[o, 1, 1, 1]`
        bias: Option<TensorId>,
        /// Upsampling factor.
        stride: usize,
        /// Columns cut from both sides of the full result.
        padding: usize,
        /// Applied to `x` as it is read.
        prologue: Activation,
    },
    /// Transposed convolution along rows and columns (`PyTorch`'s `ConvTranspose2d`), cropped at the
    /// end to the rows, columns and lengths of another tensor:
    /// `y[n, o, r, t] = bias[o] + sum weight[c, o, i, k] * x[n, c, h, w]` over all `h * stride + i - padding = r`, `w * stride + k - padding = t`.
    ConvTranspose2d {
        /// `[n, c, h, w]`
        x: TensorId,
        /// Weight `[c, o, kh, kw]` (input channels first, as `PyTorch` stores it)
        weight: TensorId,
        /// Weight `[o, 1, 1, 1]`
        bias: Option<TensorId>,
        /// Upsampling factor in both directions.
        stride: usize,
        /// Rows and columns cut from all sides of the full result.
        padding: usize,
    },
    /// Layer normalisation over the channels of each column:
    /// `y = gamma[c] * (x - mean_c) / sqrt(variance_c + eps) + beta[c]`, biased variance.
    LayerNorm {
        /// `[n, c, 1, w]`
        x: TensorId,
        /// Weight `[c, 1, 1, 1]`
        gamma: TensorId,
        /// Weight `[c, 1, 1, 1]`
        beta: TensorId,
        /// Added to the variance.
        eps: f32,
    },
    /// Style-adaptive layer normalisation (Meta-StyleSpeech, arXiv 2106.03153): as [`Op::LayerNorm`]
    /// with `gamma[c] = affine[n, c]` and `beta[c] = affine[n, channels + c]` predicted from the style.
    StyleAdaptiveLayerNorm {
        /// `[n, c, 1, w]`
        x: TensorId,
        /// `[n, 2c, 1, 1]`
        affine: TensorId,
        /// Added to the variance.
        eps: f32,
    },
    /// First stage of the long group normalisation: over each chunk of the group's valid elements,
    /// `y[n, g, 0, k, ..] = (mean, sum of squared deviations, count)` stored as
    /// `[n, groups, chunks, 3]`. A group's valid elements are numbered in the order (channel, row,
    /// column) over the *full* tensor, and chunk `k` covers the elements `k * chunk .. (k + 1) * chunk`
    /// of that numbering, skipping masked columns.
    GroupNormPartial {
        /// `[n, c, h, w]`
        x: TensorId,
        /// Number of groups; divides `c`.
        groups: usize,
        /// Elements of a group that one workgroup reduces.
        chunk: usize,
    },
    /// Second stage of the long group normalisation: merges the chunks of
    /// [`Op::GroupNormPartial`] into `y[n, g, 0] = (mean, 1 / sqrt(variance + eps))`, shape
    /// `[n, groups, 1, 2]`, biased variance.
    GroupNormMerge {
        /// `[n, groups, chunks, 3]`
        partial: TensorId,
        /// Added to the variance.
        eps: f32,
    },
    /// Statistics of a short group normalisation in one stage: `[n, groups, 1, 2]` with
    /// `(mean, 1 / sqrt(variance + eps))` over the group's channels, rows and valid columns.
    GroupNormStatistics {
        /// `[n, c, h, w]`
        x: TensorId,
        /// Number of groups; divides `c`.
        groups: usize,
        /// Added to the variance.
        eps: f32,
    },
    /// Last stage of the group normalisation, with its epilogue:
    /// `y = activation(gamma[c] * (x - mean_g) * rstd_g + beta[c]) + shift[n, c]`
    /// (the shift is the time embedding of a U-Net block).
    GroupNormApply {
        /// `[n, c, h, w]`
        x: TensorId,
        /// `[n, groups, 1, 2]`
        statistics: TensorId,
        /// Weight `[c, 1, 1, 1]`
        gamma: TensorId,
        /// Weight `[c, 1, 1, 1]`
        beta: TensorId,
        /// `[n, c, 1, 1]`
        shift: Option<TensorId>,
        /// Applied after the affine map.
        activation: Activation,
    },
    /// Attention weights of all heads:
    /// `y[n, head, q, k] = softmax_k(scale * sum_d query[n, head * dim + d, q] * key[n, head * dim + d, k])`
    /// over the valid keys; zero for masked keys and for masked queries. Shape `[n, heads, wq, wk]`.
    AttentionWeights {
        /// `[n, heads * dim, 1, wq]`
        query: TensorId,
        /// `[n, heads * dim, 1, wk]`
        key: TensorId,
        /// Number of heads.
        heads: usize,
        /// Multiplies the scores.
        scale: f32,
    },
    /// Attention output: `y[n, head * dim + d, 0, q] = sum_k weights[n, head, q, k] * value[n, head * dim + d, 0, k]`.
    AttentionMix {
        /// `[n, heads, wq, wk]`
        weights: TensorId,
        /// `[n, heads * dim, 1, wk]`
        value: TensorId,
    },
    /// Softmax statistics over all rows and valid columns of the key channels of a linear attention:
    /// `y[n, head * dim + d, 0] = (max, 1 / sum exp(key - max))`, shape `[n, heads * dim, 1, 2]`.
    /// `qkv` holds queries, keys and values, each `heads * dim` channels, in this order.
    LinearAttentionStatistics {
        /// `[n, 3 * heads * dim, h, w]`
        qkv: TensorId,
        /// Number of heads.
        heads: usize,
    },
    /// Context of a linear attention (Shen et al., arXiv 1812.01243):
    /// `y[n, head, d, e] = sum_{h, w} softmax(key)[d, h, w] * value[e, h, w]` over valid columns, shape `[n, heads, dim, dim]`.
    LinearAttentionContext {
        /// `[n, 3 * heads * dim, h, w]`
        qkv: TensorId,
        /// `[n, heads * dim, 1, 2]`
        statistics: TensorId,
    },
    /// Output of a linear attention:
    /// `y[n, head * dim + e, h, w] = sum_d context[n, head, d, e] * query[n, head * dim + d, h, w]`.
    LinearAttentionApply {
        /// `[n, 3 * heads * dim, h, w]`
        qkv: TensorId,
        /// `[n, heads, dim, dim]`
        context: TensorId,
    },
    /// Gated linear unit with residual (the end of a Conv1d-GLU):
    /// `y[n, c] = residual[n, c] + x[n, c] * sigmoid(x[n, channels + c])`.
    Glu {
        /// `[n, 2c, 1, w]`
        x: TensorId,
        /// `[n, c, 1, w]`
        residual: TensorId,
    },
    /// Scaled sum: `y = scale * (a + b)`, where `b` may be a vector `[n, c, 1, 1]` added to every column.
    Add {
        /// `[n, c, h, w]`
        a: TensorId,
        /// `[n, c, h, w]` or `[n, c, 1, 1]`
        b: TensorId,
        /// Multiplies the sum.
        scale: f32,
    },
    /// Channels of `a`, then channels of `b`.
    Concat {
        /// `[n, ca, h, w]`
        a: TensorId,
        /// `[n, cb, h, w]`
        b: TensorId,
    },
    /// `y[n, c, 0, w] = table[ids[n, 0, 0, w], c]`; an id outside the table gives NaN, never a neighbour.
    Embedding {
        /// `u32 [n, 1, 1, w]`
        ids: TensorId,
        /// Weight `[symbols, c, 1, 1]`
        table: TensorId,
    },
    /// Sinusoidal positions (Vaswani et al., arXiv 1706.03762):
    /// `y[n, c, 0, w] = x + (c even ? sin : cos)(w / 10000^(2 * floor(c / 2) / channels))`.
    AddPositions {
        /// `[n, c, 1, w]`
        x: TensorId,
    },
    /// Length regulation: `y[n, c, 0, w] = x[n, c, 0, index[n, 0, 0, w]]`; an index outside `x` gives NaN.
    RegulateLength {
        /// `[n, c, 1, tokens]`
        x: TensorId,
        /// `u32 [n, 1, 1, frames]`: the token of each frame
        index: TensorId,
    },
    /// Affine map of the channels, one for each item, as moves the frames of a mean mel to where a
    /// voice has its own: `y[n, o, 0, w] = offset[n, o] + sum_c map[n, 0, o, c] * x[n, c, 0, w]`.
    Transport {
        /// `[n, c, 1, w]`
        x: TensorId,
        /// `[n, 1, o, c]`
        map: TensorId,
        /// `[n, o, 1, 1]`
        offset: TensorId,
    },
    /// Mean over the valid columns: `[n, c, 1, 1]`.
    MaskedMean {
        /// `[n, c, 1, w]`
        x: TensorId,
    },
    /// Sinusoidal time embedding of the current solver step, the same for
    /// every item, shape `[n, dim, 1, 1]`:
    /// with `half = dim / 2`, `f_k = exp(-k * ln(10000) / (half - 1))` and
    /// `u = scale * table[step].time`, `y[k] = sin(u * f_k)`, `y[half + k] = cos(u * f_k)`.
    TimeEmbedding {
        /// Solver table `[1, 1, steps, 8]`, see [`Op::DiffusionUpdate`]
        table: TensorId,
        /// `u32 [1, 1, 1, 1]`: the current row
        step: TensorId,
        /// Even, at least 4.
        dim: usize,
        /// Multiplies the time (1000 in Grad-TTS).
        scale: f32,
    },
    /// Start of the reverse diffusion: `y = mean + deviation * z`, `z` standard normal from the
    /// counter-based generator ([`Op::DiffusionUpdate`]) with stream 0.
    DiffusionStart {
        /// `[n, c, h, w]`
        mean: TensorId,
        /// `u32 [1, 1, n, 2]`: a 64-bit seed for each item, low word first
        seeds: TensorId,
        /// `f32 [1, 1, 1, 1]`: standard deviation (the temperature)
        deviation: TensorId,
    },
    /// Classifier-free guidance (Ho and Salimans, arXiv 2207.12598):
    /// `y = null_network + guidance * (network - null_network)`. What a network predicts (score, noise
    /// or v) is an affine function of the clean estimate, and the two factors add up to 1: the clean
    /// estimates are combined in the same way.
    Guide {
        /// `[n, c, h, w]`: output of the score network with the styles
        network: TensorId,
        /// `[n, c, h, w]`: its output with the style that stands for none
        null_network: TensorId,
        /// `f32 [1, 1, 1, 1]`: 1 is no guidance, more is further away from no style
        guidance: TensorId,
    },
    /// One step of any solver, in place. With `D = state - mean` and row `table[step]` =
    /// `(time, p, q, a, b, c, noise, clip)`:
    /// `clean' = clamp(p * D + q * network, -clip, clip)`,
    /// `D' = a * D + b * clean' + c * clean + noise * z`, `state' = mean + D'`.
    /// Outputs: `state'`, `clean'`, which take the places of `state` and `clean`.
    /// `z` is standard normal: Philox 4x32-10 (Salmon et al., SC'11) with the item's seed as key and
    /// `(column, channel * rows + row, step + 1, 0)` as counter (third word 0 for
    /// [`Op::DiffusionStart`]), first two words through Box-Muller:
    /// `z = sqrt(-2 ln u1) * cos(2 pi u2)`, `u = (word >> 8 + 0.5) / 2^24`. So noise depends neither on
    /// the batch, nor on padding, nor on the adapter. A step beyond the table gives NaN (the oracle
    /// refuses it).
    DiffusionUpdate {
        /// `[n, c, h, w]`
        state: TensorId,
        /// `[n, c, h, w]`: previous clean estimate
        clean: TensorId,
        /// `[n, c, h, w]`
        mean: TensorId,
        /// `[n, c, h, w]`: output of the score network
        network: TensorId,
        /// Solver table `[1, 1, steps, 8]`
        table: TensorId,
        /// `u32 [1, 1, 1, 1]`
        step: TensorId,
        /// `u32 [1, 1, n, 2]`
        seeds: TensorId,
    },
    /// `step + 1`, in place: lets one recorded plan run every step of the loop.
    AdvanceStep {
        /// `u32 [1, 1, 1, 1]`
        step: TensorId,
    },
}

/// A node: an operation and the tensors that it defines.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Scope and operation, as in `score_unet.downs.0.0.block1.block.0`.
    pub name: String,
    /// What is computed.
    pub op: Op,
    /// What it defines (one tensor, two for [`Op::DiffusionUpdate`]).
    pub outputs: Vec<TensorId>,
}
