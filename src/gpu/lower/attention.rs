//! Multi-head attention and the linear attention of the U-Net.

use super::{Dispatch, Lowering, Scalar, lanes};
use crate::graph::TensorId;

/// Of an exponential, as most adapters compute it.
const EXP_FLOPS: u64 = 8;

pub(super) fn weights(node: &Lowering<'_>, query: TensorId, key: TensorId, scale: f32) -> Dispatch {
    let shape = node.output();
    let heads = shape.n * shape.c;
    let dim = node.shape(query).c / shape.c;
    let mut dispatch = node
        .dispatch("attention_weights")
        .size("heads_total", heads)
        .size("heads", shape.c)
        .size("dim", dim)
        .size("queries", shape.h)
        .size("keys", shape.w)
        .number("scale", scale)
        .tiles(
            heads,
            &[("QUERIES", shape.h)],
            shape.elements(),
            2 * dim as u64 + EXP_FLOPS,
        );
    let lengths = node.graph.tensor(query).lengths;
    let (numerator, denominator) =
        lengths.map_or((1, 1), |lengths| (lengths.numerator, lengths.denominator));
    dispatch = dispatch
        .param("query_lengths_numerator", Scalar::U32(numerator))
        .param("query_lengths_denominator", Scalar::U32(denominator));
    if let Some(lengths) = lengths {
        dispatch.operands.push(("query_lengths", lengths.tensor));
    }
    node.valid_columns_of(key, dispatch)
}

pub(super) fn mix(node: &Lowering<'_>, weights: TensorId, value: TensorId) -> Dispatch {
    let (weights, value) = (node.shape(weights), node.shape(value));
    let heads = weights.n * weights.c;
    let dim = value.c / weights.c;
    node.dispatch("attention_mix")
        .size("heads_total", heads)
        .size("dim", dim)
        .size("queries", weights.h)
        .size("keys", weights.w)
        .tiles(
            heads,
            &[("TILE", dim), ("TILE", weights.h)],
            weights.elements(),
            2 * dim as u64,
        )
}

pub(super) fn linear_statistics(node: &Lowering<'_>, qkv: TensorId) -> Dispatch {
    let shape = node.shape(qkv);
    let channels = shape.c / 3;
    let kernel = if node.takes_pairs(shape) {
        "linear_attention_statistics_pairs"
    } else {
        "linear_attention_statistics"
    };
    let dispatch = node
        .dispatch(kernel)
        .size("items", shape.n)
        .size("channels", channels)
        .size("rows", shape.h)
        .size("columns", shape.w)
        .tiles(shape.n * channels, &[], shape.elements() / 3, 3 + EXP_FLOPS);
    node.valid_columns_of(qkv, dispatch)
}

pub(super) fn linear_context(node: &Lowering<'_>, qkv: TensorId) -> Dispatch {
    let (shape, context) = (node.shape(qkv), node.output());
    let dim = context.w;
    let kernel = if lanes::takes_context(node, shape, context) {
        "linear_attention_context_pairs"
    } else {
        "linear_attention_context"
    };
    let dispatch = node
        .dispatch(kernel)
        .size("items", shape.n)
        .size("heads", context.c)
        .size("dim", dim)
        .size("rows", shape.h)
        .size("columns", shape.w)
        .tiles(
            shape.n * context.c,
            &[("KEYS", dim), ("VALUES", dim)],
            shape.elements() / 3,
            2 * dim as u64 + EXP_FLOPS,
        );
    node.valid_columns_of(qkv, dispatch)
}

pub(super) fn linear_apply(node: &Lowering<'_>, context: TensorId) -> Dispatch {
    let (shape, context) = (node.output(), node.shape(context));
    let dim = context.w;
    let positions = shape.h * shape.w;
    if node.takes_pairs(shape) && dim.is_multiple_of(lanes::BLOCK) {
        return lanes::linear_attention_apply(node, context);
    }
    node.dispatch("linear_attention_apply")
        .size("items", shape.n)
        .size("heads", context.c)
        .size("dim", dim)
        .size("positions", positions)
        .tiles(
            shape.n * context.c,
            &[("CHANNELS", dim), ("POSITIONS", positions)],
            shape.elements(),
            2 * dim as u64,
        )
}
