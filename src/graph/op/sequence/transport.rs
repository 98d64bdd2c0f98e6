//! The transport of a mean mel.

use crate::graph::error::GraphError;
use crate::graph::operation::{Evaluation, Operation};
use crate::graph::recording::Recording;
use crate::graph::tensor::{Shape, TensorId};
use crate::graph::values::{Grid, Value};

/// Affine map of the channels, one for each item, as moves the frames of a mean mel to where a voice has
/// its own: `y[n, o, 0, w] = offset[n, o] + sum_c map[n, 0, o, c] * x[n, c, 0, w]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Transport {
    /// `[n, c, 1, w]`
    pub x: TensorId,
    /// `[n, 1, o, c]`
    pub map: TensorId,
    /// `[n, o, 1, 1]`
    pub offset: TensorId,
}

impl<O: Operation + From<Transport>> Recording<O> {
    /// [`Transport`].
    ///
    /// # Errors
    /// When `x` has rows, or there is not one map of its channels and one offset for each item.
    pub fn transport(
        &mut self,
        name: &str,
        x: TensorId,
        map: TensorId,
        offset: TensorId,
    ) -> Result<TensorId, GraphError> {
        let (shape, outputs) = (self.shape(x), self.shape(map).h);
        self.require_one_row(name, x)?;
        self.require_shape(name, "map", map, Shape::new(shape.n, 1, outputs, shape.c))?;
        self.require_shape(name, "offset", offset, Shape::vector(shape.n, outputs))?;
        let output = Shape::sequence(shape.n, outputs, shape.w);
        let lengths = self.lengths_of(x);
        self.add_node(name, Transport { x, map, offset }, output, lengths)
    }
}

impl Operation for Transport {
    fn name(&self) -> &'static str {
        "transport"
    }

    fn operands(&self) -> Vec<(&'static str, TensorId)> {
        vec![("x", self.x), ("map", self.map), ("offset", self.offset)]
    }

    fn evaluate(&self, at: &Evaluation<'_>) -> Result<Vec<Value>, GraphError> {
        let [x, map, offset] = [self.x, self.map, self.offset].map(|id| at.floats(id));
        let y = Grid::from_fn(at.output(), |n, o, h, w| {
            let factors = map.row(n, 0, o).iter().enumerate();
            let sum: f64 = factors.map(|(c, factor)| factor * x.at(n, c, h, w)).sum();
            offset.at(n, o, 0, 0) + sum
        });
        Ok(y.into_values())
    }
}
