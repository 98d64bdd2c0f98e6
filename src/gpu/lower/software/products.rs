//! Products and convolutions.

use super::pairs::takes_pairs;
use super::tiles::{RUN, tiles, width};
use crate::gpu::lower::dispatch::Dispatch;
use crate::gpu::lower::node::Lowering;
use crate::gpu::lower::product::Product;

/// The product of every position, where the adapter and its shape allow.
pub(in crate::gpu::lower) fn matmul(node: &Lowering<'_>, product: &Product) -> Option<Dispatch> {
    let y = node.output();
    takes_pairs(node.capabilities, y)
        .then(|| dispatch(node, product, "matmul_pairs", y.h * y.w.div_ceil(RUN)))
}

/// The convolution, where the adapter and its stride allow.
pub(in crate::gpu::lower) fn convolution(
    node: &Lowering<'_>,
    product: &Product,
) -> Option<Dispatch> {
    let (x, weight, y) = (
        node.shape(product.x),
        node.shape(product.weight),
        node.output(),
    );
    let [padding_rows, padding_columns] = product.padding;
    let (plain, halving) = ([1; 2], [2; 2]);
    let fits_pairs = takes_pairs(node.capabilities, x)
        && takes_pairs(node.capabilities, y)
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

/// The transposed convolution over the grid of each phase (rows and columns), without strides and
/// extent, where the adapter allows.
pub(in crate::gpu::lower) fn transposed(
    node: &Lowering<'_>,
    product: &Product,
    [grid_rows, grid_columns]: [usize; 2],
) -> Option<(Dispatch, [(&'static str, usize); 2])> {
    if !node.capabilities.eight_lanes {
        return None;
    }
    let outputs = node.output().c;
    let (wide, width) = width(outputs);
    let dispatch = product
        .convolution(node, "conv_transpose_lanes")
        .constant("WIDE", usize::from(wide));
    let runs = grid_rows * grid_columns.div_ceil(RUN);
    Some((dispatch, tiles(outputs, width, runs)))
}

/// What all have: one or two blocks of channels and a run of columns an invocation.
fn dispatch(node: &Lowering<'_>, product: &Product, kernel: &'static str, runs: usize) -> Dispatch {
    let y = node.output();
    let (wide, width) = width(y.c);
    product
        .dispatch(node, kernel)
        .constant("WIDE", usize::from(wide))
        .tiles(
            y.n,
            &tiles(y.c, width, runs),
            y.elements(),
            product.flops(node),
        )
}
