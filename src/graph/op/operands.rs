//! What all operations have in common: a name, operands, and which of them are overwritten.

use super::Op;
use crate::graph::tensor::TensorId;

impl Op {
    /// The kind of operation in snake case: the name of its kernel's file or entry point.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::MatMul { .. } => "matmul",
            Self::Conv1d { .. } => "conv1d",
            Self::Conv2d { .. } => "conv2d",
            Self::ConvTranspose1d { .. } => "conv_transpose1d",
            Self::ConvTranspose2d { .. } => "conv_transpose2d",
            Self::LayerNorm { .. } => "layer_norm",
            Self::StyleAdaptiveLayerNorm { .. } => "style_adaptive_layer_norm",
            Self::GroupNormPartial { .. } => "group_norm_partial",
            Self::GroupNormMerge { .. } => "group_norm_merge",
            Self::GroupNormStatistics { .. } => "group_norm_statistics",
            Self::GroupNormApply { .. } => "group_norm_apply",
            Self::AttentionWeights { .. } => "attention_weights",
            Self::AttentionMix { .. } => "attention_mix",
            Self::LinearAttentionStatistics { .. } => "linear_attention_statistics",
            Self::LinearAttentionContext { .. } => "linear_attention_context",
            Self::LinearAttentionApply { .. } => "linear_attention_apply",
            Self::Glu { .. } => "glu",
            Self::Add { .. } => "add",
            Self::Concat { .. } => "concat",
            Self::Embedding { .. } => "embedding",
            Self::AddPositions { .. } => "add_positions",
            Self::RegulateLength { .. } => "regulate_length",
            Self::Transport { .. } => "transport",
            Self::MaskedMean { .. } => "masked_mean",
            Self::TimeEmbedding { .. } => "time_embedding",
            Self::DiffusionStart { .. } => "diffusion_start",
            Self::Guide { .. } => "guide",
            Self::DiffusionUpdate { .. } => "diffusion_update",
            Self::AdvanceStep { .. } => "advance_step",
        }
    }

    /// The operands that are read, each with the name that the kernel's binding has. Operands that
    /// the node overwrites ([`Self::overwritten`]) are among them.
    #[must_use]
    pub fn operands(&self) -> Vec<(&'static str, TensorId)> {
        let mut list = Vec::new();
        let mut some = |name, tensor: Option<TensorId>| {
            if let Some(tensor) = tensor {
                list.push((name, tensor));
            }
        };
        match *self {
            Self::MatMul {
                x,
                weight,
                bias,
                epilogue,
                ..
            }
            | Self::Conv1d {
                x,
                weight,
                bias,
                epilogue,
                ..
            }
            | Self::Conv2d {
                x,
                weight,
                bias,
                epilogue,
                ..
            } => {
                some("x", Some(x));
                some("weight", Some(weight));
                some("bias", bias);
                some("gain", epilogue.gain);
                some("residual", epilogue.residual);
            }
            Self::ConvTranspose1d {
                x, weight, bias, ..
            }
            | Self::ConvTranspose2d {
                x, weight, bias, ..
            } => {
                some("x", Some(x));
                some("weight", Some(weight));
                some("bias", bias);
            }
            Self::LayerNorm { x, gamma, beta, .. } => {
                some("x", Some(x));
                some("gamma", Some(gamma));
                some("beta", Some(beta));
            }
            Self::StyleAdaptiveLayerNorm { x, affine, .. } => {
                some("x", Some(x));
                some("affine", Some(affine));
            }
            Self::GroupNormMerge { partial, .. } => some("partial", Some(partial)),
            Self::GroupNormPartial { x, .. }
            | Self::GroupNormStatistics { x, .. }
            | Self::AddPositions { x }
            | Self::MaskedMean { x } => some("x", Some(x)),
            Self::GroupNormApply {
                x,
                statistics,
                gamma,
                beta,
                shift,
                ..
            } => {
                some("x", Some(x));
                some("statistics", Some(statistics));
                some("gamma", Some(gamma));
                some("beta", Some(beta));
                some("shift", shift);
            }
            Self::AttentionWeights { query, key, .. } => {
                some("query", Some(query));
                some("key", Some(key));
            }
            Self::AttentionMix { weights, value } => {
                some("weights", Some(weights));
                some("value", Some(value));
            }
            Self::LinearAttentionStatistics { qkv, .. } => some("qkv", Some(qkv)),
            Self::LinearAttentionContext { qkv, statistics } => {
                some("qkv", Some(qkv));
                some("statistics", Some(statistics));
            }
            Self::LinearAttentionApply { qkv, context } => {
                some("qkv", Some(qkv));
                some("context", Some(context));
            }
            Self::Glu { x, residual } => {
                some("x", Some(x));
                some("residual", Some(residual));
            }
            Self::Add { a, b, .. } | Self::Concat { a, b } => {
                some("a", Some(a));
                some("b", Some(b));
            }
            Self::Embedding { ids, table } => {
                some("ids", Some(ids));
                some("table", Some(table));
            }
            Self::RegulateLength { x, index } => {
                some("x", Some(x));
                some("index", Some(index));
            }
            Self::Transport { x, map, offset } => {
                some("x", Some(x));
                some("map", Some(map));
                some("offset", Some(offset));
            }
            Self::TimeEmbedding { table, step, .. } => {
                some("table", Some(table));
                some("step", Some(step));
            }
            Self::DiffusionStart {
                mean,
                seeds,
                deviation,
            } => {
                some("mean", Some(mean));
                some("seeds", Some(seeds));
                some("deviation", Some(deviation));
            }
            Self::Guide {
                network,
                null_network,
                guidance,
            } => {
                some("network", Some(network));
                some("null_network", Some(null_network));
                some("guidance", Some(guidance));
            }
            Self::DiffusionUpdate {
                state,
                clean,
                mean,
                network,
                table,
                step,
                seeds,
            } => {
                some("state", Some(state));
                some("clean", Some(clean));
                some("mean", Some(mean));
                some("network", Some(network));
                some("table", Some(table));
                some("step", Some(step));
                some("seeds", Some(seeds));
            }
            Self::AdvanceStep { step } => some("step", Some(step)),
        }
        list
    }

    /// Operands whose buffers the outputs always take, in the order of the node's outputs: the
    /// loop-carried state of the reverse diffusion.
    #[must_use]
    pub fn overwritten(&self) -> Vec<TensorId> {
        match *self {
            Self::DiffusionUpdate { state, clean, .. } => vec![state, clean],
            Self::AdvanceStep { step } => vec![step],
            _ => Vec::new(),
        }
    }

    /// The operand whose buffer the output may take when nothing reads that operand afterwards.
    #[must_use]
    pub const fn may_overwrite(&self) -> Option<TensorId> {
        match *self {
            Self::Add { a, .. } => Some(a),
            Self::AddPositions { x } | Self::GroupNormApply { x, .. } => Some(x),
            _ => None,
        }
    }
}
