//! The operations, by family: what each computes, on which operands.
//!
//! A file holds all that the graph knows of an operation: a struct whose documentation is the formula
//! and whose fields are the operands, the constructor that checks their shapes, and the oracle, a few
//! plain loops that follow the formula. How a GPU computes it is the affair of
//! [`crate::gpu::lower`].

mod attention;
mod diffusion;
mod elementwise;
mod norms;
mod products;
mod sequence;
#[cfg(test)]
mod tests;

use super::error::GraphError;
use super::operation::{Evaluation, Operation};
use super::recording::{RecordedNode, Recording};
use super::tensor::TensorId;
use super::values::Value;

pub use attention::{Attention, LinearAttention};
pub use diffusion::{
    AdvanceStep, DiffusionStart, DiffusionUpdate, Guide, SolverInputs, TimeEmbedding,
};
pub use elementwise::{Add, Concat, Glu};
pub use norms::{GroupNorm, LayerNorm, StyleAdaptiveLayerNorm};
pub use products::{Conv1d, Conv2d, Convolution, MatMul, TransposedConvolution};
pub use sequence::{AddPositions, Embedding, MaskedMean, RegulateLength, Transport};

/// A computation as data: tensors, nodes in execution order, and which tensors leave it.
pub type Graph = Recording<Op>;

/// A node of a [`Graph`].
pub type Node = RecordedNode<Op>;

/// Makes [`Op`] of a list of operations, each of which answers for itself.
macro_rules! operations {
    ($($operation:ident),+ $(,)?) => {
        /// Any of the operations.
        #[derive(Debug, Clone, PartialEq)]
        #[allow(missing_docs, reason = "each operation says what it is")]
        pub enum Op {
            $($operation($operation)),+
        }

        $(impl From<$operation> for Op {
            fn from(operation: $operation) -> Self {
                Self::$operation(operation)
            }
        })+

        impl Operation for Op {
            fn name(&self) -> &'static str {
                match self { $(Self::$operation(it) => it.name()),+ }
            }

            fn operands(&self) -> Vec<(&'static str, TensorId)> {
                match self { $(Self::$operation(it) => it.operands()),+ }
            }

            fn overwritten(&self) -> Vec<TensorId> {
                match self { $(Self::$operation(it) => it.overwritten()),+ }
            }

            fn evaluate(&self, at: &Evaluation<'_>) -> Result<Vec<Value>, GraphError> {
                match self { $(Self::$operation(it) => it.evaluate(at)),+ }
            }
        }
    };
}

operations![
    MatMul,
    Convolution,
    TransposedConvolution,
    LayerNorm,
    StyleAdaptiveLayerNorm,
    GroupNorm,
    Attention,
    LinearAttention,
    Add,
    Glu,
    Concat,
    Embedding,
    AddPositions,
    RegulateLength,
    MaskedMean,
    Transport,
    TimeEmbedding,
    DiffusionStart,
    Guide,
    DiffusionUpdate,
    AdvanceStep,
];
