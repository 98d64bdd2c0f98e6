//! Where the reverse diffusion starts.

use super::table::noise;
use crate::graph::error::GraphError;
use crate::graph::operation::{Evaluation, Operation};
use crate::graph::recording::Recording;
use crate::graph::tensor::{Shape, TensorId};
use crate::graph::values::{Grid, Value};

/// Start of the reverse diffusion: `y = mean + deviation * z`, `z` standard normal from the
/// counter-based generator ([`DiffusionUpdate`](super::DiffusionUpdate)) with stream 0.
#[derive(Debug, Clone, PartialEq)]
pub struct DiffusionStart {
    /// `[n, c, h, w]`
    pub mean: TensorId,
    /// `u32 [1, 1, n, 2]`: a 64-bit seed for each item, low word first
    pub seeds: TensorId,
    /// `f32 [1, 1, 1, 1]`: standard deviation (the temperature)
    pub deviation: TensorId,
}

impl<O: Operation + From<DiffusionStart>> Recording<O> {
    /// [`DiffusionStart`].
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
        let start = DiffusionStart {
            mean,
            seeds,
            deviation,
        };
        self.add_node(name, start, shape, self.lengths_of(mean))
    }
}

impl Operation for DiffusionStart {
    fn name(&self) -> &'static str {
        "diffusion_start"
    }

    fn operands(&self) -> Vec<(&'static str, TensorId)> {
        vec![
            ("mean", self.mean),
            ("seeds", self.seeds),
            ("deviation", self.deviation),
        ]
    }

    fn evaluate(&self, at: &Evaluation<'_>) -> Result<Vec<Value>, GraphError> {
        let (mean, seeds) = (at.floats(self.mean), at.integers(self.seeds));
        let deviation = at.number(self.deviation);
        let y = Grid::from_fn(mean.shape, |n, c, h, w| {
            mean.at(n, c, h, w) + deviation * noise(seeds, mean.shape, 0, [n, c, h, w])
        });
        Ok(y.into_values())
    }
}
