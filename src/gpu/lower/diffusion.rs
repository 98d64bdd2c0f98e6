//! The reverse diffusion.

use super::{Dispatch, Lowering};
use crate::graph::TensorId;

/// Ten rounds of Philox in 16-bit halves, a logarithm and a cosine.
const NOISE_FLOPS: u64 = 300;

pub(super) fn time_embedding(
    node: &Lowering<'_>,
    table: TensorId,
    dim: usize,
    scale: f32,
) -> Dispatch {
    let elements = node.output().elements();
    node.dispatch("time_embedding")
        .size("elements", elements)
        .size("dim", dim)
        .size("steps", node.shape(table).h)
        .number("scale", scale)
        .number("octaves_per_frequency", octaves_per_frequency(dim))
        .invocations(elements, 30)
}

/// `10000^(-1 / (dim / 2 - 1))` as a power of two, rounded once.
fn octaves_per_frequency(dim: usize) -> f32 {
    #[allow(
        clippy::cast_possible_truncation,
        reason = "a few octaves, rounded to the precision of the kernel"
    )]
    let octaves = (-10_000_f64.log2() / (dim / 2 - 1) as f64) as f32;
    octaves
}

pub(super) fn start(node: &Lowering<'_>) -> Dispatch {
    state(node, node.dispatch("diffusion_start"))
}

pub(super) fn guide(node: &Lowering<'_>) -> Dispatch {
    let elements = node.output().elements();
    node.dispatch("guide")
        .size("elements", elements)
        .rows(1, elements, 3)
}

pub(super) fn update(node: &Lowering<'_>, table: TensorId) -> Dispatch {
    let dispatch = node
        .dispatch("diffusion_update")
        .size("steps", node.shape(table).h);
    state(node, dispatch)
}

/// One row for each row of the state, masked like it.
fn state(node: &Lowering<'_>, dispatch: Dispatch) -> Dispatch {
    let y = node.output();
    let rows_per_item = y.c * y.h;
    let dispatch = dispatch
        .size("rows", y.n * rows_per_item)
        .size("columns", y.w)
        .size("rows_per_item", rows_per_item)
        .rows(y.n * rows_per_item, y.w, NOISE_FLOPS);
    node.valid_columns_of(node.node.outputs[0], dispatch)
}

pub(super) fn advance_step(node: &Lowering<'_>) -> Dispatch {
    node.dispatch("advance_step").invocations(1, 1)
}
