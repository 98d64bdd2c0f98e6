//! Gates.

use crate::graph::error::GraphError;
use crate::graph::operation::{Evaluation, Operation};
use crate::graph::recording::Recording;
use crate::graph::tensor::{Shape, TensorId};
use crate::graph::values::{Grid, Value};

/// Gated linear unit with residual (the end of a Conv1d-GLU):
/// `y[n, c] = residual[n, c] + x[n, c] * sigmoid(x[n, channels + c])`.
#[derive(Debug, Clone, PartialEq)]
pub struct Glu {
    /// `[n, 2c, 1, w]`
    pub x: TensorId,
    /// `[n, c, 1, w]`
    pub residual: TensorId,
}

impl<O: Operation + From<Glu>> Recording<O> {
    /// [`Glu`].
    ///
    /// # Errors
    /// When `x` does not have twice the channels of `residual`.
    pub fn glu(
        &mut self,
        name: &str,
        x: TensorId,
        residual: TensorId,
    ) -> Result<TensorId, GraphError> {
        let shape = self.shape(residual);
        let gated = Shape {
            c: 2 * shape.c,
            ..shape
        };
        self.require_shape(name, "gated input", x, gated)?;
        self.add_node(name, Glu { x, residual }, shape, self.lengths_of(residual))
    }
}

impl Operation for Glu {
    fn name(&self) -> &'static str {
        "glu"
    }

    fn operands(&self) -> Vec<(&'static str, TensorId)> {
        vec![("x", self.x), ("residual", self.residual)]
    }

    fn evaluate(&self, at: &Evaluation<'_>) -> Result<Vec<Value>, GraphError> {
        let (x, residual) = (at.floats(self.x), at.floats(self.residual));
        let channels = residual.shape.c;
        let y = Grid::from_fn(residual.shape, |n, c, h, w| {
            let gate = 1.0 / (1.0 + (-x.at(n, channels + c, h, w)).exp());
            residual.at(n, c, h, w) + x.at(n, c, h, w) * gate
        });
        Ok(y.into_values())
    }
}
