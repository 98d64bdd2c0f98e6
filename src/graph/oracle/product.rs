//! Matrix products and convolutions: for each weight, one pass over a plane.

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
        Activation::Silu => x / (1.0 + (-x).exp()),
    }
}

/// Where a convolution reads or writes: tap `(i, k)` of its weight connects position `(h, w)` on the
/// coarse side with `(h * stride + i - padding, w * stride + k * dilation - padding)` on the fine side.
#[derive(Debug, Clone, Copy)]
pub(super) struct Geometry {
    pub(super) stride: [usize; 2],
    pub(super) dilation: usize,
    pub(super) padding: [usize; 2],
}

impl Geometry {
    /// Along the columns only.
    pub(super) const fn columns(stride: usize, dilation: usize, padding: usize) -> Self {
        Self {
            stride: [1, stride],
            dilation,
            padding: [0, padding],
        }
    }

    /// The same along rows and columns.
    pub(super) const fn square(stride: usize, padding: usize) -> Self {
        Self {
            stride: [stride; 2],
            dilation: 1,
            padding: [padding; 2],
        }
    }

    /// The rows and columns that tap `(i, k)` connects.
    fn taps(self, i: usize, k: usize) -> [Tap; 2] {
        let [rows, columns] = [i, k * self.dilation];
        let tap = |axis: usize, offset| Tap {
            stride: self.stride[axis],
            offset,
            padding: self.padding[axis],
        };
        [tap(0, rows), tap(1, columns)]
    }
}

pub(super) fn matmul(x: View<'_>, weight: View<'_>, shape: Shape) -> Grid {
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

/// A convolution as the product of its weight with a copy of the input for each tap: the output is the
/// coarse side.
pub(super) fn convolution(x: View<'_>, weight: View<'_>, geometry: Geometry, shape: Shape) -> Grid {
    let mut y = Grid::zeros(shape);
    for n in 0..shape.n {
        for c in 0..x.shape.c {
            for i in 0..weight.shape.h {
                for k in 0..weight.shape.w {
                    let [rows, columns] = geometry.taps(i, k);
                    let mut shifted = Grid::zeros(Shape::new(1, 1, shape.h, shape.w));
                    for (h, source) in rows.pairs(shape.h, x.shape.h) {
                        columns.gather(shifted.row_mut(0, 0, h), x.row(n, c, source));
                    }
                    for o in 0..shape.c {
                        let shifted = shifted.view().plane(0, 0);
                        add_scaled(y.plane_mut(n, o), weight.at(o, c, i, k), shifted);
                    }
                }
            }
        }
    }
    y
}

/// A transposed convolution as a sum over taps of products with the input, each spread over the
/// output: the output is the fine side.
pub(super) fn transposed_convolution(
    x: View<'_>,
    weight: View<'_>,
    geometry: Geometry,
    shape: Shape,
) -> Grid {
    let mut y = Grid::zeros(shape);
    for n in 0..shape.n {
        for o in 0..shape.c {
            for i in 0..weight.shape.h {
                for k in 0..weight.shape.w {
                    let [rows, columns] = geometry.taps(i, k);
                    let mut product = Grid::zeros(Shape::new(1, 1, x.shape.h, x.shape.w));
                    for c in 0..x.shape.c {
                        add_scaled(
                            product.plane_mut(0, 0),
                            weight.at(c, o, i, k),
                            x.plane(n, c),
                        );
                    }
                    for (source, h) in rows.pairs(x.shape.h, shape.h) {
                        columns.scatter(y.row_mut(n, o, h), product.view().row(0, 0, source));
                    }
                }
            }
        }
    }
    y
}

/// One tap along one axis.
#[derive(Debug, Clone, Copy)]
struct Tap {
    stride: usize,
    offset: usize,
    padding: usize,
}

impl Tap {
    /// The positions `i` below `coarse` for which `i * stride + offset - padding` is below `fine`, each
    /// with that partner.
    fn pairs(self, coarse: usize, fine: usize) -> impl Iterator<Item = (usize, usize)> {
        let positions = (0..coarse).map(move |i| (i, i * self.stride + self.offset));
        let inside = move |&(_, padded): &(usize, usize)| {
            padded >= self.padding && padded < fine + self.padding
        };
        let inside = positions.filter(inside);
        inside.map(move |(i, padded)| (i, padded - self.padding))
    }

    /// Reads the fine side where it exists.
    fn gather(self, coarse: &mut [f64], fine: &[f64]) {
        for (to, from) in self.pairs(coarse.len(), fine.len()) {
            coarse[to] = fine[from];
        }
    }

    /// Adds to the fine side where it exists.
    fn scatter(self, fine: &mut [f64], coarse: &[f64]) {
        for (from, to) in self.pairs(coarse.len(), fine.len()) {
            fine[to] += coarse[from];
        }
    }
}
