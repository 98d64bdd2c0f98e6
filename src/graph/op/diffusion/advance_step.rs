//! The counter of a solver's steps.

use crate::graph::error::GraphError;
use crate::graph::operation::{Evaluation, Operation};
use crate::graph::recording::Recording;
use crate::graph::tensor::{DType, Shape, TensorId};
use crate::graph::values::Value;

/// `step + 1`, in place: lets one recorded plan run every step of the loop.
#[derive(Debug, Clone, PartialEq)]
pub struct AdvanceStep {
    /// `u32 [1, 1, 1, 1]`
    pub step: TensorId,
}

impl<O: Operation + From<AdvanceStep>> Recording<O> {
    /// [`AdvanceStep`].
    ///
    /// # Errors
    /// When the counter is not one number.
    pub fn advance_step(&mut self, name: &str, step: TensorId) -> Result<TensorId, GraphError> {
        let shape = Shape::new(1, 1, 1, 1);
        self.require_shape(name, "step", step, shape)?;
        let outputs = [(shape, DType::U32)];
        Ok(self.add_node_with_outputs(name, AdvanceStep { step }, &outputs, None)?[0])
    }
}

impl Operation for AdvanceStep {
    fn name(&self) -> &'static str {
        "advance_step"
    }

    fn operands(&self) -> Vec<(&'static str, TensorId)> {
        vec![("step", self.step)]
    }

    fn overwritten(&self) -> Vec<TensorId> {
        vec![self.step]
    }

    fn evaluate(&self, at: &Evaluation<'_>) -> Result<Vec<Value>, GraphError> {
        let next = at.integer(self.step).wrapping_add(1);
        Ok(vec![Value::Integers(vec![next])])
    }
}
