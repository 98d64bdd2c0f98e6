//! Sequences.

use super::dispatch::{Dispatch, Lowered};
use super::node::Lowering;
use super::source::{Source, sources};
use crate::graph::{AddPositions, Embedding, MaskedMean, RegulateLength, Transport};

pub(super) const KERNELS: &[Source] = sources!(
    "sequence",
    [
        "add_positions",
        "embedding",
        "masked_mean",
        "regulate_length",
        "transport",
    ]
);

/// Of a sine after its argument is computed.
const SINE_FLOPS: u64 = 20;

pub(super) fn embedding(embedding: &Embedding, node: &Lowering<'_>) -> Dispatch {
    let dispatch = node
        .dispatch("embedding")
        .size("symbols", node.shape(embedding.table).n);
    channels(node, dispatch, 1)
}

pub(super) fn add_positions(add: &AddPositions, node: &Lowering<'_>) -> Lowered {
    let dispatch = node
        .dispatch("add_positions")
        .number("octaves_per_pair", octaves_per_pair(node.output().c));
    Lowered::from(channels(node, dispatch, SINE_FLOPS)).may_overwrite(add.x)
}

/// `10000^(-2 / channels)` as a power of two, rounded once.
fn octaves_per_pair(channels: usize) -> f32 {
    #[allow(
        clippy::cast_possible_truncation,
        reason = "a few octaves, rounded to the precision of the kernel"
    )]
    let octaves = (-2.0 * 10_000_f64.log2() / channels as f64) as f32;
    octaves
}

pub(super) fn regulate_length(regulate: &RegulateLength, node: &Lowering<'_>) -> Dispatch {
    let dispatch = node
        .dispatch("regulate_length")
        .size("tokens", node.shape(regulate.x).w);
    channels(node, dispatch, 1)
}

/// One row for each channel of the output, masked like the output.
fn channels(node: &Lowering<'_>, dispatch: Dispatch, flops: u64) -> Dispatch {
    let y = node.output();
    let rows = y.n * y.c;
    let dispatch = dispatch
        .size("rows", rows)
        .size("columns", y.w)
        .size("channels", y.c)
        .rows(rows, y.w, flops);
    node.valid_columns_of(node.output_id(), dispatch)
}

pub(super) fn transport(transport: &Transport, node: &Lowering<'_>) -> Dispatch {
    let (inputs, y) = (node.shape(transport.x).c, node.output());
    let rows = y.n * y.c;
    let dispatch = node
        .dispatch("transport")
        .size("rows", rows)
        .size("columns", y.w)
        .size("inputs", inputs)
        .size("outputs", y.c)
        .rows(rows, y.w, 2 * inputs as u64);
    node.valid_columns_of(node.output_id(), dispatch)
}

pub(super) fn masked_mean(mean: &MaskedMean, node: &Lowering<'_>) -> Dispatch {
    let shape = node.shape(mean.x);
    let rows = shape.n * shape.c;
    let dispatch = node
        .dispatch("masked_mean")
        .size("rows", rows)
        .size("columns", shape.w)
        .size("channels", shape.c)
        .tiles(rows, &[], shape.elements(), 1);
    node.valid_columns_of(mean.x, dispatch)
}
