//! The oracle: a plain executor of a graph in double precision, written to be obviously right.
//!
//! Every operation computes itself ([`super::Operation::evaluate`]). What an adapter computed is
//! compared with it tensor by tensor ([`compare`]). Values enter rounded to `f32`, as an
//! adapter gets them; all arithmetic after that is `f64`, and the random integers are exact.

mod compare;
#[cfg(test)]
mod tests;

use super::error::GraphError;
use super::op::{Graph, Node};
use super::operation::{Evaluation, Operation};
use super::tensor::{Origin, TensorId};
use super::weights::Weights;

pub use super::values::{Value, Values};
pub use compare::{NodeDifference, compare};

/// A graph with its weights and inputs, ready to run.
///
/// Inputs keep their values between runs, and those that a node overwrites
/// ([`Operation::overwritten`]) take the new ones, so the loop of a reverse diffusion is repeated runs, as on
/// an adapter.
#[derive(Debug)]
pub struct Oracle<'g> {
    graph: &'g Graph,
    /// Weights and inputs.
    given: Values,
}

impl<'g> Oracle<'g> {
    /// Takes the weights of a graph.
    ///
    /// # Errors
    /// When a weight is missing or has another number of elements, or the graph as a whole cannot run
    /// (see [`super::Plan::new`]).
    pub fn new(graph: &'g Graph, weights: &dyn Weights) -> Result<Self, GraphError> {
        graph.check()?;
        let mut given = Values::unknown(graph.tensors().len());
        for id in graph.tensor_ids() {
            let tensor = graph.tensor(id);
            if tensor.origin != Origin::Weight {
                continue;
            }
            let values = weights
                .values(&tensor.name)
                .ok_or_else(|| GraphError::MissingWeight {
                    name: tensor.name.clone(),
                    shape: tensor.shape,
                })?;
            let value = Value::Floats(values.iter().copied().map(f64::from).collect());
            check(graph, id, &value)?;
            given.set(id, value);
        }
        Ok(Self { graph, given })
    }

    /// Gives an `f32` input its values, for all runs to come.
    ///
    /// # Errors
    /// When there is no such input, or it has another type or number of elements.
    pub fn set_floats(&mut self, name: &str, values: &[f32]) -> Result<(), GraphError> {
        let value = Value::Floats(values.iter().copied().map(f64::from).collect());
        self.set(name, value)
    }

    /// Gives a `u32` input its values, for all runs to come.
    ///
    /// # Errors
    /// When there is no such input, or it has another type or number of elements.
    pub fn set_integers(&mut self, name: &str, values: &[u32]) -> Result<(), GraphError> {
        self.set(name, Value::Integers(values.to_vec()))
    }

    fn set(&mut self, name: &str, value: Value) -> Result<(), GraphError> {
        let id = self.graph.find_input(name)?;
        check(self.graph, id, &value)?;
        self.given.set(id, value);
        Ok(())
    }

    /// Runs every node once.
    ///
    /// # Errors
    /// When an input has no values, an item has no valid column or is not zero beyond them, or the step
    /// counter is beyond the solver table.
    pub fn run(&mut self) -> Result<Values, GraphError> {
        self.check_inputs()?;
        let mut values = self.given.clone();
        for node in self.graph.nodes() {
            let results = evaluate(self.graph, &values, node)?;
            for (&output, value) in node.outputs.iter().zip(results) {
                values.set(output, value);
            }
        }
        for (id, home) in self.graph.tensor_ids().zip(self.graph.homes()) {
            if id != home && self.graph.tensor(home).origin == Origin::Input {
                self.given.copy(&values, id, home);
            }
        }
        Ok(values)
    }

    fn check_inputs(&self) -> Result<(), GraphError> {
        let missing = self.graph.inputs().find(|&id| self.given.get(id).is_none());
        if let Some(id) = missing {
            let name = self.graph.tensor(id).name.clone();
            return Err(GraphError::MissingInput(name));
        }
        let mut inputs = self.graph.inputs();
        inputs.try_for_each(|id| self.check_mask(id))
    }

    /// Fails unless an input keeps the host's promises: at least one valid column an item, and zeros
    /// beyond them.
    fn check_mask(&self, id: TensorId) -> Result<(), GraphError> {
        let tensor = self.graph.tensor(id);
        let at = Evaluation {
            tensors: self.graph.tensors(),
            values: &self.given,
            node: &tensor.name,
            outputs: &[],
        };
        let (shape, valid) = (tensor.shape, at.valid(id));
        if let Some(item) = valid.iter().position(|&columns| columns == 0) {
            let lengths = tensor.lengths.map_or(id, |lengths| lengths.tensor);
            return Err(GraphError::NoColumns {
                tensor: self.graph.tensor(lengths).name.clone(),
                item,
            });
        }
        let values = at.value(id).as_floats();
        for (row, columns) in values.chunks(shape.w).enumerate() {
            let item = row / (shape.c * shape.h);
            let beyond = &columns[valid[item]..];
            if let Some(column) = beyond.iter().position(|value| *value != 0.0) {
                return Err(GraphError::Unmasked {
                    tensor: tensor.name.clone(),
                    item,
                    column: valid[item] + column,
                    valid: valid[item],
                });
            }
        }
        Ok(())
    }
}

/// The values of a node's outputs, masked.
fn evaluate(graph: &Graph, values: &Values, node: &Node) -> Result<Vec<Value>, GraphError> {
    let at = Evaluation {
        tensors: graph.tensors(),
        values,
        node: &node.name,
        outputs: &node.outputs,
    };
    let mut results = node.op.evaluate(&at)?;
    for (value, &output) in results.iter_mut().zip(&node.outputs) {
        value.mask(graph.shape(output), &at.valid(output));
    }
    Ok(results)
}

/// Fails unless the value has the tensor's type and size.
fn check(graph: &Graph, id: TensorId, value: &Value) -> Result<(), GraphError> {
    let tensor = graph.tensor(id);
    if value.dtype() != tensor.dtype {
        return Err(GraphError::Type {
            tensor: tensor.name.clone(),
            expected: tensor.dtype,
            actual: value.dtype(),
        });
    }
    if value.len() != tensor.shape.elements() {
        return Err(GraphError::Size {
            tensor: tensor.name.clone(),
            shape: tensor.shape,
            actual: value.len(),
        });
    }
    Ok(())
}
