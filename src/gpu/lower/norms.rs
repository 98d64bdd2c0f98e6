//! Normalisations.

use super::dispatch::{Dispatch, Lowered, Operand};
use super::node::Lowering;
use super::software;
use super::source::{Source, sources};
use crate::graph::{GroupNorm, LayerNorm, Shape, StyleAdaptiveLayerNorm, TensorId};

pub(super) const KERNELS: &[Source] = sources!(
    "norms",
    [
        "group_norm_apply",
        "group_norm_merge",
        "group_norm_statistics",
        "layer_norm",
    ]
);

/// Subtract, square and add for the variance, subtract, multiply and add for the result, sum.
const NORM_FLOPS: u64 = 7;

/// Sum, subtract, square, add.
const MOMENTS_FLOPS: u64 = 4;

/// Affine map, and a pointwise function of about ten operations.
const APPLY_FLOPS: u64 = 13;

/// Groups longer than this are reduced in two stages, so that one workgroup never reads more than
/// this many elements (the threshold of the field guide's recipes, a few milliseconds of one CU).
const LONG_GROUP: usize = 65_536;

/// Elements of a long group that one workgroup reduces.
const CHUNK: usize = LONG_GROUP / 4;

pub(super) fn layer(norm: &LayerNorm, node: &Lowering<'_>) -> Dispatch {
    columns(node, norm.x, norm.eps, [norm.gamma, norm.beta])
        .size("affine_stride", 0)
        .size("first_shift", 0)
}

pub(super) fn style_adaptive(norm: &StyleAdaptiveLayerNorm, node: &Lowering<'_>) -> Dispatch {
    let channels = node.shape(norm.x).c;
    columns(node, norm.x, norm.eps, [norm.affine; 2])
        .size("affine_stride", 2 * channels)
        .size("first_shift", channels)
}

/// The layer norm of each column, scaled and shifted by these.
fn columns(node: &Lowering<'_>, x: TensorId, eps: f32, [scale, shift]: [TensorId; 2]) -> Dispatch {
    let shape = node.shape(x);
    let operands = [
        ("x", x.into()),
        ("scale", scale.into()),
        ("shift", shift.into()),
        ("y", node.output_id().into()),
    ];
    let dispatch = node
        .stage("layer_norm", operands)
        .size("items", shape.n)
        .size("channels", shape.c)
        .size("columns", shape.w)
        .number("eps", eps)
        .tiles(shape.n, &[("TILE", shape.w)], shape.elements(), NORM_FLOPS);
    node.valid_columns_of(x, dispatch)
}

/// Statistics, of long groups by chunks that are merged, and what is made with them.
pub(super) fn group(norm: &GroupNorm, node: &Lowering<'_>) -> Lowered {
    let shape = node.shape(norm.x);
    let elements = shape.c / norm.groups * shape.h * shape.w;
    let statistics = Operand::Scratch(0);
    let mut scratch = vec![Shape::new(shape.n, norm.groups, 1, 2)];
    let mut dispatches = if elements <= LONG_GROUP {
        vec![moments(norm, node, elements, statistics)]
    } else {
        let chunks = elements.div_ceil(CHUNK);
        let partial = Operand::Scratch(scratch.len());
        scratch.push(Shape::new(shape.n, norm.groups, chunks, 3));
        let groups = shape.n * norm.groups;
        let merge = node
            .stage(
                "group_norm_merge",
                [("partial", partial), ("y", statistics)],
            )
            .size("groups", groups)
            .size("chunks", chunks)
            .number("eps", norm.eps)
            .invocations(groups, 10 * chunks as u64);
        vec![moments(norm, node, CHUNK, partial), merge]
    };
    dispatches.push(apply(norm, node, statistics));
    Lowered::stages(dispatches, scratch).may_overwrite(norm.x)
}

/// Moments of the groups in chunks of this many elements; what they are stored as follows from whether
/// a group has several.
fn moments(norm: &GroupNorm, node: &Lowering<'_>, chunk: usize, y: Operand) -> Dispatch {
    let shape = node.shape(norm.x);
    let elements = shape.c / norm.groups * shape.h * shape.w;
    let chunks = elements.div_ceil(chunk);
    let total = shape.n * norm.groups * chunks;
    let kernel = software::norms::statistics(node.capabilities, shape, chunk)
        .unwrap_or("group_norm_statistics");
    let dispatch = node
        .stage(kernel, [("x", norm.x.into()), ("y", y)])
        .constant("PARTIAL", usize::from(chunks > 1))
        .size("chunks_total", total)
        .size("groups", norm.groups)
        .size("chunks", chunks)
        .size("chunk", chunk)
        .size("elements", elements)
        .size("columns", shape.w)
        .number("eps", norm.eps)
        .tiles(total, &[], shape.elements(), MOMENTS_FLOPS);
    node.valid_columns_of(norm.x, dispatch)
}

fn apply(norm: &GroupNorm, node: &Lowering<'_>, statistics: Operand) -> Dispatch {
    let shape = node.output();
    let rows = shape.n * shape.c * shape.h;
    let mut operands = vec![
        ("x", norm.x.into()),
        ("statistics", statistics),
        ("gamma", norm.gamma.into()),
        ("beta", norm.beta.into()),
    ];
    operands.extend(norm.shift.map(|shift| ("shift", shift.into())));
    operands.push(("y", node.output_id().into()));
    let in_software = software::norms::apply(node.capabilities, shape);
    let dispatch = node
        .stage(in_software.unwrap_or("group_norm_apply"), operands)
        .activation("ACTIVATION", "slope", norm.activation)
        .size("rows", rows)
        .size("columns", shape.w)
        .size("channels", shape.c)
        .size("rows_per_channel", shape.h)
        .size("rows_per_group", shape.c / norm.groups * shape.h);
    let dispatch = if in_software.is_some() {
        dispatch.tiles(1, &[("ROWS", rows)], shape.elements(), APPLY_FLOPS)
    } else {
        dispatch.rows(rows, shape.w, APPLY_FLOPS)
    };
    node.valid_columns_of(node.output_id(), dispatch)
}
