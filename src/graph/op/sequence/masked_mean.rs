//! Pooling over time.

use crate::graph::error::GraphError;
use crate::graph::operation::{Evaluation, Operation};
use crate::graph::recording::Recording;
use crate::graph::tensor::{Shape, TensorId};
use crate::graph::values::{Grid, Value};

/// Mean over the valid columns: `[n, c, 1, 1]`.
#[derive(Debug, Clone, PartialEq)]
pub struct MaskedMean {
    /// `[n, c, 1, w]`
    pub x: TensorId,
}

impl<O: Operation + From<MaskedMean>> Recording<O> {
    /// [`MaskedMean`].
    ///
    /// # Errors
    /// When `x` has rows.
    pub fn masked_mean(&mut self, name: &str, x: TensorId) -> Result<TensorId, GraphError> {
        let shape = self.shape(x);
        self.require_one_row(name, x)?;
        self.add_node(
            name,
            MaskedMean { x },
            Shape::vector(shape.n, shape.c),
            None,
        )
    }
}

impl Operation for MaskedMean {
    fn name(&self) -> &'static str {
        "masked_mean"
    }

    fn operands(&self) -> Vec<(&'static str, TensorId)> {
        vec![("x", self.x)]
    }

    fn evaluate(&self, at: &Evaluation<'_>) -> Result<Vec<Value>, GraphError> {
        let (x, valid) = (at.floats(self.x), at.valid(self.x));
        let y = Grid::from_fn(at.output(), |n, c, _, _| {
            let columns = &x.row(n, c, 0)[..valid[n]];
            columns.iter().sum::<f64>() / columns.len() as f64
        });
        Ok(y.into_values())
    }
}
