//! Layer, style-adaptive and group normalisation.

use super::{Dispatch, Lowering};
use crate::graph::{Activation, TensorId};

/// Subtract, square and add for the variance, subtract, multiply and add for the result, sum.
const NORM_FLOPS: u64 = 7;

/// Sum, subtract, square, add.
const MOMENTS_FLOPS: u64 = 4;

/// Affine map, and a pointwise function of about ten operations.
const APPLY_FLOPS: u64 = 13;

/// Either entry point of the layer norm: they differ in where scale and shift come from.
pub(super) fn layer(node: &Lowering<'_>, entry: &'static str, x: TensorId, eps: f32) -> Dispatch {
    let shape = node.shape(x);
    let mut dispatch = node
        .dispatch("layer_norm")
        .size("items", shape.n)
        .size("channels", shape.c)
        .size("columns", shape.w)
        .number("eps", eps)
        .tiles(shape.n, &[("TILE", shape.w)], shape.elements(), NORM_FLOPS);
    dispatch.entry = entry;
    node.valid_columns_of(x, dispatch)
}

pub(super) fn group_statistics(
    node: &Lowering<'_>,
    x: TensorId,
    groups: usize,
    eps: f32,
) -> Dispatch {
    let shape = node.shape(x);
    let group = shape.c / groups * shape.h * shape.w;
    moments(node, x, groups, group, eps)
}

pub(super) fn group_partial(
    node: &Lowering<'_>,
    x: TensorId,
    groups: usize,
    chunk: usize,
) -> Dispatch {
    // The partial moments do not use the epsilon; it is added when they are merged.
    let mut dispatch = moments(node, x, groups, chunk, 0.0);
    dispatch.entry = "partial";
    dispatch
}

/// Moments of the groups of `x` in chunks of this many elements.
fn moments(node: &Lowering<'_>, x: TensorId, groups: usize, chunk: usize, eps: f32) -> Dispatch {
    let shape = node.shape(x);
    let elements = shape.c / groups * shape.h * shape.w;
    let chunks = elements.div_ceil(chunk);
    let total = shape.n * groups * chunks;
    let kernel = if node.takes_pairs(shape) && chunk.is_multiple_of(2) {
        "group_norm_statistics_pairs"
    } else {
        "group_norm_statistics"
    };
    let dispatch = node
        .dispatch(kernel)
        .size("chunks_total", total)
        .size("groups", groups)
        .size("chunks", chunks)
        .size("chunk", chunk)
        .size("elements", elements)
        .size("columns", shape.w)
        .number("eps", eps)
        .tiles(total, &[], shape.elements(), MOMENTS_FLOPS);
    node.valid_columns_of(x, dispatch)
}

pub(super) fn group_merge(node: &Lowering<'_>, partial: TensorId, eps: f32) -> Dispatch {
    let shape = node.shape(partial);
    let groups = shape.n * shape.c;
    node.dispatch("group_norm_merge")
        .size("groups", groups)
        .size("chunks", shape.h)
        .number("eps", eps)
        .invocations(groups, 10 * shape.h as u64)
}

pub(super) fn group_apply(
    node: &Lowering<'_>,
    statistics: TensorId,
    activation: Activation,
) -> Dispatch {
    let shape = node.output();
    let rows = shape.n * shape.c * shape.h;
    let groups = node.shape(statistics).c;
    let pairs = node.takes_pairs(shape);
    let kernel = if pairs {
        "group_norm_apply_pairs"
    } else {
        "group_norm_apply"
    };
    let dispatch = node
        .dispatch(kernel)
        .activation("ACTIVATION", "slope", activation)
        .size("rows", rows)
        .size("columns", shape.w)
        .size("channels", shape.c)
        .size("rows_per_channel", shape.h)
        .size("rows_per_group", shape.c / groups * shape.h);
    let dispatch = if pairs {
        dispatch.tiles(1, &[("ROWS", rows)], shape.elements(), APPLY_FLOPS)
    } else {
        dispatch.rows(rows, shape.w, APPLY_FLOPS)
    };
    node.valid_columns_of(node.node.outputs[0], dispatch)
}
