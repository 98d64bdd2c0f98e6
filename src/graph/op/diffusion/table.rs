//! The table of a solver, one row a step, and the noise of an element.

use crate::graph::error::GraphError;
use crate::graph::noise::standard_normal;
use crate::graph::operation::{Evaluation, Operation};
use crate::graph::recording::Recording;
use crate::graph::tensor::{Shape, TensorId};

/// Columns of a solver table: time, p, q, a, b, c, noise, clip (see
/// [`DiffusionUpdate`](super::DiffusionUpdate)).
const TABLE_COLUMNS: usize = 8;

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

/// Fails unless the table has eight columns and the step is one number.
pub(super) fn check_table<O: Operation>(
    graph: &Recording<O>,
    name: &str,
    solver: SolverInputs,
) -> Result<(), GraphError> {
    let rows = graph.shape(solver.table).h;
    let table = Shape::new(1, 1, rows, TABLE_COLUMNS);
    graph.require_shape(name, "solver table", solver.table, table)?;
    graph.require_shape(name, "step", solver.step, Shape::new(1, 1, 1, 1))
}

/// One row of the solver table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) time: f64,
    pub(super) p: f64,
    pub(super) q: f64,
    pub(super) a: f64,
    pub(super) b: f64,
    pub(super) c: f64,
    pub(super) noise: f64,
    pub(super) clip: f64,
}

impl Row {
    /// The row of the current step.
    pub(super) fn current(
        at: &Evaluation<'_>,
        table: TensorId,
        step: TensorId,
    ) -> Result<Self, GraphError> {
        let (table, step) = (at.floats(table), at.integer(step));
        let row = table.data.chunks(TABLE_COLUMNS).nth(step as usize);
        let &[time, p, q, a, b, c, noise, clip] = row.unwrap_or_default() else {
            return Err(GraphError::Step {
                node: at.node.to_owned(),
                step,
                rows: table.shape.h,
            });
        };
        Ok(Self {
            time,
            p,
            q,
            a,
            b,
            c,
            noise,
            clip,
        })
    }
}

/// Standard normal noise of one element.
pub(super) fn noise(seeds: &[u32], shape: Shape, stream: u32, [n, c, h, w]: [usize; 4]) -> f64 {
    let word = |position| u32::try_from(position).expect("no tensor has 2^32 rows or columns");
    let seed = [seeds[2 * n], seeds[2 * n + 1]];
    standard_normal(seed, word(w), word(c * shape.h + h), stream)
}
