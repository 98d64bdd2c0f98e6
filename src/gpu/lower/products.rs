//! Products and convolutions.

use super::dispatch::Dispatch;
use super::node::Lowering;
use super::product::Product;
use super::software;
use super::source::{Source, sources};
use crate::gpu::matrices::Matrices;

pub(super) const KERNELS: &[Source] = sources!(
    "products",
    [
        "conv",
        "conv_matrices_16_f16",
        "conv_matrices_8_f16",
        "conv_matrices_8_f32",
        "conv_tiles",
        "conv_tiles_f16",
        "conv_transpose",
        "matmul",
    ]
);

/// Output channels that one invocation computes.
const CHANNEL_TILE: usize = 8;
/// Positions that one invocation computes.
const POSITIONS: usize = 4;
/// Positions that `matmul.quads` reads at once.
const QUAD: usize = 4;
/// Positions that one invocation computes where they slide along the columns.
const SLIDING_POSITIONS: usize = 8;

pub(super) fn matmul(product: &Product, node: &Lowering<'_>) -> Dispatch {
    if let Some(dispatch) = software::products::matmul(node, product) {
        return dispatch;
    }
    let (shape, y) = (node.shape(product.x), node.output());
    let positions = y.h * y.w;
    if fills_shared_tiles(node) {
        return shared_tiles(node, product);
    }
    let tiles = y.c.div_ceil(CHANNEL_TILE);
    let (entry, groups, tiled) = if positions == 1 {
        ("vector", y.n * tiles, Vec::new())
    } else if positions.is_multiple_of(QUAD) {
        let pairs = (positions / QUAD).div_ceil(2);
        ("quads", y.n, vec![("TILES", tiles), ("LANES", pairs)])
    } else {
        return convolution(product, node);
    };
    let dispatch = product.dispatch(node, "matmul");
    Dispatch {
        entry,
        ..dispatch.tiles(groups, &tiled, y.elements(), 2 * shape.c as u64)
    }
}

pub(super) fn convolution(product: &Product, node: &Lowering<'_>) -> Dispatch {
    if let Some(dispatch) = software::products::convolution(node, product) {
        return dispatch;
    }
    if fills_shared_tiles(node) {
        return shared_tiles(node, product);
    }
    let (weight, y) = (node.shape(product.weight), node.output());
    let dispatch = product
        .convolution(node, "conv")
        .size("stride", product.stride[1])
        .size("dilation", product.dilation);
    let flops = product.flops(node);
    if product.stride == [1; 2] && weight.w > 1 {
        let runs = y.w.div_ceil(SLIDING_POSITIONS * product.dilation) * product.dilation;
        let tiles = tiles(y.c, y.h * runs);
        return Dispatch {
            entry: "sliding",
            ..dispatch
                .constant("THREE_COLUMNS", usize::from(weight.w == 3))
                .tiles(y.n, &tiles, y.elements(), flops)
        };
    }
    let tiles = tiles(y.c, (y.h * y.w).div_ceil(POSITIONS));
    dispatch.tiles(y.n, &tiles, y.elements(), flops)
}

/// Whether `conv_tiles` is for this adapter, and the output fills at least half a tile of 64 channels and
/// one of 64 positions.
fn fills_shared_tiles(node: &Lowering<'_>) -> bool {
    let y = node.output();
    node.capabilities.shared_tiles && y.c >= 32 && y.h * y.w >= 64
}

fn shared_tiles(node: &Lowering<'_>, product: &Product) -> Dispatch {
    let y = node.output();
    let dispatch = match node.capabilities.matrices {
        Some(Matrices { kind, subgroup }) => product
            .convolution(node, kind.kernel())
            .constant("SUBGROUP", subgroup as usize),
        None if node.capabilities.f16_arithmetic => product.convolution(node, "conv_tiles_f16"),
        None => product.convolution(node, "conv_tiles"),
    };
    dispatch
        .size("stride", product.stride[1])
        .size("dilation", product.dilation)
        .tiles(
            y.n,
            &[("TILE", y.c), ("TILE", y.h * y.w)],
            y.elements(),
            product.flops(node),
        )
}

pub(super) fn transposed(product: &Product, node: &Lowering<'_>) -> Dispatch {
    let (x, y) = (node.shape(product.x), node.output());
    let [stride_rows, stride_columns] = product.stride;
    let grid = [y.h.div_ceil(stride_rows), y.w.div_ceil(stride_columns)];
    let phases = y.n * stride_rows * stride_columns;
    let (dispatch, tiles) =
        software::products::transposed(node, product, grid).unwrap_or_else(|| {
            let runs = (grid[0] * grid[1]).div_ceil(POSITIONS);
            let dispatch = product.convolution(node, "conv_transpose");
            (dispatch, tiles(y.c, runs))
        });
    dispatch
        .size("stride_rows", stride_rows)
        .size("stride_columns", stride_columns)
        .tiles(phases, &tiles, x.elements(), product.flops(node))
}

/// The invocations of one grid: so many output channels, so many runs of positions.
fn tiles(channels: usize, runs: usize) -> [(&'static str, usize); 2] {
    [("TILES", channels.div_ceil(CHANNEL_TILE)), ("LANES", runs)]
}

#[cfg(test)]
mod tests {
    use crate::gpu::capabilities::Capabilities;
    use crate::gpu::lower::lower;
    use crate::gpu::matrices::{Matrices, MatrixKind};
    use crate::graph::{Activation, Conv2d, DType, Epilogue, Graph, Shape};

    /// The kernel of a convolution from 4 channels to `channels` on 16 rows of `columns` columns, and
    /// that of a plain product of the same.
    fn kernels(
        capabilities: Capabilities,
        channels: usize,
        columns: usize,
        stride: usize,
    ) -> [&'static str; 2] {
        let mut graph = Graph::new();
        let x = graph.input("x", Shape::new(1, 4, 16, columns), DType::F32);
        let conv = Conv2d {
            channels,
            kernel: 3,
            stride,
            padding: 1,
        };
        graph
            .conv2d("conv", x, conv, Epilogue::NONE)
            .expect("the kernel fits its padding");
        graph
            .linear("linear", x, channels, Activation::Identity, Epilogue::NONE)
            .expect("any shape fits");
        [0, 1].map(|node| {
            let node = &graph.nodes()[node];
            let lowered = lower(&graph, node, capabilities).expect("small tensors");
            lowered.dispatches[0].kernel
        })
    }

    #[test]
    fn the_variant_follows_from_capabilities_and_shape() {
        let portable = Capabilities::PORTABLE;
        let lanes = Capabilities {
            eight_lanes: true,
            ..portable
        };
        let tiles = Capabilities {
            shared_tiles: true,
            ..portable
        };
        assert_eq!(kernels(portable, 64, 20, 1), ["conv", "matmul"]);
        assert_eq!(kernels(lanes, 64, 20, 1), ["conv_pairs", "matmul_pairs"]);
        assert_eq!(kernels(lanes, 64, 20, 2), ["conv_pairs", "matmul_pairs"]);
        // Ten columns become five: no pairs to store.
        assert_eq!(kernels(lanes, 64, 10, 2), ["conv", "matmul_pairs"]);
        assert_eq!(kernels(lanes, 64, 21, 1), ["conv_lanes", "matmul"]);
        assert_eq!(kernels(tiles, 64, 21, 2), ["conv_tiles", "conv_tiles"]);
        // Too few channels to fill half a tile.
        assert_eq!(kernels(tiles, 31, 20, 1), ["conv", "matmul"]);
        let halfs = Capabilities {
            f16_arithmetic: true,
            ..tiles
        };
        assert_eq!(kernels(halfs, 64, 21, 2), ["conv_tiles_f16"; 2]);
        assert_eq!(kernels(halfs, 31, 20, 1), ["conv", "matmul"]);
        let matrices = Capabilities {
            matrices: Some(Matrices {
                kind: MatrixKind::Half16,
                subgroup: 32,
            }),
            ..halfs
        };
        assert_eq!(kernels(matrices, 64, 21, 2), ["conv_matrices_16_f16"; 2]);
        assert_eq!(kernels(matrices, 31, 20, 1), ["conv", "matmul"]);
    }
}
