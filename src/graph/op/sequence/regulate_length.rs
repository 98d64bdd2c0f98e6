//! Length regulation: from tokens to frames.

use crate::graph::error::GraphError;
use crate::graph::operation::{Evaluation, Operation};
use crate::graph::recording::Recording;
use crate::graph::tensor::{Shape, TensorId};
use crate::graph::values::{Grid, Value};

/// Length regulation: `y[n, c, 0, w] = x[n, c, 0, index[n, 0, 0, w]]`; an index outside `x` gives NaN.
#[derive(Debug, Clone, PartialEq)]
pub struct RegulateLength {
    /// `[n, c, 1, tokens]`
    pub x: TensorId,
    /// `u32 [n, 1, 1, frames]`: the token of each frame
    pub index: TensorId,
}

impl<O: Operation + From<RegulateLength>> Recording<O> {
    /// [`RegulateLength`]: column `index[n, w]` of `x` becomes column `w`.
    ///
    /// # Errors
    /// When `x` has rows or the batch sizes differ.
    pub fn regulate_length(
        &mut self,
        name: &str,
        x: TensorId,
        index: TensorId,
    ) -> Result<TensorId, GraphError> {
        let (shape, frames) = (self.shape(x), self.shape(index).w);
        self.require_one_row(name, x)?;
        self.require_shape(name, "index", index, Shape::sequence(shape.n, 1, frames))?;
        let output = Shape { w: frames, ..shape };
        let lengths = self.lengths_of(index);
        self.add_node(name, RegulateLength { x, index }, output, lengths)
    }
}

impl Operation for RegulateLength {
    fn name(&self) -> &'static str {
        "regulate_length"
    }

    fn operands(&self) -> Vec<(&'static str, TensorId)> {
        vec![("x", self.x), ("index", self.index)]
    }

    fn evaluate(&self, at: &Evaluation<'_>) -> Result<Vec<Value>, GraphError> {
        let (x, index, shape) = (at.floats(self.x), at.integers(self.index), at.output());
        let y = Grid::from_fn(shape, |n, c, h, w| {
            let token = index[n * shape.w + w] as usize;
            x.row(n, c, h).get(token).copied().unwrap_or(f64::NAN)
        });
        Ok(y.into_values())
    }
}
