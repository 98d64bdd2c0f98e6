//! Embedding of symbols.

use crate::graph::error::GraphError;
use crate::graph::operation::{Evaluation, Operation};
use crate::graph::recording::Recording;
use crate::graph::tensor::{Shape, TensorId};
use crate::graph::values::{Grid, Value};

/// `y[n, c, 0, w] = table[ids[n, 0, 0, w], c]`; an id outside the table gives NaN, never a neighbour.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding {
    /// `u32 [n, 1, 1, w]`
    pub ids: TensorId,
    /// Weight `[symbols, c, 1, 1]`
    pub table: TensorId,
}

impl<O: Operation + From<Embedding>> Recording<O> {
    /// [`Embedding`] with the weight `name.weight` `[symbols, channels]`.
    ///
    /// # Errors
    /// When the ids are not one row of one channel.
    pub fn embedding(
        &mut self,
        name: &str,
        ids: TensorId,
        symbols: usize,
        channels: usize,
    ) -> Result<TensorId, GraphError> {
        let shape = self.shape(ids);
        self.require(name, shape.c == 1 && shape.h == 1, || {
            format!("ids have shape {shape}, expected [n, 1, 1, w]")
        })?;
        let table = Shape::new(symbols, channels, 1, 1);
        let table = self.weight(&format!("{name}.weight"), table)?;
        let output = Shape::sequence(shape.n, channels, shape.w);
        let lengths = self.lengths_of(ids);
        self.add_node(name, Embedding { ids, table }, output, lengths)
    }
}

impl Operation for Embedding {
    fn name(&self) -> &'static str {
        "embedding"
    }

    fn operands(&self) -> Vec<(&'static str, TensorId)> {
        vec![("ids", self.ids), ("table", self.table)]
    }

    fn evaluate(&self, at: &Evaluation<'_>) -> Result<Vec<Value>, GraphError> {
        let (ids, table, shape) = (at.integers(self.ids), at.floats(self.table), at.output());
        let y = Grid::from_fn(shape, |n, c, _, w| {
            let symbol = ids[n * shape.w + w] as usize;
            if symbol < table.shape.n {
                table.at(symbol, c, 0, 0)
            } else {
                f64::NAN
            }
        });
        Ok(y.into_values())
    }
}
