//! Sequences and pointwise combinations.

use super::{Dispatch, Lowering};
use crate::graph::TensorId;

/// Of a sine after its argument is computed.
const SINE_FLOPS: u64 = 20;

/// An exponential, a division, and the rest of a gate.
const GATE_FLOPS: u64 = 14;

pub(super) fn add(node: &Lowering<'_>, b: TensorId, scale: f32) -> Dispatch {
    let y = node.output();
    let output = node.node.outputs[0];
    let vector = node.shape(b) != y;
    // Where both operands are masked alike, their masked columns are zero, and so is the sum: one long
    // row then. By rows, an addition in the U-Net took lavapipe 2560 workgroups, and the 28 of a
    // synthesis 42 ms instead of 18.
    let alike = node.graph.tensor(b).lengths == node.graph.tensor(output).lengths;
    let flat = alike && !vector;
    let (rows, columns) = if flat {
        (1, y.elements())
    } else {
        (y.n * y.c * y.h, y.w)
    };
    let dispatch = node
        .dispatch("add")
        .constant("B_IS_VECTOR", usize::from(vector))
        .size("rows", rows)
        .size("columns", columns)
        .size("rows_per_item", y.c * y.h)
        .size("rows_per_b", y.h)
        .number("scale", scale)
        .rows(rows, columns, 2);
    if flat {
        dispatch.every_column()
    } else {
        node.valid_columns_of(output, dispatch)
    }
}

pub(super) fn glu(node: &Lowering<'_>) -> Dispatch {
    let y = node.output();
    let elements = y.elements() / y.n;
    node.dispatch("glu")
        .size("items", y.n)
        .size("elements", elements)
        .rows(y.n, elements, GATE_FLOPS)
}

pub(super) fn concat(node: &Lowering<'_>, a: TensorId, b: TensorId) -> Dispatch {
    let y = node.output();
    node.dispatch("concat")
        .size("items", y.n)
        .size("elements_a", node.shape(a).elements() / y.n)
        .size("elements_b", node.shape(b).elements() / y.n)
        .rows(y.n, y.elements() / y.n, 1)
}

pub(super) fn embedding(node: &Lowering<'_>, table: TensorId) -> Dispatch {
    let dispatch = node
        .dispatch("embedding")
        .size("symbols", node.shape(table).n);
    channels(node, dispatch, 1)
}

pub(super) fn add_positions(node: &Lowering<'_>) -> Dispatch {
    let dispatch = node
        .dispatch("add_positions")
        .number("octaves_per_pair", octaves_per_pair(node.output().c));
    channels(node, dispatch, SINE_FLOPS)
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

pub(super) fn regulate_length(node: &Lowering<'_>, x: TensorId) -> Dispatch {
    let dispatch = node
        .dispatch("regulate_length")
        .size("tokens", node.shape(x).w);
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
    node.valid_columns_of(node.node.outputs[0], dispatch)
}

pub(super) fn transport(node: &Lowering<'_>, x: TensorId) -> Dispatch {
    let (inputs, y) = (node.shape(x).c, node.output());
    let rows = y.n * y.c;
    let dispatch = node
        .dispatch("transport")
        .size("rows", rows)
        .size("columns", y.w)
        .size("inputs", inputs)
        .size("outputs", y.c)
        .rows(rows, y.w, 2 * inputs as u64);
    node.valid_columns_of(node.node.outputs[0], dispatch)
}

pub(super) fn masked_mean(node: &Lowering<'_>, x: TensorId) -> Dispatch {
    let shape = node.shape(x);
    let rows = shape.n * shape.c;
    let dispatch = node
        .dispatch("masked_mean")
        .size("rows", rows)
        .size("columns", shape.w)
        .size("channels", shape.c)
        .tiles(rows, &[], shape.elements(), 1);
    node.valid_columns_of(x, dispatch)
}
