//! What the constructors cannot check one by one: the graph as a whole.

use std::collections::HashSet;

use super::error::GraphError;
use super::op::Graph;
use super::tensor::Origin;

impl Graph {
    /// Fails where no plan and no run is possible: a tensor without elements, two inputs of one name, a
    /// weight among the outputs.
    pub(super) fn check(&self) -> Result<(), GraphError> {
        if let Some(empty) = self.tensors().iter().find(|t| t.shape.elements() == 0) {
            return Err(GraphError::Empty {
                tensor: empty.name.clone(),
                shape: empty.shape,
            });
        }
        let mut names = HashSet::new();
        for id in self.inputs() {
            let name = &self.tensor(id).name;
            if !names.insert(name) {
                return Err(GraphError::DuplicateInput(name.clone()));
            }
        }
        let mut outputs = self.outputs().iter().map(|&id| self.tensor(id));
        match outputs.find(|tensor| tensor.origin == Origin::Weight) {
            Some(weight) => Err(GraphError::OutputWeight(weight.name.clone())),
            None => Ok(()),
        }
    }
}
