//! Convolutions along the columns, and along rows and columns.

use super::finish::{bias, check_epilogue, finish, read};
use super::taps::Tap;
use crate::graph::epilogue::{Activation, Epilogue};
use crate::graph::error::GraphError;
use crate::graph::operation::{Evaluation, Operation, present};
use crate::graph::recording::Recording;
use crate::graph::tensor::{Shape, TensorId};
use crate::graph::values::{Grid, Value, add_scaled};

/// Convolution; pairs are rows and columns:
/// `y[n, o, h, w] = epilogue(bias[o] + sum_{c, i, k} weight[o, c, i, k] * prologue(x[n, c, h * stride_0 + i - padding_0, w * stride_1 + k * dilation - padding_1]))`.
#[derive(Debug, Clone, PartialEq)]
pub struct Convolution {
    /// `[n, c, h, w]`
    pub x: TensorId,
    /// Weight `[o, c, kh, kw]`
    pub weight: TensorId,
    /// Weight `[o, 1, 1, 1]`
    pub bias: Option<TensorId>,
    /// Step of the output's positions over the input.
    pub stride: [usize; 2],
    /// Distance between taps along the columns.
    pub dilation: usize,
    /// Zeros assumed on both sides.
    pub padding: [usize; 2],
    /// Applied to `x` as it is read.
    pub prologue: Activation,
    /// Applied to the sum.
    pub epilogue: Epilogue,
}

/// Sizes of a convolution along the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conv1d {
    /// Output channels.
    pub channels: usize,
    /// Taps.
    pub kernel: usize,
    /// Distance between taps.
    pub dilation: usize,
}

/// Sizes of a convolution along rows and columns (square kernels).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conv2d {
    /// Output channels.
    pub channels: usize,
    /// Taps in each direction.
    pub kernel: usize,
    /// Step in each direction.
    pub stride: usize,
    /// Zeros on each side.
    pub padding: usize,
}

impl<O: Operation + From<Convolution>> Recording<O> {
    /// [`Convolution`] along the columns, stride 1, with the weights `name.weight`
    /// `[channels, c, kernel]` and `name.bias`, padded so that the output is as long as the input.
    ///
    /// # Errors
    /// When the kernel is even (no padding keeps the length) or `x` has rows.
    pub fn conv1d(
        &mut self,
        name: &str,
        x: TensorId,
        conv: Conv1d,
        prologue: Activation,
        epilogue: Epilogue,
    ) -> Result<TensorId, GraphError> {
        let shape = self.shape(x);
        let Conv1d {
            channels,
            kernel,
            dilation,
        } = conv;
        self.require(name, shape.h == 1, || {
            format!("conv1d input has shape {shape}, expected one row")
        })?;
        self.require(name, kernel % 2 == 1 && dilation > 0, || {
            format!(
                "conv1d needs an odd kernel and a positive dilation, not {kernel} and {dilation}"
            )
        })?;
        let weight = self.weight(
            &format!("{name}.weight"),
            Shape::new(channels, shape.c, 1, kernel),
        )?;
        let bias = Some(bias(self, name, channels)?);
        let output = Shape {
            c: channels,
            ..shape
        };
        check_epilogue(self, name, &epilogue, output)?;
        let convolution = Convolution {
            x,
            weight,
            bias,
            stride: [1; 2],
            dilation,
            padding: [0, dilation * (kernel - 1) / 2],
            prologue,
            epilogue,
        };
        self.add_node(name, convolution, output, self.lengths_of(x))
    }

    /// [`Convolution`] along rows and columns with the weights `name.weight`
    /// `[channels, c, kernel, kernel]` and `name.bias`.
    ///
    /// # Errors
    /// When the kernel does not fit into the padded input, or the padding neither keeps the number of
    /// columns (stride 1) nor gives `ceil(columns / stride)`, which the lengths rely on.
    pub fn conv2d(
        &mut self,
        name: &str,
        x: TensorId,
        conv: Conv2d,
        epilogue: Epilogue,
    ) -> Result<TensorId, GraphError> {
        let shape = self.shape(x);
        let Conv2d {
            channels,
            kernel,
            stride,
            padding,
        } = conv;
        self.require(name, kernel == 2 * padding + 1 && stride > 0, || {
            format!("conv2d needs kernel = 2 * padding + 1 and a positive stride, not {conv:?}")
        })?;
        let weight = self.weight(
            &format!("{name}.weight"),
            Shape::new(channels, shape.c, kernel, kernel),
        )?;
        let bias = Some(bias(self, name, channels)?);
        let output = Shape::new(
            shape.n,
            channels,
            shape.h.div_ceil(stride),
            shape.w.div_ceil(stride),
        );
        check_epilogue(self, name, &epilogue, output)?;
        let factor =
            u32::try_from(stride).map_err(|_| self.mismatch(name, format!("stride {stride}")))?;
        let lengths = self.lengths_of(x).map(|lengths| lengths.divided(factor));
        let convolution = Convolution {
            x,
            weight,
            bias,
            stride: [stride; 2],
            dilation: 1,
            padding: [padding; 2],
            prologue: Activation::Identity,
            epilogue,
        };
        self.add_node(name, convolution, output, lengths)
    }
}

impl Operation for Convolution {
    fn name(&self) -> &'static str {
        "convolution"
    }

    fn operands(&self) -> Vec<(&'static str, TensorId)> {
        present([
            ("x", Some(self.x)),
            ("weight", Some(self.weight)),
            ("bias", self.bias),
            ("gain", self.epilogue.gain),
            ("residual", self.epilogue.residual),
        ])
    }

    /// The product of the weight with a copy of the input for each tap: the output is the coarse side.
    fn evaluate(&self, at: &Evaluation<'_>) -> Result<Vec<Value>, GraphError> {
        let x = read(at, self.x, self.prologue);
        let (x, weight, shape) = (x.view(), at.floats(self.weight), at.output());
        let tap = |axis: usize, offset| Tap {
            stride: self.stride[axis],
            offset,
            padding: self.padding[axis],
        };
        let mut sums = Grid::zeros(shape);
        for n in 0..shape.n {
            for c in 0..x.shape.c {
                for i in 0..weight.shape.h {
                    for k in 0..weight.shape.w {
                        let (rows, columns) = (tap(0, i), tap(1, k * self.dilation));
                        let mut shifted = Grid::zeros(Shape::new(1, 1, shape.h, shape.w));
                        for (h, source) in rows.pairs(shape.h, x.shape.h) {
                            columns.gather(shifted.row_mut(0, 0, h), x.row(n, c, source));
                        }
                        for o in 0..shape.c {
                            let shifted = shifted.view().plane(0, 0);
                            add_scaled(sums.plane_mut(n, o), weight.at(o, c, i, k), shifted);
                        }
                    }
                }
            }
        }
        Ok(finish(at, &sums, self.bias, self.epilogue).into_values())
    }
}
