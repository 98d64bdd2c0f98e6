//! Transposed convolutions: upsampling.

use super::finish::{bias, finish, read};
use super::taps::Tap;
use crate::graph::epilogue::{Activation, Epilogue};
use crate::graph::error::GraphError;
use crate::graph::operation::{Evaluation, Operation, present};
use crate::graph::recording::Recording;
use crate::graph::tensor::{Shape, TensorId};
use crate::graph::values::{Grid, Value, add_scaled};

/// Transposed convolution (`PyTorch`'s `ConvTranspose1d` and `ConvTranspose2d`), cropped at the end to
/// the output's rows and columns; pairs are rows and columns:
/// `y[n, o, r, t] = bias[o] + sum weight[c, o, i, k] * prologue(x[n, c, h, w])` over all
/// `h * stride_0 + i - padding_0 = r`, `w * stride_1 + k - padding_1 = t`.
#[derive(Debug, Clone, PartialEq)]
pub struct TransposedConvolution {
    /// `[n, c, h, w]`
    pub x: TensorId,
    /// Weight `[c, o, kh, kw]` (input channels first, as `PyTorch` stores it)
    pub weight: TensorId,
    /// Weight `[o, 1, 1, 1]`
    pub bias: Option<TensorId>,
    /// Upsampling factors.
    pub stride: [usize; 2],
    /// Rows and columns cut from both sides of the full result.
    pub padding: [usize; 2],
    /// Applied to `x` as it is read.
    pub prologue: Activation,
}

impl<O: Operation + From<TransposedConvolution>> Recording<O> {
    /// [`TransposedConvolution`] along the columns with the weights `name.weight`
    /// `[c, channels, kernel]` and `name.bias`, padded so that the output is exactly `stride` times as
    /// long as the input.
    ///
    /// # Errors
    /// When `kernel - stride` is negative or odd, or `x` has rows.
    pub fn conv_transpose1d(
        &mut self,
        name: &str,
        x: TensorId,
        channels: usize,
        kernel: usize,
        stride: usize,
        prologue: Activation,
    ) -> Result<TensorId, GraphError> {
        let shape = self.shape(x);
        self.require_one_row(name, x)?;
        self.require(name, stride > 0 && kernel >= stride && (kernel - stride).is_multiple_of(2), || {
            format!("transposed convolution needs kernel - stride even and not negative, not {kernel} - {stride}")
        })?;
        let weight = self.weight(
            &format!("{name}.weight"),
            Shape::new(shape.c, channels, 1, kernel),
        )?;
        let bias = Some(bias(self, name, channels)?);
        let output = Shape::sequence(shape.n, channels, shape.w * stride);
        let factor =
            u32::try_from(stride).map_err(|_| self.mismatch(name, format!("stride {stride}")))?;
        let lengths = self.lengths_of(x).map(|lengths| lengths.times(factor));
        let convolution = TransposedConvolution {
            x,
            weight,
            bias,
            stride: [1, stride],
            padding: [0, (kernel - stride) / 2],
            prologue,
        };
        self.add_node(name, convolution, output, lengths)
    }

    /// [`TransposedConvolution`] of kernel 4, stride 2, padding 1 (Grad-TTS's upsampling) with the
    /// weights `name.weight` `[c, channels, 4, 4]` and `name.bias`, cropped to `like`.
    ///
    /// # Errors
    /// When `like` is larger than twice `x`, or more than one row or column smaller.
    pub fn conv_transpose2d(
        &mut self,
        name: &str,
        x: TensorId,
        channels: usize,
        like: TensorId,
    ) -> Result<TensorId, GraphError> {
        const KERNEL: usize = 4;
        let (shape, target) = (self.shape(x), self.shape(like));
        let fits = target.n == shape.n
            && target.h.div_ceil(2) == shape.h
            && target.w.div_ceil(2) == shape.w;
        self.require(name, fits, || {
            format!("{shape} upsampled by 2 cannot be cropped to {target}")
        })?;
        let weight = self.weight(
            &format!("{name}.weight"),
            Shape::new(shape.c, channels, KERNEL, KERNEL),
        )?;
        let bias = Some(bias(self, name, channels)?);
        let output = Shape {
            c: channels,
            ..target
        };
        let convolution = TransposedConvolution {
            x,
            weight,
            bias,
            stride: [2; 2],
            padding: [1; 2],
            prologue: Activation::Identity,
        };
        self.add_node(name, convolution, output, self.lengths_of(like))
    }
}

impl Operation for TransposedConvolution {
    fn name(&self) -> &'static str {
        "transposed_convolution"
    }

    fn operands(&self) -> Vec<(&'static str, TensorId)> {
        present([
            ("x", Some(self.x)),
            ("weight", Some(self.weight)),
            ("bias", self.bias),
        ])
    }

    /// A sum over taps of products with the input, each spread over the output: the output is the fine
    /// side.
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
            for o in 0..shape.c {
                for i in 0..weight.shape.h {
                    for k in 0..weight.shape.w {
                        let (rows, columns) = (tap(0, i), tap(1, k));
                        let mut product = Grid::zeros(Shape::new(1, 1, x.shape.h, x.shape.w));
                        for c in 0..x.shape.c {
                            let factor = weight.at(c, o, i, k);
                            add_scaled(product.plane_mut(0, 0), factor, x.plane(n, c));
                        }
                        for (source, h) in rows.pairs(x.shape.h, shape.h) {
                            let product = product.view().row(0, 0, source);
                            columns.scatter(sums.row_mut(n, o, h), product);
                        }
                    }
                }
            }
        }
        Ok(finish(at, &sums, self.bias, Epilogue::NONE).into_values())
    }
}
