//! Sinusoidal positions.

use crate::graph::error::GraphError;
use crate::graph::operation::{Evaluation, Operation};
use crate::graph::recording::Recording;
use crate::graph::tensor::TensorId;
use crate::graph::values::{Grid, Value};

/// Sinusoidal positions (Vaswani et al., arXiv 1706.03762):
/// `y[n, c, 0, w] = x + (c even ? sin : cos)(w / 10000^(2 * floor(c / 2) / channels))`.
#[derive(Debug, Clone, PartialEq)]
pub struct AddPositions {
    /// `[n, c, 1, w]`
    pub x: TensorId,
}

impl<O: Operation + From<AddPositions>> Recording<O> {
    /// [`AddPositions`].
    ///
    /// # Errors
    /// When `x` has rows.
    pub fn add_positions(&mut self, name: &str, x: TensorId) -> Result<TensorId, GraphError> {
        self.require_one_row(name, x)?;
        self.add_node(name, AddPositions { x }, self.shape(x), self.lengths_of(x))
    }
}

impl Operation for AddPositions {
    fn name(&self) -> &'static str {
        "add_positions"
    }

    fn operands(&self) -> Vec<(&'static str, TensorId)> {
        vec![("x", self.x)]
    }

    fn evaluate(&self, at: &Evaluation<'_>) -> Result<Vec<Value>, GraphError> {
        let x = at.floats(self.x);
        let channels = x.shape.c as f64;
        let y = Grid::from_fn(x.shape, |n, c, h, w| {
            let pair = (c / 2) as f64;
            let angle = w as f64 / 10_000_f64.powf(2.0 * pair / channels);
            let position = if c % 2 == 0 { angle.sin() } else { angle.cos() };
            x.at(n, c, h, w) + position
        });
        Ok(y.into_values())
    }
}
