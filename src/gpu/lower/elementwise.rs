//! Pointwise combinations of two tensors.

use super::dispatch::{Dispatch, Lowered};
use super::node::Lowering;
use super::source::{Source, sources};
use crate::graph::{Add, Concat};

pub(super) const KERNELS: &[Source] = sources!("elementwise", ["add", "concat", "glu"]);

/// An exponential, a division, and the rest of a gate.
const GATE_FLOPS: u64 = 14;

pub(super) fn add(add: &Add, node: &Lowering<'_>) -> Lowered {
    let y = node.output();
    let output = node.output_id();
    let vector = node.shape(add.b) != y;
    // Where both operands are masked alike, their masked columns are zero, and so is the sum: one long
    // row then. By rows, an addition in the U-Net took lavapipe 2560 workgroups, and the 28 of a
    // synthesis 42 ms instead of 18.
    let alike = node.graph.tensor(add.b).lengths == node.graph.tensor(output).lengths;
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
        .number("scale", add.scale)
        .rows(rows, columns, 2);
    let dispatch = if flat {
        dispatch.every_column()
    } else {
        node.valid_columns_of(output, dispatch)
    };
    Lowered::from(dispatch).may_overwrite(add.a)
}

pub(super) fn glu(node: &Lowering<'_>) -> Dispatch {
    let y = node.output();
    let elements = y.elements() / y.n;
    node.dispatch("glu")
        .size("items", y.n)
        .size("elements", elements)
        .rows(y.n, elements, GATE_FLOPS)
}

pub(super) fn concat(concat: &Concat, node: &Lowering<'_>) -> Dispatch {
    let y = node.output();
    node.dispatch("concat")
        .size("items", y.n)
        .size("elements_a", node.shape(concat.a).elements() / y.n)
        .size("elements_b", node.shape(concat.b).elements() / y.n)
        .rows(y.n, y.elements() / y.n, 1)
}
