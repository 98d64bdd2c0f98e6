//! Sums.

use crate::graph::error::GraphError;
use crate::graph::operation::{Evaluation, Operation};
use crate::graph::recording::Recording;
use crate::graph::tensor::{Shape, TensorId};
use crate::graph::values::{Grid, Value};

/// Scaled sum: `y = scale * (a + b)`, where `b` may be a vector `[n, c, 1, 1]` added to every column.
#[derive(Debug, Clone, PartialEq)]
pub struct Add {
    /// `[n, c, h, w]`
    pub a: TensorId,
    /// `[n, c, h, w]` or `[n, c, 1, 1]`
    pub b: TensorId,
    /// Multiplies the sum.
    pub scale: f32,
}

impl<O: Operation + From<Add>> Recording<O> {
    /// [`Add`].
    ///
    /// # Errors
    /// When `b` has neither the shape of `a` nor that of a vector per item.
    pub fn add(
        &mut self,
        name: &str,
        a: TensorId,
        b: TensorId,
        scale: f32,
    ) -> Result<TensorId, GraphError> {
        let (shape, other) = (self.shape(a), self.shape(b));
        self.require(
            name,
            other == shape || other == Shape::vector(shape.n, shape.c),
            || format!("cannot add {other} to {shape}"),
        )?;
        self.add_node(name, Add { a, b, scale }, shape, self.lengths_of(a))
    }
}

impl Operation for Add {
    fn name(&self) -> &'static str {
        "add"
    }

    fn operands(&self) -> Vec<(&'static str, TensorId)> {
        vec![("a", self.a), ("b", self.b)]
    }

    fn evaluate(&self, at: &Evaluation<'_>) -> Result<Vec<Value>, GraphError> {
        let (a, b) = (at.floats(self.a), at.floats(self.b));
        let y = Grid::from_fn(a.shape, |n, c, h, w| {
            let b = if b.shape == a.shape {
                b.at(n, c, h, w)
            } else {
                b.at(n, c, 0, 0)
            };
            f64::from(self.scale) * (a.at(n, c, h, w) + b)
        });
        Ok(y.into_values())
    }
}
