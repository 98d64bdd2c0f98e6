//! Matrix products and convolutions, tap by tap: for each weight, one pass over a row.

use super::values::{Grid, View, add_scaled};
use crate::graph::op::Activation;
use crate::graph::tensor::Shape;

/// What follows the sum: `y = gain * activation(sum + bias) + residual`.
#[derive(Debug)]
pub(super) struct Finish<'a> {
    pub(super) bias: Option<View<'a>>,
    pub(super) activation: Activation,
    pub(super) gain: Option<f64>,
    pub(super) residual: Option<View<'a>>,
}

impl Finish<'_> {
    pub(super) fn apply(&self, sums: Grid) -> Grid {
        let shape = sums.shape();
        let sums = sums.view();
        Grid::from_fn(shape, |n, c, h, w| {
            let bias = self.bias.map_or(0.0, |bias| bias.at(c, 0, 0, 0));
            let y = activate(self.activation, sums.at(n, c, h, w) + bias);
            let residual = self
                .residual
                .map_or(0.0, |residual| residual.at(n, c, h, w));
            self.gain.unwrap_or(1.0) * y + residual
        })
    }
}

/// A pointwise function.
pub(super) fn activate(activation: Activation, x: f64) -> f64 {
    match activation {
        Activation::Identity => x,
        Activation::Relu => x.max(0.0),
        Activation::LeakyRelu(slope) if x < 0.0 => f64::from(slope) * x,
        Activation::LeakyRelu(_) => x,
        Activation::Mish => x * x.exp().ln_1p().tanh(),
        Activation::Tanh => x.tanh(),
    }
}

pub(super) fn matmul(x: &View<'_>, weight: View<'_>, shape: Shape) -> Grid {
    let mut y = Grid::zeros(shape);
    for n in 0..shape.n {
        for o in 0..shape.c {
            for c in 0..x.shape.c {
                add_scaled(y.plane_mut(n, o), weight.at(o, c, 0, 0), x.plane(n, c));
            }
        }
    }
    y
}

pub(super) fn conv1d(
    x: &View<'_>,
    weight: View<'_>,
    dilation: usize,
    padding: usize,
    shape: Shape,
) -> Grid {
    let mut y = Grid::zeros(shape);
    for n in 0..shape.n {
        for o in 0..shape.c {
            for c in 0..x.shape.c {
                for (k, factor) in weight.row(o, c, 0).iter().enumerate() {
                    let tap = Tap::new(1, k * dilation, padding);
                    tap.gather(y.row_mut(n, o, 0), *factor, x.row(n, c, 0));
                }
            }
        }
    }
    y
}

pub(super) fn conv2d(
    x: View<'_>,
    weight: View<'_>,
    stride: usize,
    padding: usize,
    shape: Shape,
) -> Grid {
    let mut y = Grid::zeros(shape);
    for n in 0..shape.n {
        for o in 0..shape.c {
            for c in 0..x.shape.c {
                for i in 0..weight.shape.h {
                    let rows = Tap::new(stride, i, padding).pairs(shape.h, x.shape.h);
                    for (h, source) in rows {
                        for (k, factor) in weight.row(o, c, i).iter().enumerate() {
                            let tap = Tap::new(stride, k, padding);
                            tap.gather(y.row_mut(n, o, h), *factor, x.row(n, c, source));
                        }
                    }
                }
            }
        }
    }
    y
}

pub(super) fn conv_transpose1d(
    x: &View<'_>,
    weight: View<'_>,
    stride: usize,
    padding: usize,
    shape: Shape,
) -> Grid {
    let mut y = Grid::zeros(shape);
    for n in 0..shape.n {
        for o in 0..shape.c {
            for c in 0..x.shape.c {
                for (k, factor) in weight.row(c, o, 0).iter().enumerate() {
                    let tap = Tap::new(stride, k, padding);
                    tap.scatter(y.row_mut(n, o, 0), *factor, x.row(n, c, 0));
                }
            }
        }
    }
    y
}

pub(super) fn conv_transpose2d(
    x: View<'_>,
    weight: View<'_>,
    stride: usize,
    padding: usize,
    shape: Shape,
) -> Grid {
    let mut y = Grid::zeros(shape);
    for n in 0..shape.n {
        for o in 0..shape.c {
            for c in 0..x.shape.c {
                for i in 0..weight.shape.h {
                    let rows = Tap::new(stride, i, padding).pairs(x.shape.h, shape.h);
                    for (source, h) in rows {
                        for (k, factor) in weight.row(c, o, i).iter().enumerate() {
                            let tap = Tap::new(stride, k, padding);
                            tap.scatter(y.row_mut(n, o, h), *factor, x.row(n, c, source));
                        }
                    }
                }
            }
        }
    }
    y
}

/// One tap of a convolution along one axis: it connects position `i` on the coarse side with position
/// `i * stride + offset - padding` on the fine side, where that exists.
#[derive(Debug, Clone, Copy)]
struct Tap {
    stride: usize,
    offset: usize,
    padding: usize,
}

impl Tap {
    const fn new(stride: usize, offset: usize, padding: usize) -> Self {
        Self {
            stride,
            offset,
            padding,
        }
    }

    /// The coarse positions that have a partner on the fine side, and the first one's partner.
    fn range(self, coarse: usize, fine: usize) -> (std::ops::Range<usize>, usize) {
        let first = self
            .padding
            .saturating_sub(self.offset)
            .div_ceil(self.stride);
        let end = (fine + self.padding)
            .saturating_sub(self.offset)
            .div_ceil(self.stride)
            .min(coarse);
        if first >= end {
            return (0..0, 0);
        }
        (first..end, first * self.stride + self.offset - self.padding)
    }

    fn pairs(self, coarse: usize, fine: usize) -> impl Iterator<Item = (usize, usize)> {
        let (range, start) = self.range(coarse, fine);
        range.zip((start..).step_by(self.stride))
    }

    /// Convolution: the coarse side is the output.
    fn gather(self, y: &mut [f64], factor: f64, x: &[f64]) {
        let (range, start) = self.range(y.len(), x.len());
        let (y, x) = (&mut y[range], &x[start..]);
        if self.stride == 1 {
            add_scaled(y, factor, x);
        } else {
            for (y, x) in y.iter_mut().zip(x.iter().step_by(self.stride)) {
                *y += factor * x;
            }
        }
    }

    /// Transposed convolution: the coarse side is the input.
    fn scatter(self, y: &mut [f64], factor: f64, x: &[f64]) {
        let (range, start) = self.range(x.len(), y.len());
        for (y, x) in y[start..].iter_mut().step_by(self.stride).zip(&x[range]) {
            *y += factor * x;
        }
    }
}
