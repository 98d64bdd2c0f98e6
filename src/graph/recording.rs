//! A recorded computation: inputs, weights, scopes, and nodes of any kind of operation.
//!
//! Each operation adds its own shape-checked constructor in `super::op`. Scopes are the model's module
//! paths, so a weight's name in the graph is its name in the safetensors file: inside the scopes
//! `text_encoder` and `blocks.0`, `linear("attention.query", ..)` uses
//! `text_encoder.blocks.0.attention.query.weight`.

use std::collections::{HashMap, HashSet};

use super::error::GraphError;
use super::operation::Operation;
use super::tensor::{DType, Lengths, NodeId, Origin, Shape, Tensor, TensorId};

/// A node: an operation and the tensors that it defines.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedNode<O> {
    /// Scope and operation, as in `score_unet.downs.0.0.block1.block.0`.
    pub name: String,
    /// What is computed.
    pub op: O,
    /// What it defines: one tensor, or two for the update of a diffusion.
    pub outputs: Vec<TensorId>,
}

/// A computation as data: tensors, nodes in execution order, and which tensors leave it. `O` is any of
/// some operations.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording<O> {
    tensors: Vec<Tensor>,
    nodes: Vec<RecordedNode<O>>,
    outputs: Vec<TensorId>,
    weights: HashMap<String, TensorId>,
    scope: Vec<String>,
}

impl<O> Default for Recording<O> {
    fn default() -> Self {
        Self {
            tensors: Vec::new(),
            nodes: Vec::new(),
            outputs: Vec::new(),
            weights: HashMap::new(),
            scope: Vec::new(),
        }
    }
}

impl<O: Operation> Recording<O> {
    /// An empty graph.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// All tensors; [`TensorId::index`] is the position here.
    #[must_use]
    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// All nodes, each after the nodes whose outputs it reads.
    #[must_use]
    pub fn nodes(&self) -> &[RecordedNode<O>] {
        &self.nodes
    }

    /// Tensors that outlive a run, in the order of the [`Self::output`] calls.
    #[must_use]
    pub fn outputs(&self) -> &[TensorId] {
        &self.outputs
    }

    /// The ids of all tensors, in order.
    pub fn tensor_ids(
        &self,
    ) -> impl DoubleEndedIterator<Item = TensorId> + ExactSizeIterator + use<O> {
        (0..index(self.tensors.len())).map(TensorId)
    }

    /// The ids of all nodes, in order.
    pub fn node_ids(&self) -> impl DoubleEndedIterator<Item = NodeId> + ExactSizeIterator + use<O> {
        (0..index(self.nodes.len())).map(NodeId)
    }

    /// The inputs, in the order of their declarations.
    pub fn inputs(&self) -> impl Iterator<Item = TensorId> {
        self.tensor_ids()
            .filter(|&id| self.tensor(id).origin == Origin::Input)
    }

    /// The tensor behind an id of this graph.
    #[must_use]
    pub fn tensor(&self, id: TensorId) -> &Tensor {
        &self.tensors[id.index()]
    }

    /// Shape of a tensor of this graph.
    #[must_use]
    pub fn shape(&self, id: TensorId) -> Shape {
        self.tensor(id).shape
    }

    /// The parameters that this graph needs, each once.
    pub fn weights(&self) -> impl Iterator<Item = &Tensor> {
        self.tensors
            .iter()
            .filter(|tensor| tensor.origin == Origin::Weight)
    }

    /// Declares an input without masked columns. Its name is absolute: scopes do not apply.
    pub fn input(&mut self, name: &str, shape: Shape, dtype: DType) -> TensorId {
        self.add_tensor(name.to_owned(), shape, dtype, None, Origin::Input)
    }

    /// Declares the lengths of a batch: a `u32` input of shape `[1, 1, 1, n]`.
    pub fn lengths(&mut self, name: &str, n: usize) -> Lengths {
        Lengths::of(self.input(name, Shape::new(1, 1, 1, n), DType::U32))
    }

    /// Declares an input of which each item has its own number of valid columns. The host promises
    /// zeros in the others.
    pub fn masked_input(
        &mut self,
        name: &str,
        shape: Shape,
        dtype: DType,
        lengths: Lengths,
    ) -> TensorId {
        self.add_tensor(name.to_owned(), shape, dtype, Some(lengths), Origin::Input)
    }

    /// Declares (or finds again) the weight `name` of the current scope.
    ///
    /// # Errors
    /// When the same name was declared with another shape.
    pub fn weight(&mut self, name: &str, shape: Shape) -> Result<TensorId, GraphError> {
        let full = self.full_name(name);
        if let Some(&id) = self.weights.get(&full) {
            let declared = self.shape(id);
            if declared == shape {
                return Ok(id);
            }
            return Err(self.mismatch(
                name,
                format!("weight declared as {declared} and again as {shape}"),
            ));
        }
        let id = self.add_tensor(full.clone(), shape, DType::F32, None, Origin::Weight);
        self.weights.insert(full, id);
        Ok(id)
    }

    /// Marks a tensor as a result that the host reads or hands to another plan.
    pub fn output(&mut self, id: TensorId) {
        if !self.outputs.contains(&id) {
            self.outputs.push(id);
        }
    }

    /// Marks every node's result as an output, except those that a later node overwrites, so that all
    /// of them can be read after a run and compared.
    pub fn output_everything(&mut self) {
        let overwritten: HashSet<_> = self
            .nodes
            .iter()
            .flat_map(|node| node.op.overwritten())
            .collect();
        for node in 0..self.nodes.len() {
            for id in self.nodes[node].outputs.clone() {
                if !overwritten.contains(&id) {
                    self.output(id);
                }
            }
        }
    }

    /// Builds part of the graph inside the scope `name`.
    ///
    /// # Errors
    /// Whatever `build` returns.
    pub fn in_scope<T>(
        &mut self,
        name: &str,
        build: impl FnOnce(&mut Self) -> Result<T, GraphError>,
    ) -> Result<T, GraphError> {
        self.scope.push(name.to_owned());
        let result = build(self);
        self.scope.pop();
        result
    }

    fn full_name(&self, name: &str) -> String {
        let mut full = self.scope.join(".");
        if !full.is_empty() && !name.is_empty() {
            full.push('.');
        }
        full.push_str(name);
        full
    }

    fn add_tensor(
        &mut self,
        name: String,
        shape: Shape,
        dtype: DType,
        lengths: Option<Lengths>,
        origin: Origin,
    ) -> TensorId {
        let id = TensorId(index(self.tensors.len()));
        self.tensors.push(Tensor {
            name,
            shape,
            dtype,
            lengths,
            origin,
        });
        id
    }

    /// Appends a node with one `f32` output.
    pub(super) fn add_node(
        &mut self,
        name: &str,
        op: impl Into<O>,
        shape: Shape,
        lengths: Option<Lengths>,
    ) -> Result<TensorId, GraphError> {
        let outputs = self.add_node_with_outputs(name, op, &[(shape, DType::F32)], lengths)?;
        Ok(outputs[0])
    }

    /// Appends a node with these outputs, all of the same lengths.
    pub(super) fn add_node_with_outputs(
        &mut self,
        name: &str,
        op: impl Into<O>,
        outputs: &[(Shape, DType)],
        lengths: Option<Lengths>,
    ) -> Result<Vec<TensorId>, GraphError> {
        let op = op.into();
        for (operand, id) in op.operands() {
            let (actual, expected) = (self.tensor(id).dtype, operand_dtype(operand));
            self.require(name, actual == expected, || {
                format!("{operand} has type {actual}, expected {expected}")
            })?;
        }
        let name = self.full_name(name);
        let id = NodeId(index(self.nodes.len()));
        let outputs: Vec<_> = outputs
            .iter()
            .map(|&(shape, dtype)| {
                self.add_tensor(name.clone(), shape, dtype, lengths, Origin::Node(id))
            })
            .collect();
        self.nodes.push(RecordedNode {
            name,
            op,
            outputs: outputs.clone(),
        });
        Ok(outputs)
    }

    pub(super) fn lengths_of(&self, id: TensorId) -> Option<Lengths> {
        self.tensor(id).lengths
    }

    pub(super) fn mismatch(&self, name: &str, problem: String) -> GraphError {
        GraphError::Shape {
            node: self.full_name(name),
            problem,
        }
    }

    /// The input of this name.
    #[cfg(any(test, feature = "oracle"))]
    pub(super) fn find_input(&self, name: &str) -> Result<TensorId, GraphError> {
        let mut inputs = self.inputs();
        let found = inputs.find(|&id| self.tensor(id).name == name);
        found.ok_or_else(|| {
            let names = self.inputs().map(|id| self.tensor(id).name.as_str());
            GraphError::UnknownInput {
                name: name.to_owned(),
                expected: names.collect::<Vec<_>>().join(", "),
            }
        })
    }

    /// Fails with `problem` unless `condition` holds.
    pub(super) fn require(
        &self,
        name: &str,
        condition: bool,
        problem: impl FnOnce() -> String,
    ) -> Result<(), GraphError> {
        if condition {
            Ok(())
        } else {
            Err(self.mismatch(name, problem()))
        }
    }

    /// Fails unless the tensor is a batch of sequences.
    pub(super) fn require_one_row(&self, name: &str, id: TensorId) -> Result<(), GraphError> {
        let shape = self.shape(id);
        self.require(name, shape.h == 1, || {
            format!("input has shape {shape}, expected one row")
        })
    }

    /// Fails unless the tensor has exactly this shape.
    pub(super) fn require_shape(
        &self,
        name: &str,
        what: &str,
        id: TensorId,
        expected: Shape,
    ) -> Result<(), GraphError> {
        let actual = self.shape(id);
        self.require(name, actual == expected, || {
            format!("{what} has shape {actual}, expected {expected}")
        })
    }
}

fn index(position: usize) -> u32 {
    u32::try_from(position).expect("a graph has fewer than 2^32 tensors and nodes")
}

/// Element type of the operand of this name ([`Operation::operands`]), the same in every operation.
fn operand_dtype(operand: &str) -> DType {
    match operand {
        "ids" | "index" | "step" | "seeds" => DType::U32,
        _ => DType::F32,
    }
}
