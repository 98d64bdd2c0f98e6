//! Multi-head attention and the linear attention of the U-Net.

use super::dispatch::{Dispatch, Lowered, Operand, Scalar};
use super::node::Lowering;
use super::software;
use super::source::{Source, sources};
use crate::graph::{Attention, LinearAttention, Shape};

pub(super) const KERNELS: &[Source] = sources!(
    "attention",
    [
        "attention_mix",
        "attention_weights",
        "linear_attention_apply",
        "linear_attention_context",
        "linear_attention_statistics",
    ]
);

/// Of an exponential, as most adapters compute it.
const EXP_FLOPS: u64 = 8;

/// The weights of all keys for all queries, then the values mixed by them.
pub(super) fn softmax(attention: &Attention, node: &Lowering<'_>) -> Lowered {
    let (query, key) = (node.shape(attention.query), node.shape(attention.key));
    let weights = Shape::new(query.n, attention.heads, query.w, key.w);
    let dispatches = vec![
        weigh(attention, node, weights),
        mix(attention, node, weights),
    ];
    Lowered::stages(dispatches, vec![weights])
}

fn weigh(attention: &Attention, node: &Lowering<'_>, weights: Shape) -> Dispatch {
    let heads = weights.n * weights.c;
    let dim = node.shape(attention.query).c / weights.c;
    let operands = [
        ("query", attention.query.into()),
        ("key", attention.key.into()),
        ("y", Operand::Scratch(0)),
    ];
    let mut dispatch = node
        .stage("attention_weights", operands)
        .size("heads_total", heads)
        .size("heads", weights.c)
        .size("dim", dim)
        .size("queries", weights.h)
        .size("keys", weights.w)
        .number("scale", attention.scale)
        .tiles(
            heads,
            &[("QUERIES", weights.h)],
            weights.elements(),
            2 * dim as u64 + EXP_FLOPS,
        );
    let lengths = node.graph.tensor(attention.query).lengths;
    let (numerator, denominator) =
        lengths.map_or((1, 1), |lengths| (lengths.numerator, lengths.denominator));
    dispatch = dispatch
        .param("query_lengths_numerator", Scalar::U32(numerator))
        .param("query_lengths_denominator", Scalar::U32(denominator));
    if let Some(lengths) = lengths {
        let lengths = lengths.tensor.into();
        dispatch.operands.push(("query_lengths", lengths));
    }
    node.valid_columns_of(attention.key, dispatch)
}

fn mix(attention: &Attention, node: &Lowering<'_>, weights: Shape) -> Dispatch {
    let heads = weights.n * weights.c;
    let dim = node.output().c / weights.c;
    let operands = [
        ("weights", Operand::Scratch(0)),
        ("value", attention.value.into()),
        ("y", node.output_id().into()),
    ];
    node.stage("attention_mix", operands)
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

/// The keys' softmax statistics, `(max, 1 / sum exp(key - max))` of each channel; the context; and what
/// the queries make of it.
pub(super) fn linear(attention: &LinearAttention, node: &Lowering<'_>) -> Lowered {
    let qkv = node.shape(attention.qkv);
    let inner = qkv.c / 3;
    let dim = inner / attention.heads;
    let context = Shape::new(qkv.n, attention.heads, dim, dim);
    let dispatches = vec![
        statistics(attention, node),
        contexts(attention, node, context),
        apply(attention, node, context),
    ];
    Lowered::stages(dispatches, vec![Shape::new(qkv.n, inner, 1, 2), context])
}

fn statistics(attention: &LinearAttention, node: &Lowering<'_>) -> Dispatch {
    let shape = node.shape(attention.qkv);
    let channels = shape.c / 3;
    let kernel = software::attention::statistics(node.capabilities, shape)
        .unwrap_or("linear_attention_statistics");
    let operands = [("qkv", attention.qkv.into()), ("y", Operand::Scratch(0))];
    let dispatch = node
        .stage(kernel, operands)
        .reading("qkv", shape.elements() / 3)
        .size("items", shape.n)
        .size("channels", channels)
        .size("rows", shape.h)
        .size("columns", shape.w)
        .tiles(shape.n * channels, &[], shape.elements() / 3, 3 + EXP_FLOPS);
    node.valid_columns_of(attention.qkv, dispatch)
}

fn contexts(attention: &LinearAttention, node: &Lowering<'_>, context: Shape) -> Dispatch {
    let shape = node.shape(attention.qkv);
    let dim = context.w;
    let kernel = software::attention::context(node.capabilities, shape, context)
        .unwrap_or("linear_attention_context");
    let operands = [
        ("qkv", attention.qkv.into()),
        ("statistics", Operand::Scratch(0)),
        ("y", Operand::Scratch(1)),
    ];
    let dispatch = node
        .stage(kernel, operands)
        .reading("qkv", 2 * shape.elements() / 3)
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
    node.valid_columns_of(attention.qkv, dispatch)
}

fn apply(attention: &LinearAttention, node: &Lowering<'_>, context: Shape) -> Dispatch {
    let shape = node.output();
    let dim = context.w;
    let positions = shape.h * shape.w;
    let operands = [
        ("qkv", attention.qkv.into()),
        ("context", Operand::Scratch(1)),
        ("y", node.output_id().into()),
    ];
    if let Some(dispatch) = software::attention::apply(node, operands, context) {
        return dispatch.reading("qkv", shape.elements());
    }
    node.stage("linear_attention_apply", operands)
        .reading("qkv", shape.elements())
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
