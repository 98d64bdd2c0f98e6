//! Concatenation.

use crate::graph::error::GraphError;
use crate::graph::operation::{Evaluation, Operation};
use crate::graph::recording::Recording;
use crate::graph::tensor::{Shape, TensorId};
use crate::graph::values::{Grid, Value};

/// Channels of `a`, then channels of `b`.
#[derive(Debug, Clone, PartialEq)]
pub struct Concat {
    /// `[n, ca, h, w]`
    pub a: TensorId,
    /// `[n, cb, h, w]`
    pub b: TensorId,
}

impl<O: Operation + From<Concat>> Recording<O> {
    /// [`Concat`].
    ///
    /// # Errors
    /// When the shapes differ in more than the channels.
    pub fn concat(&mut self, name: &str, a: TensorId, b: TensorId) -> Result<TensorId, GraphError> {
        let (shape, channels) = (self.shape(a), self.shape(b).c);
        let other = Shape {
            c: channels,
            ..shape
        };
        self.require_shape(name, "second operand", b, other)?;
        let output = Shape {
            c: shape.c + channels,
            ..shape
        };
        self.add_node(name, Concat { a, b }, output, self.lengths_of(a))
    }
}

impl Operation for Concat {
    fn name(&self) -> &'static str {
        "concat"
    }

    fn operands(&self) -> Vec<(&'static str, TensorId)> {
        vec![("a", self.a), ("b", self.b)]
    }

    fn evaluate(&self, at: &Evaluation<'_>) -> Result<Vec<Value>, GraphError> {
        let (a, b) = (at.floats(self.a), at.floats(self.b));
        let channels = a.shape.c;
        let y = Grid::from_fn(at.output(), |n, c, h, w| {
            if c < channels {
                a.at(n, c, h, w)
            } else {
                b.at(n, c - channels, h, w)
            }
        });
        Ok(y.into_values())
    }
}
