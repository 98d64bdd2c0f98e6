//! Sequences and pointwise combinations.

use super::{Dispatch, Lowering};
use crate::graph::TensorId;

pub(super) fn add(node: &Lowering<'_>, b: TensorId, scale: f32) -> Dispatch {
    let y = node.output();
    let dispatch = node
        .dispatch("add")
        .size("elements", y.elements())
        .size("columns", y.w)
        .size("elements_per_b", y.elements() / node.shape(b).elements())
        .size("elements_per_item", y.elements() / y.n)
        .number("scale", scale)
        .invocations(y.elements(), 2);
    node.valid_columns_of(node.node.outputs[0], dispatch)
}
