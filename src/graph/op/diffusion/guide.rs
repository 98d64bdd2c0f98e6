//! Classifier-free guidance.

use crate::graph::error::GraphError;
use crate::graph::operation::{Evaluation, Operation};
use crate::graph::recording::Recording;
use crate::graph::tensor::{Shape, TensorId};
use crate::graph::values::{Grid, Value};

/// Classifier-free guidance (Ho and Salimans, arXiv 2207.12598):
/// `y = null_network + guidance * (network - null_network)`. What a network predicts (score, noise
/// or v) is an affine function of the clean estimate, and the two factors add up to 1: the clean
/// estimates are combined in the same way.
#[derive(Debug, Clone, PartialEq)]
pub struct Guide {
    /// `[n, c, h, w]`: output of the score network with the styles
    pub network: TensorId,
    /// `[n, c, h, w]`: its output with the style that stands for none
    pub null_network: TensorId,
    /// `f32 [1, 1, 1, 1]`: 1 is no guidance, more is further away from no style
    pub guidance: TensorId,
}

impl<O: Operation + From<Guide>> Recording<O> {
    /// [`Guide`].
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
        let guide = Guide {
            network,
            null_network,
            guidance,
        };
        self.add_node(name, guide, shape, self.lengths_of(network))
    }
}

impl Operation for Guide {
    fn name(&self) -> &'static str {
        "guide"
    }

    fn operands(&self) -> Vec<(&'static str, TensorId)> {
        vec![
            ("network", self.network),
            ("null_network", self.null_network),
            ("guidance", self.guidance),
        ]
    }

    fn evaluate(&self, at: &Evaluation<'_>) -> Result<Vec<Value>, GraphError> {
        let (network, null_network) = (at.floats(self.network), at.floats(self.null_network));
        let guidance = at.number(self.guidance);
        let y = Grid::from_fn(network.shape, |n, c, h, w| {
            let (with, without) = (network.at(n, c, h, w), null_network.at(n, c, h, w));
            without + guidance * (with - without)
        });
        Ok(y.into_values())
    }
}
