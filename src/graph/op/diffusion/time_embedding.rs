//! The embedding of a solver's time.

use super::table::{Row, SolverInputs, check_table};
use crate::graph::error::GraphError;
use crate::graph::operation::{Evaluation, Operation};
use crate::graph::recording::Recording;
use crate::graph::tensor::{Shape, TensorId};
use crate::graph::values::{Grid, Value};

/// Sinusoidal time embedding of the current solver step, the same for
/// every item, shape `[n, dim, 1, 1]`:
/// with `half = dim / 2`, `f_k = exp(-k * ln(10000) / (half - 1))` and
/// `u = scale * table[step].time`, `y[k] = sin(u * f_k)`, `y[half + k] = cos(u * f_k)`.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeEmbedding {
    /// Solver table `[1, 1, steps, 8]`, see [`DiffusionUpdate`](super::DiffusionUpdate)
    pub table: TensorId,
    /// `u32 [1, 1, 1, 1]`: the current row
    pub step: TensorId,
    /// Even, at least 4.
    pub dim: usize,
    /// Multiplies the time (1000 in Grad-TTS).
    pub scale: f32,
}

impl<O: Operation + From<TimeEmbedding>> Recording<O> {
    /// [`TimeEmbedding`] for a batch of `n` items.
    ///
    /// # Errors
    /// When `dim` is odd or under 4, or the table does not have eight columns.
    pub fn time_embedding(
        &mut self,
        name: &str,
        solver: SolverInputs,
        n: usize,
        dim: usize,
        scale: f32,
    ) -> Result<TensorId, GraphError> {
        self.require(name, dim.is_multiple_of(2) && dim >= 4, || {
            format!("dimension {dim}, expected even and at least 4")
        })?;
        check_table(self, name, solver)?;
        let embedding = TimeEmbedding {
            table: solver.table,
            step: solver.step,
            dim,
            scale,
        };
        self.add_node(name, embedding, Shape::vector(n, dim), None)
    }
}

impl Operation for TimeEmbedding {
    fn name(&self) -> &'static str {
        "time_embedding"
    }

    fn operands(&self) -> Vec<(&'static str, TensorId)> {
        vec![("table", self.table), ("step", self.step)]
    }

    fn evaluate(&self, at: &Evaluation<'_>) -> Result<Vec<Value>, GraphError> {
        let time = Row::current(at, self.table, self.step)?.time;
        let half = self.dim / 2;
        let y = Grid::from_fn(at.output(), |_, k, _, _| {
            let exponent = (k % half) as f64 / (half - 1) as f64;
            let angle = f64::from(self.scale) * time * (-exponent * 10_000_f64.ln()).exp();
            if k < half { angle.sin() } else { angle.cos() }
        });
        Ok(y.into_values())
    }
}
