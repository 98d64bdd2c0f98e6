//! Matrix products and convolutions.

use super::Graph;
use crate::graph::error::GraphError;
use crate::graph::op::{Activation, Epilogue, Op};
use crate::graph::tensor::{Shape, TensorId};

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

impl Graph {
    /// [`Op::MatMul`] with the weights `name.weight` `[channels, c]` and `name.bias`.
    ///
    /// # Errors
    /// When the residual's shape is not the output's.
    pub fn linear(
        &mut self,
        name: &str,
        x: TensorId,
        channels: usize,
        prologue: Activation,
        epilogue: Epilogue,
    ) -> Result<TensorId, GraphError> {
        let bias = self.bias(name, channels)?;
        self.product(name, x, channels, Some(bias), prologue, epilogue)
    }

    /// [`Op::MatMul`] with the weight `name.weight` `[channels, c]` alone.
    ///
    /// # Errors
    /// When the residual's shape is not the output's.
    pub fn linear_without_bias(
        &mut self,
        name: &str,
        x: TensorId,
        channels: usize,
    ) -> Result<TensorId, GraphError> {
        self.product(
            name,
            x,
            channels,
            None,
            Activation::Identity,
            Epilogue::NONE,
        )
    }

    fn product(
        &mut self,
        name: &str,
        x: TensorId,
        channels: usize,
        bias: Option<TensorId>,
        prologue: Activation,
        epilogue: Epilogue,
    ) -> Result<TensorId, GraphError> {
        let shape = self.shape(x);
        let weight = self.weight(
            &format!("{name}.weight"),
            Shape::new(channels, shape.c, 1, 1),
        )?;
        let output = Shape {
            c: channels,
            ..shape
        };
        self.check_epilogue(name, &epilogue, output)?;
        let op = Op::MatMul {
            x,
            weight,
            bias,
            prologue,
            epilogue,
        };
        self.add_node(name, op, output, self.lengths_of(x))
    }

    /// [`Op::Conv1d`] with the weights `name.weight` `[channels, c, kernel]` and `name.bias`, padded
    /// so that the output is as long as the input.
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
        let bias = Some(self.bias(name, channels)?);
        let output = Shape {
            c: channels,
            ..shape
        };
        self.check_epilogue(name, &epilogue, output)?;
        let padding = dilation * (kernel - 1) / 2;
        let op = Op::Conv1d {
            x,
            weight,
            bias,
            dilation,
            padding,
            prologue,
            epilogue,
        };
        self.add_node(name, op, output, self.lengths_of(x))
    }

    /// [`Op::Conv2d`] with the weights `name.weight` `[channels, c, kernel, kernel]` and `name.bias`.
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
        let bias = Some(self.bias(name, channels)?);
        let output = Shape::new(
            shape.n,
            channels,
            shape.h.div_ceil(stride),
            shape.w.div_ceil(stride),
        );
        self.check_epilogue(name, &epilogue, output)?;
        let factor =
            u32::try_from(stride).map_err(|_| self.mismatch(name, format!("stride {stride}")))?;
        let lengths = self.lengths_of(x).map(|lengths| lengths.divided(factor));
        let op = Op::Conv2d {
            x,
            weight,
            bias,
            stride,
            padding,
            epilogue,
        };
        self.add_node(name, op, output, lengths)
    }

    /// [`Op::ConvTranspose1d`] with the weights `name.weight` `[c, channels, kernel]` and `name.bias`,
    /// padded so that the output is exactly `stride` times as long as the input.
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
        self.require(name, shape.h == 1, || {
            format!("input has shape {shape}, expected one row")
        })?;
        self.require(name, stride > 0 && kernel >= stride && (kernel - stride).is_multiple_of(2), || {
            format!("transposed convolution needs kernel - stride even and not negative, not {kernel} - {stride}")
        })?;
        let weight = self.weight(
            &format!("{name}.weight"),
            Shape::new(shape.c, channels, 1, kernel),
        )?;
        let bias = Some(self.bias(name, channels)?);
        let output = Shape::sequence(shape.n, channels, shape.w * stride);
        let factor =
            u32::try_from(stride).map_err(|_| self.mismatch(name, format!("stride {stride}")))?;
        let lengths = self.lengths_of(x).map(|lengths| lengths.times(factor));
        let padding = (kernel - stride) / 2;
        let op = Op::ConvTranspose1d {
            x,
            weight,
            bias,
            stride,
            padding,
            prologue,
        };
        self.add_node(name, op, output, lengths)
    }

    /// [`Op::ConvTranspose2d`] of kernel 4, stride 2, padding 1 (Grad-TTS's upsampling) with the
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
        let bias = Some(self.bias(name, channels)?);
        let output = Shape {
            c: channels,
            ..target
        };
        let op = Op::ConvTranspose2d {
            x,
            weight,
            bias,
            stride: 2,
            padding: 1,
        };
        self.add_node(name, op, output, self.lengths_of(like))
    }

    fn bias(&mut self, name: &str, channels: usize) -> Result<TensorId, GraphError> {
        self.weight(&format!("{name}.bias"), Shape::vector(channels, 1))
    }

    fn check_epilogue(
        &self,
        name: &str,
        epilogue: &Epilogue,
        output: Shape,
    ) -> Result<(), GraphError> {
        if let Some(residual) = epilogue.residual {
            self.require_shape(name, "residual", residual, output)?;
        }
        if let Some(gain) = epilogue.gain {
            self.require_shape(name, "gain", gain, Shape::vector(1, 1))?;
        }
        Ok(())
    }
}
