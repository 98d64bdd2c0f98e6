//! Values of tensors in double precision, and how the operations look at them.

use std::borrow::Cow;

use super::tensor::{DType, Shape, TensorId};

/// Values of one tensor, in row-major order.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Of an `f32` tensor, in double precision.
    Floats(Vec<f64>),
    /// Of a `u32` tensor.
    Integers(Vec<u32>),
}

impl Value {
    /// Element type of the tensor that has this value.
    #[must_use]
    pub const fn dtype(&self) -> DType {
        match self {
            Self::Floats(_) => DType::F32,
            Self::Integers(_) => DType::U32,
        }
    }

    /// Number of elements.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self {
            Self::Floats(values) => values.len(),
            Self::Integers(values) => values.len(),
        }
    }

    /// Whether there are no elements.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes zeros beyond the valid columns of each item of a tensor of this shape. Integers have none.
    #[cfg(any(test, feature = "oracle"))]
    pub(super) fn mask(&mut self, shape: Shape, valid: &[usize]) {
        let Self::Floats(data) = self else {
            return;
        };
        for (row, columns) in data.chunks_mut(shape.w).enumerate() {
            let item = row / (shape.c * shape.h);
            columns[valid[item]..].fill(0.0);
        }
    }

    /// The elements as floating-point numbers (exact for integers, too).
    #[must_use]
    pub fn as_floats(&self) -> Cow<'_, [f64]> {
        match self {
            Self::Floats(values) => Cow::Borrowed(values),
            Self::Integers(values) => values.iter().copied().map(f64::from).collect(),
        }
    }
}

/// Values of all tensors of a graph, as far as they are known.
#[derive(Debug, Clone, PartialEq)]
pub struct Values(Vec<Option<Value>>);

impl Values {
    /// Nothing known yet.
    #[cfg(any(test, feature = "oracle"))]
    pub(super) fn unknown(tensors: usize) -> Self {
        Self(vec![None; tensors])
    }

    /// The value of a tensor; after a run every tensor has one.
    #[must_use]
    pub fn get(&self, id: TensorId) -> Option<&Value> {
        self.0[id.index()].as_ref()
    }

    #[cfg(any(test, feature = "oracle"))]
    pub(super) fn set(&mut self, id: TensorId, value: Value) {
        self.0[id.index()] = Some(value);
    }

    /// Takes the value that `from` has in other values as that of `to`.
    #[cfg(any(test, feature = "oracle"))]
    pub(super) fn copy(&mut self, other: &Self, from: TensorId, to: TensorId) {
        self.0[to.index()].clone_from(&other.0[from.index()]);
    }
}

/// An `f32` tensor as an operation sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) data: &'a [f64],
    pub(super) shape: Shape,
}

impl<'a> View<'a> {
    /// All columns of one row.
    pub(super) fn row(&self, n: usize, c: usize, h: usize) -> &'a [f64] {
        let start = ((n * self.shape.c + c) * self.shape.h + h) * self.shape.w;
        &self.data[start..start + self.shape.w]
    }

    /// All rows of one channel.
    pub(super) fn plane(&self, n: usize, c: usize) -> &'a [f64] {
        let size = self.shape.h * self.shape.w;
        let start = (n * self.shape.c + c) * size;
        &self.data[start..start + size]
    }

    /// All rows of one channel without their masked columns, `valid` being the others.
    pub(super) fn valid_elements(&self, n: usize, c: usize, valid: usize) -> Vec<f64> {
        let rows = self.plane(n, c).chunks(self.shape.w);
        rows.flat_map(|row| &row[..valid]).copied().collect()
    }

    /// One element.
    pub(super) fn at(&self, n: usize, c: usize, h: usize, w: usize) -> f64 {
        self.row(n, c, h)[w]
    }
}

/// An `f32` tensor that an operation fills, at first with zeros.
#[derive(Debug)]
pub(super) struct Grid {
    data: Vec<f64>,
    shape: Shape,
}

impl Grid {
    pub(super) fn zeros(shape: Shape) -> Self {
        Self {
            data: vec![0.0; shape.elements()],
            shape,
        }
    }

    /// A grid of which each element is a function of its position `(n, c, h, w)`.
    pub(super) fn from_fn(
        shape: Shape,
        mut element: impl FnMut(usize, usize, usize, usize) -> f64,
    ) -> Self {
        let mut grid = Self::zeros(shape);
        let mut data = grid.data.iter_mut();
        for n in 0..shape.n {
            for c in 0..shape.c {
                for h in 0..shape.h {
                    for (w, y) in data.by_ref().take(shape.w).enumerate() {
                        *y = element(n, c, h, w);
                    }
                }
            }
        }
        grid
    }

    /// A pointwise function of another tensor.
    pub(super) fn from_view(x: View<'_>, function: impl Fn(f64) -> f64) -> Self {
        Self {
            data: x.data.iter().copied().map(function).collect(),
            shape: x.shape,
        }
    }

    /// All columns of one row.
    pub(super) fn row_mut(&mut self, n: usize, c: usize, h: usize) -> &mut [f64] {
        let start = ((n * self.shape.c + c) * self.shape.h + h) * self.shape.w;
        &mut self.data[start..start + self.shape.w]
    }

    /// All rows of one channel.
    pub(super) fn plane_mut(&mut self, n: usize, c: usize) -> &mut [f64] {
        let size = self.shape.h * self.shape.w;
        let start = (n * self.shape.c + c) * size;
        &mut self.data[start..start + size]
    }

    pub(super) fn view(&self) -> View<'_> {
        View {
            data: &self.data,
            shape: self.shape,
        }
    }

    pub(super) fn into_value(self) -> Value {
        Value::Floats(self.data)
    }

    /// The only output of an operation.
    pub(super) fn into_values(self) -> Vec<Value> {
        vec![self.into_value()]
    }
}

/// `y += factor * x`.
pub(super) fn add_scaled(y: &mut [f64], factor: f64, x: &[f64]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += factor * x;
    }
}

/// `sum a * b`.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
