//! What all operations have in common: a name, operands, and how the oracle computes them.

use super::error::GraphError;
use super::tensor::{Shape, Tensor, TensorId};
use super::values::{Value, Values, View};

/// An operation of a graph.
///
/// Notation of the formulas: `y[n, c, h, w]` is the output; sums run over what is not on the
/// left-hand side; reading outside a tensor's rows or columns gives zero; columns beyond the valid ones
/// are written as zero.
pub trait Operation {
    /// The kind of operation in snake case.
    fn name(&self) -> &'static str;

    /// The operands that are read, each with its name. Operands that the operation overwrites
    /// ([`Self::overwritten`]) are among them.
    fn operands(&self) -> Vec<(&'static str, TensorId)>;

    /// Operands whose places the outputs always take, in the order of the node's outputs: the
    /// loop-carried state of the reverse diffusion.
    fn overwritten(&self) -> Vec<TensorId> {
        Vec::new()
    }

    /// The outputs by plain loops in double precision: the oracle. Columns beyond the valid ones need
    /// not be zero yet.
    ///
    /// # Errors
    /// When the step counter is beyond the solver table.
    fn evaluate(&self, at: &Evaluation<'_>) -> Result<Vec<Value>, GraphError>;
}

/// A node's surroundings while the oracle computes it: the values of everything before it.
#[derive(Debug, Clone, Copy)]
pub struct Evaluation<'a> {
    pub(super) tensors: &'a [Tensor],
    pub(super) values: &'a Values,
    /// Scope and name of the node.
    pub(super) node: &'a str,
    /// What the node defines.
    pub(super) outputs: &'a [TensorId],
}

impl<'a> Evaluation<'a> {
    pub(super) fn tensor(&self, id: TensorId) -> &'a Tensor {
        &self.tensors[id.index()]
    }

    /// Shape of the (first) output.
    pub(super) fn output(&self) -> Shape {
        self.tensor(self.outputs[0]).shape
    }

    pub(super) fn value(&self, id: TensorId) -> &'a Value {
        let value = self.values.get(id);
        value.expect("inputs and weights were checked, and nodes come after what they read")
    }

    pub(super) fn floats(&self, id: TensorId) -> View<'a> {
        match self.value(id) {
            Value::Floats(data) => View {
                data,
                shape: self.tensor(id).shape,
            },
            Value::Integers(_) => unreachable!("constructors check the types of operands"),
        }
    }

    /// The only element of an `f32` tensor.
    pub(super) fn number(&self, id: TensorId) -> f64 {
        self.floats(id).data[0]
    }

    pub(super) fn integers(&self, id: TensorId) -> &'a [u32] {
        match self.value(id) {
            Value::Integers(data) => data,
            Value::Floats(_) => unreachable!("constructors check the types of operands"),
        }
    }

    /// The only element of a `u32` tensor.
    pub(super) fn integer(&self, id: TensorId) -> u32 {
        self.integers(id)[0]
    }

    /// Number of valid columns of each item.
    pub(super) fn valid(&self, id: TensorId) -> Vec<usize> {
        let tensor = self.tensor(id);
        let width = tensor.shape.w;
        match tensor.lengths {
            None => vec![width; tensor.shape.n],
            Some(lengths) => {
                let base = self.integers(lengths.tensor).iter();
                base.map(|&base| lengths.valid(base, width)).collect()
            }
        }
    }
}

/// Operands of which some may be absent.
pub(super) fn present<const N: usize>(
    operands: [(&'static str, Option<TensorId>); N],
) -> Vec<(&'static str, TensorId)> {
    let operands = operands.into_iter();
    operands
        .filter_map(|(name, operand)| Some((name, operand?)))
        .collect()
}
