//! Products and convolutions.

use super::{Dispatch, Lowering, lanes};
use crate::gpu::matrices::Matrices;
use crate::graph::{Activation, Epilogue, TensorId};

/// Output channels that one invocation computes.
const CHANNEL_TILE: usize = 8;
/// Positions that one invocation computes.
const POSITIONS: usize = 4;
/// Positions that `matmul.quads` reads at once.
const QUAD: usize = 4;
/// Positions that one invocation computes where they slide along the columns.
const SLIDING_POSITIONS: usize = 8;

/// What the kernels of this family have in common; the kernel's extents are the weight's. Pairs are
/// rows and columns.
pub(super) struct Product {
    pub(super) x: TensorId,
    pub(super) weight: TensorId,
    pub(super) stride: [usize; 2],
    pub(super) dilation: usize,
    pub(super) padding: [usize; 2],
    prologue: Activation,
    epilogue: Epilogue,
}

pub(super) fn matmul(
    node: &Lowering<'_>,
    x: TensorId,
    weight: TensorId,
    prologue: Activation,
    epilogue: Epilogue,
) -> Dispatch {
    let product = Product {
        prologue,
        epilogue,
        ..Product::plain(x, weight)
    };
    if let Some(dispatch) = lanes::matmul(node, &product) {
        return dispatch;
    }
    let (shape, y) = (node.shape(x), node.output());
    let positions = y.h * y.w;
    if fills_shared_tiles(node) {
        return shared_tiles(node, &product);
    }
    let tiles = y.c.div_ceil(CHANNEL_TILE);
    let (entry, groups, tiled) = if positions == 1 {
        ("vector", y.n * tiles, Vec::new())
    } else if positions.is_multiple_of(QUAD) {
        let pairs = (positions / QUAD).div_ceil(2);
        ("quads", y.n, vec![("TILES", tiles), ("LANES", pairs)])
    } else {
        return conv(node, &product);
    };
    let dispatch = product.dispatch(node, "matmul");
    Dispatch {
        entry,
        ..dispatch.tiles(groups, &tiled, y.elements(), 2 * shape.c as u64)
    }
}

pub(super) fn conv1d(
    node: &Lowering<'_>,
    (x, weight): (TensorId, TensorId),
    dilation: usize,
    padding: usize,
    prologue: Activation,
    epilogue: Epilogue,
) -> Dispatch {
    let product = Product {
        dilation,
        padding: [0, padding],
        prologue,
        epilogue,
        ..Product::plain(x, weight)
    };
    conv(node, &product)
}

pub(super) fn conv2d(
    node: &Lowering<'_>,
    (x, weight): (TensorId, TensorId),
    stride: usize,
    padding: usize,
    epilogue: Epilogue,
) -> Dispatch {
    let product = Product {
        stride: [stride; 2],
        padding: [padding; 2],
        epilogue,
        ..Product::plain(x, weight)
    };
    conv(node, &product)
}

pub(super) fn conv_transpose1d(
    node: &Lowering<'_>,
    (x, weight): (TensorId, TensorId),
    stride: usize,
    padding: usize,
    prologue: Activation,
) -> Dispatch {
    let product = Product {
        stride: [1, stride],
        padding: [0, padding],
        prologue,
        ..Product::plain(x, weight)
    };
    conv_transpose(node, &product)
}

pub(super) fn conv_transpose2d(
    node: &Lowering<'_>,
    (x, weight): (TensorId, TensorId),
    stride: usize,
    padding: usize,
) -> Dispatch {
    let product = Product {
        stride: [stride; 2],
        padding: [padding; 2],
        ..Product::plain(x, weight)
    };
    conv_transpose(node, &product)
}

fn conv(node: &Lowering<'_>, product: &Product) -> Dispatch {
    if let Some(dispatch) = lanes::conv(node, product) {
        return dispatch;
    }
    if fills_shared_tiles(node) {
        return shared_tiles(node, product);
    }
    let (weight, y) = (node.shape(product.weight), node.output());
    let flops = 2 * weight.elements() / weight.n;
    let dispatch = product
        .convolution(node, "conv")
        .size("stride", product.stride[1])
        .size("dilation", product.dilation);
    if product.stride == [1; 2] && weight.w > 1 {
        let runs = y.w.div_ceil(SLIDING_POSITIONS * product.dilation) * product.dilation;
        let tiles = tiles(y.c, y.h * runs);
        return Dispatch {
            entry: "sliding",
            ..dispatch
                .constant("THREE_COLUMNS", usize::from(weight.w == 3))
                .tiles(y.n, &tiles, y.elements(), flops as u64)
        };
    }
    let tiles = tiles(y.c, (y.h * y.w).div_ceil(POSITIONS));
    dispatch.tiles(y.n, &tiles, y.elements(), flops as u64)
}

/// Whether `conv_tiles` is for this adapter, and the output fills at least half a tile of 64 channels and
/// one of 64 positions.
fn fills_shared_tiles(node: &Lowering<'_>) -> bool {
    let y = node.output();
    node.capabilities.shared_tiles && y.c >= 32 && y.h * y.w >= 64
}

fn shared_tiles(node: &Lowering<'_>, product: &Product) -> Dispatch {
    let (weight, y) = (node.shape(product.weight), node.output());
    let flops = 2 * weight.elements() / weight.n;
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
            flops as u64,
        )
}

fn conv_transpose(node: &Lowering<'_>, product: &Product) -> Dispatch {
    let (x, weight, y) = (
        node.shape(product.x),
        node.shape(product.weight),
        node.output(),
    );
    let [stride_rows, stride_columns] = product.stride;
    let (grid_rows, grid_columns) = (y.h.div_ceil(stride_rows), y.w.div_ceil(stride_columns));
    let phases = y.n * stride_rows * stride_columns;
    let flops = 2 * weight.elements() / weight.n;
    let (dispatch, tiles) = if node.capabilities.eight_lanes {
        lanes::conv_transpose(node, product, grid_rows, grid_columns)
    } else {
        let runs = (grid_rows * grid_columns).div_ceil(POSITIONS);
        (
            product.convolution(node, "conv_transpose"),
            tiles(y.c, runs),
        )
    };
    dispatch
        .size("stride_rows", stride_rows)
        .size("stride_columns", stride_columns)
        .tiles(phases, &tiles, x.elements(), flops as u64)
}

impl Product {
    /// Neither stride nor padding, nothing before or after.
    const fn plain(x: TensorId, weight: TensorId) -> Self {
        Self {
            x,
            weight,
            stride: [1; 2],
            dilation: 1,
            padding: [0; 2],
            prologue: Activation::Identity,
            epilogue: Epilogue::NONE,
        }
    }

    /// Parameters and constants that all kernels of this family have.
    pub(super) fn dispatch(&self, node: &Lowering<'_>, kernel: &'static str) -> Dispatch {
        let (x, y) = (node.shape(self.x), node.output());
        let dispatch = node
            .dispatch(kernel)
            .size("items", y.n)
            .size("inputs", x.c)
            .size("outputs", y.c)
            .size("output_rows", y.h)
            .size("output_columns", y.w)
            .activation("PROLOGUE", "prologue_slope", self.prologue)
            .activation("EPILOGUE", "epilogue_slope", self.epilogue.activation);
        node.valid_columns_of(node.node.outputs[0], dispatch)
    }

    /// The same, and what both kinds of convolution have.
    pub(super) fn convolution(&self, node: &Lowering<'_>, kernel: &'static str) -> Dispatch {
        let (x, weight) = (node.shape(self.x), node.shape(self.weight));
        self.dispatch(node, kernel)
            .size("rows", x.h)
            .size("columns", x.w)
            .size("kernel_rows", weight.h)
            .size("kernel_columns", weight.w)
            .size("padding_rows", self.padding[0])
            .size("padding_columns", self.padding[1])
    }
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
            let dispatch = lower(&graph, node, false, capabilities).expect("small tensors");
            dispatch.kernel
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
