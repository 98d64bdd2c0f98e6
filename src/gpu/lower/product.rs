//! Products and convolutions.

use super::{Dispatch, Extent, Lowering};
use crate::gpu::weights::CHANNEL_TILE;
use crate::graph::{Activation, Epilogue, Shape, TensorId};

/// Positions that one invocation computes.
const POSITIONS: usize = 4;
/// Invocations along the positions in a workgroup.
const LANES: usize = 16;
/// Channel tiles in a workgroup.
const TILES: usize = 4;

/// Sizes of a convolution; the kernel's extents come from the weight.
pub(super) struct Convolution {
    pub(super) x: TensorId,
    pub(super) weight: TensorId,
    pub(super) stride: usize,
    pub(super) dilation: usize,
    pub(super) padding_rows: usize,
    pub(super) padding_columns: usize,
    pub(super) prologue: Activation,
    pub(super) epilogue: Epilogue,
}

pub(super) fn conv(node: &Lowering<'_>, conv: &Convolution) -> Dispatch {
    let (x, weight, y) = (node.shape(conv.x), node.shape(conv.weight), node.output());
    let dispatch = node
        .dispatch("conv")
        .size("inputs", x.c)
        .size("rows", x.h)
        .size("columns", x.w)
        .size("outputs", y.c)
        .size("output_rows", y.h)
        .size("output_columns", y.w)
        .size("kernel_rows", weight.h)
        .size("kernel_columns", weight.w)
        .size("stride", conv.stride)
        .size("dilation", conv.dilation)
        .size("padding_rows", conv.padding_rows)
        .size("padding_columns", conv.padding_columns)
        .size("items", y.n)
        .activation("PROLOGUE", "prologue_slope", conv.prologue)
        .activation("EPILOGUE", "epilogue_slope", conv.epilogue.activation);
    let dispatch = tiled(dispatch, y, y.h * y.w);
    let dispatch = node.valid_columns_of(node.node.outputs[0], dispatch);
    dispatch.flops(2 * y.elements() * weight.elements() / weight.n)
}

/// Workgroups for all channels of all items at this many positions.
fn tiled(dispatch: Dispatch, y: Shape, positions: usize) -> Dispatch {
    let channel_groups = y.c.div_ceil(CHANNEL_TILE).div_ceil(TILES);
    let position_groups = positions.div_ceil(POSITIONS * LANES);
    let workgroups = y.n * channel_groups * position_groups;
    Dispatch {
        extent: Extent::Workgroups(workgroups as u64),
        ..dispatch
    }
    .constant("LANES", LANES)
    .constant("TILES", TILES)
}
