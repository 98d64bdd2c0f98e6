//! One step of any solver.

use super::table::{Row, SolverInputs, check_table, noise};
use crate::graph::error::GraphError;
use crate::graph::operation::{Evaluation, Operation};
use crate::graph::recording::Recording;
use crate::graph::tensor::{DType, Shape, TensorId};
use crate::graph::values::{Grid, Value};

/// One step of any solver, in place. With `D = state - mean` and row `table[step]` =
/// `(time, p, q, a, b, c, noise, clip)`:
/// `clean' = clamp(p * D + q * network, -clip, clip)`,
/// `D' = a * D + b * clean' + c * clean + noise * z`, `state' = mean + D'`.
/// Outputs: `state'`, `clean'`, which take the places of `state` and `clean`.
/// `z` is standard normal: Philox 4x32-10 (Salmon et al., SC'11) with the item's seed as key and
/// `(column, channel * rows + row, step + 1, 0)` as counter (third word 0 for
/// [`DiffusionStart`](super::DiffusionStart)), first two words through Box-Muller:
/// `z = sqrt(-2 ln u1) * cos(2 pi u2)`, `u = (word >> 8 + 0.5) / 2^24`. So noise depends neither on
/// the batch, nor on padding, nor on the adapter. A step beyond the table gives NaN (the oracle
/// refuses it).
#[derive(Debug, Clone, PartialEq)]
pub struct DiffusionUpdate {
    /// `[n, c, h, w]`
    pub state: TensorId,
    /// `[n, c, h, w]`: previous clean estimate
    pub clean: TensorId,
    /// `[n, c, h, w]`
    pub mean: TensorId,
    /// `[n, c, h, w]`: output of the score network
    pub network: TensorId,
    /// Solver table `[1, 1, steps, 8]`
    pub table: TensorId,
    /// `u32 [1, 1, 1, 1]`
    pub step: TensorId,
    /// `u32 [1, 1, n, 2]`
    pub seeds: TensorId,
}

impl<O: Operation + From<DiffusionUpdate>> Recording<O> {
    /// [`DiffusionUpdate`]: the new state and the new clean estimate, in the places of the old.
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
        check_table(self, name, solver)?;
        let SolverInputs { table, step, seeds } = solver;
        let update = DiffusionUpdate {
            state,
            clean,
            mean,
            network,
            table,
            step,
            seeds,
        };
        let outputs = [(shape, DType::F32); 2];
        let outputs = self.add_node_with_outputs(name, update, &outputs, self.lengths_of(state))?;
        Ok((outputs[0], outputs[1]))
    }
}

impl Operation for DiffusionUpdate {
    fn name(&self) -> &'static str {
        "diffusion_update"
    }

    fn operands(&self) -> Vec<(&'static str, TensorId)> {
        vec![
            ("state", self.state),
            ("clean", self.clean),
            ("mean", self.mean),
            ("network", self.network),
            ("table", self.table),
            ("step", self.step),
            ("seeds", self.seeds),
        ]
    }

    fn overwritten(&self) -> Vec<TensorId> {
        vec![self.state, self.clean]
    }

    fn evaluate(&self, at: &Evaluation<'_>) -> Result<Vec<Value>, GraphError> {
        let row = Row::current(at, self.table, self.step)?;
        let [state, clean, mean, network] =
            [self.state, self.clean, self.mean, self.network].map(|id| at.floats(id));
        let (seeds, stream) = (at.integers(self.seeds), at.integer(self.step) + 1);
        let new_clean = Grid::from_fn(state.shape, |n, c, h, w| {
            let offset = state.at(n, c, h, w) - mean.at(n, c, h, w);
            let estimate = row.p * offset + row.q * network.at(n, c, h, w);
            estimate.max(-row.clip).min(row.clip)
        });
        let estimate = new_clean.view();
        let new_state = Grid::from_fn(state.shape, |n, c, h, w| {
            let offset = state.at(n, c, h, w) - mean.at(n, c, h, w);
            let z = noise(seeds, state.shape, stream, [n, c, h, w]);
            let offset = row.a * offset
                + row.b * estimate.at(n, c, h, w)
                + row.c * clean.at(n, c, h, w)
                + row.noise * z;
            mean.at(n, c, h, w) + offset
        });
        Ok(vec![new_state.into_value(), new_clean.into_value()])
    }
}
