//! The reverse diffusion.

use super::dispatch::Dispatch;
use super::node::Lowering;
use super::source::{Source, sources};
use crate::graph::{DiffusionUpdate, TimeEmbedding};

pub(super) const KERNELS: &[Source] = sources!(
    "diffusion",
    [
        "advance_step",
        "diffusion_start",
        "diffusion_update",
        "guide",
        "time_embedding",
    ]
);

/// Ten rounds of Philox in 16-bit halves, a logarithm and a cosine.
const NOISE_FLOPS: u64 = 300;

pub(super) fn time_embedding(embedding: &TimeEmbedding, node: &Lowering<'_>) -> Dispatch {
    let elements = node.output().elements();
    node.dispatch("time_embedding")
        .size("elements", elements)
        .size("dim", embedding.dim)
        .size("steps", node.shape(embedding.table).h)
        .number("scale", embedding.scale)
        .number(
            "octaves_per_frequency",
            octaves_per_frequency(embedding.dim),
        )
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

pub(super) fn update(update: &DiffusionUpdate, node: &Lowering<'_>) -> Dispatch {
    let dispatch = node
        .dispatch("diffusion_update")
        .size("steps", node.shape(update.table).h);
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
    node.valid_columns_of(node.output_id(), dispatch)
}

pub(super) fn advance_step(node: &Lowering<'_>) -> Dispatch {
    node.dispatch("advance_step").invocations(1, 1)
}
