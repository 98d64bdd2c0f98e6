//! Products on software adapters whose subgroups are eight invocations; see `shaders/common/block.wgsl`.

use super::product::Product;
use super::{Dispatch, Lowering};
use crate::graph::Shape;

/// Output channels whose weights a subgroup loads together.
pub(super) const BLOCK: usize = 16;
/// Value channels of linear attention that a subgroup takes together, `VALUES` of
/// `shaders/linear_attention_context_pairs.wgsl`.
const CONTEXT_VALUES: usize = 32;
/// Columns of a turn of its loop.
const CONTEXT_COLUMNS: usize = 4;
/// llvmpipe, the adapter that these kernels are for, ends the loops of an invocation after so many
/// turns of all of them together (`LP_MAX_TGSI_LOOP_ITERATIONS` in Mesa).
const MOST_TURNS: usize = 65_535;
/// Columns that one invocation computes.
const RUN: usize = 8;

/// The product of every position, where the adapter and its shape allow.
pub(super) fn matmul(node: &Lowering<'_>, product: &Product) -> Option<Dispatch> {
    let y = node.output();
    node.takes_pairs(y)
        .then(|| dispatch(node, product, "matmul_pairs", y.h * y.w.div_ceil(RUN)))
}

/// The convolution, where the adapter and its stride allow.
pub(super) fn conv(node: &Lowering<'_>, product: &Product) -> Option<Dispatch> {
    let (x, weight, y) = (
        node.shape(product.x),
        node.shape(product.weight),
        node.output(),
    );
    let [padding_rows, padding_columns] = product.padding;
    let (plain, halving) = ([1; 2], [2; 2]);
    let fits_pairs = node.takes_pairs(x)
        && node.takes_pairs(y)
        && (weight.w, product.dilation, padding_columns) == (3, 1, 1)
        && [plain, halving].contains(&product.stride);
    let dispatch = if fits_pairs {
        dispatch(node, product, "conv_pairs", y.h * y.w.div_ceil(RUN))
            .constant("HALVING", usize::from(product.stride == halving))
    } else if node.capabilities.eight_lanes && product.stride == plain {
        let runs = y.w.div_ceil(RUN * product.dilation) * product.dilation;
        dispatch(node, product, "conv_lanes", y.h * runs)
            .size("kernel_columns", weight.w)
            .size("dilation", product.dilation)
            .size("padding_columns", padding_columns)
    } else {
        return None;
    };
    let dispatch = dispatch
        .size("rows", x.h)
        .size("columns", x.w)
        .size("kernel_rows", weight.h)
        .size("padding_rows", padding_rows);
    Some(dispatch)
}

/// The transposed convolution over the grid of each phase, without strides and extent.
pub(super) fn conv_transpose(
    node: &Lowering<'_>,
    product: &Product,
    grid_rows: usize,
    grid_columns: usize,
) -> (Dispatch, [(&'static str, usize); 2]) {
    let (wide, width) = width(node.output().c);
    let dispatch = product
        .convolution(node, "conv_transpose_lanes")
        .constant("WIDE", usize::from(wide));
    let runs = grid_rows * grid_columns.div_ceil(RUN);
    (dispatch, tiles(node.output().c, width, runs))
}

/// The queries' products with the context, whose heads are whole blocks of channels.
pub(super) fn linear_attention_apply(node: &Lowering<'_>, context: Shape) -> Dispatch {
    let (y, dim) = (node.output(), context.w);
    let wide = dim.is_multiple_of(2 * BLOCK);
    let width = if wide { 2 * BLOCK } else { BLOCK };
    let positions = y.h * y.w;
    let outputs = y.n * y.c;
    node.dispatch("linear_attention_apply_lanes")
        .constant("WIDE", usize::from(wide))
        .size("outputs", outputs)
        .size("heads", context.c)
        .size("dim", dim)
        .size("positions", positions)
        .tiles(
            1,
            &tiles(outputs, width, positions.div_ceil(RUN)),
            y.elements(),
            2 * dim as u64,
        )
}

/// Whether a subgroup can sum the context of these queries, keys and values over all positions alone.
pub(super) fn takes_context(node: &Lowering<'_>, qkv: Shape, context: Shape) -> bool {
    node.takes_pairs(qkv)
        && context.w.is_multiple_of(CONTEXT_VALUES)
        && qkv.h * (qkv.w.div_ceil(CONTEXT_COLUMNS) + 1) < MOST_TURNS
}

/// What all have: one or two blocks of channels and a run of columns an invocation.
fn dispatch(node: &Lowering<'_>, product: &Product, kernel: &'static str, runs: usize) -> Dispatch {
    let (weight, y) = (node.shape(product.weight), node.output());
    let (wide, width) = width(y.c);
    let flops = 2 * weight.elements() / weight.n;
    product
        .dispatch(node, kernel)
        .constant("WIDE", usize::from(wide))
        .tiles(y.n, &tiles(y.c, width, runs), y.elements(), flops as u64)
}

/// Whether an invocation computes two blocks of so many output channels, and how many channels that is.
const fn width(outputs: usize) -> (bool, usize) {
    let wide = outputs > BLOCK;
    (wide, if wide { 2 * BLOCK } else { BLOCK })
}

/// The subgroups of one grid: so many output channels, so many runs of positions.
fn tiles(outputs: usize, width: usize, runs: usize) -> [(&'static str, usize); 2] {
    [("TILES", outputs.div_ceil(width)), ("LANES", runs)]
}
