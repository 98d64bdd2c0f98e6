//! The reverse diffusion: time embedding, start, update, step counter.

use super::Graph;
use crate::graph::error::GraphError;
use crate::graph::op::Op;
use crate::graph::tensor::{DType, Shape, TensorId};

/// Columns of a solver table: time, p, q, a, b, c, noise, clip (see [`Op::DiffusionUpdate`]).
pub const TABLE_COLUMNS: usize = 8;

/// The inputs that every step of a reverse diffusion reads besides its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SolverInputs {
    /// `[1, 1, steps, 8]`
    pub table: TensorId,
    /// `u32 [1, 1, 1, 1]`
    pub step: TensorId,
    /// `u32 [1, 1, n, 2]`
    pub seeds: TensorId,
}

impl Graph {
    /// [`Op::TimeEmbedding`] for a batch of `n` items.
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
        self.check_table(name, solver)?;
        let op = Op::TimeEmbedding {
            table: solver.table,
            step: solver.step,
            dim,
            scale,
        };
        self.add_node(name, op, Shape::vector(n, dim), None)
    }

    /// [`Op::DiffusionStart`].
    ///
    /// # Errors
    /// When the seeds are not one pair per item or the deviation not one number.
    pub fn diffusion_start(
        &mut self,
        name: &str,
        mean: TensorId,
        seeds: TensorId,
        deviation: TensorId,
    ) -> Result<TensorId, GraphError> {
        let shape = self.shape(mean);
        self.require_shape(name, "seeds", seeds, Shape::new(1, 1, shape.n, 2))?;
        self.require_shape(name, "deviation", deviation, Shape::new(1, 1, 1, 1))?;
        let op = Op::DiffusionStart {
            mean,
            seeds,
            deviation,
        };
        self.add_node(name, op, shape, self.lengths_of(mean))
    }

    /// [`Op::Guide`].
    ///
    /// # Errors
    /// When the two outputs have different shapes or the guidance is not one number.
    pub fn guide(
        &mut self,
        name: &str,
        network: TensorId,
        null_network: TensorId,
        guidance: TensorId,
    ) -> Result<TensorId, GraphError> {
        let shape = self.shape(network);
        self.require_shape(name, "output without style", null_network, shape)?;
        self.require_shape(name, "guidance", guidance, Shape::new(1, 1, 1, 1))?;
        let op = Op::Guide {
            network,
            null_network,
            guidance,
        };
        self.add_node(name, op, shape, self.lengths_of(network))
    }

    /// [`Op::DiffusionUpdate`]: the new state and the new clean estimate, in the places of the old.
    ///
    /// # Errors
    /// When the shapes of state, clean estimate, mean and network output differ.
    pub fn diffusion_update(
        &mut self,
        name: &str,
        state: TensorId,
        clean: TensorId,
        mean: TensorId,
        network: TensorId,
        solver: SolverInputs,
    ) -> Result<(TensorId, TensorId), GraphError> {
        let shape = self.shape(state);
        self.require_shape(name, "clean estimate", clean, shape)?;
        self.require_shape(name, "mean", mean, shape)?;
        self.require_shape(name, "network output", network, shape)?;
        self.require_shape(name, "seeds", solver.seeds, Shape::new(1, 1, shape.n, 2))?;
        self.check_table(name, solver)?;
        let SolverInputs { table, step, seeds } = solver;
        let op = Op::DiffusionUpdate {
            state,
            clean,
            mean,
            network,
            table,
            step,
            seeds,
        };
        let outputs = [(shape, DType::F32), (shape, DType::F32)];
        let outputs = self.add_node_with_outputs(name, op, &outputs, self.lengths_of(state))?;
        Ok((outputs[0], outputs[1]))
    }

    /// [`Op::AdvanceStep`].
    ///
    /// # Errors
    /// When the counter is not one number.
    pub fn advance_step(&mut self, name: &str, step: TensorId) -> Result<TensorId, GraphError> {
        let shape = Shape::new(1, 1, 1, 1);
        self.require_shape(name, "step", step, shape)?;
        let op = Op::AdvanceStep { step };
        Ok(self.add_node_with_outputs(name, op, &[(shape, DType::U32)], None)?[0])
    }

    fn check_table(&self, name: &str, solver: SolverInputs) -> Result<(), GraphError> {
        let rows = self.shape(solver.table).h;
        self.require_shape(
            name,
            "solver table",
            solver.table,
            Shape::new(1, 1, rows, TABLE_COLUMNS),
        )?;
        self.require_shape(name, "step", solver.step, Shape::new(1, 1, 1, 1))
    }
}
