//! What the kernels of products have in common.

use super::dispatch::Dispatch;
use super::node::Lowering;
use crate::graph::{Activation, Convolution, Epilogue, MatMul, TensorId, TransposedConvolution};

/// Any product of a weight; the kernel's extents are the weight's. Pairs are rows and columns.
pub(super) struct Product {
    pub(super) x: TensorId,
    pub(super) weight: TensorId,
    pub(super) stride: [usize; 2],
    pub(super) dilation: usize,
    pub(super) padding: [usize; 2],
    prologue: Activation,
    epilogue: Epilogue,
}

impl From<&MatMul> for Product {
    fn from(product: &MatMul) -> Self {
        Self {
            x: product.x,
            weight: product.weight,
            stride: [1; 2],
            dilation: 1,
            padding: [0; 2],
            prologue: product.prologue,
            epilogue: product.epilogue,
        }
    }
}

impl From<&Convolution> for Product {
    fn from(product: &Convolution) -> Self {
        Self {
            x: product.x,
            weight: product.weight,
            stride: product.stride,
            dilation: product.dilation,
            padding: product.padding,
            prologue: product.prologue,
            epilogue: product.epilogue,
        }
    }
}

impl From<&TransposedConvolution> for Product {
    fn from(product: &TransposedConvolution) -> Self {
        Self {
            x: product.x,
            weight: product.weight,
            stride: product.stride,
            dilation: 1,
            padding: product.padding,
            prologue: product.prologue,
            epilogue: Epilogue::NONE,
        }
    }
}

impl Product {
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
        node.valid_columns_of(node.output_id(), dispatch)
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

    /// Operations for each element of the output (of the input, for a transposed convolution).
    pub(super) fn flops(&self, node: &Lowering<'_>) -> u64 {
        let weight = node.shape(self.weight);
        (2 * weight.elements() / weight.n) as u64
    }
}
