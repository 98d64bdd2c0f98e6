//! What can be wrong with a graph.

use thiserror::Error;

use super::tensor::{DType, Shape};

/// A graph, a plan or its inputs contradict themselves.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum GraphError {
    /// An operation was given operands whose shapes do not fit.
    #[error("{node}: {problem}")]
    Shape {
        /// Scope and name of the node, as in `score_unet.downs.0.0.block1`.
        node: String,
        /// What does not fit, with both shapes.
        problem: String,
    },
    /// A tensor has no elements, so no buffer can hold it.
    #[error("{tensor} has shape {shape}, expected at least one element")]
    Empty {
        /// Name of the tensor.
        tensor: String,
        /// Its extents.
        shape: Shape,
    },
    /// A node overwrites an operand that is still needed or not its own to change.
    #[error("{node} overwrites {tensor}, which {problem}")]
    Overwrite {
        /// Scope and name of the node.
        node: String,
        /// Name of the operand.
        tensor: String,
        /// Who else has a claim on the operand.
        problem: String,
    },
    /// A weight was marked as an output: it is no result of a run.
    #[error("output {0} is a weight, expected an input or a node's result")]
    OutputWeight(String),
    /// Two inputs have one name, so the host cannot say which one it gives.
    #[error("input {0} is declared twice, expected each name once")]
    DuplicateInput(String),
    /// The host gave values for an input that the graph does not have.
    #[error("unknown input {name}, expected one of: {expected}")]
    UnknownInput {
        /// The name that was given.
        name: String,
        /// The names that the graph has.
        expected: String,
    },
    /// The host gave no values for an input.
    #[error("input {0} has no values, expected them before the run")]
    MissingInput(String),
    /// Values of the wrong element type.
    #[error("{tensor} was given {actual} values, expected {expected}")]
    Type {
        /// Name of the tensor.
        tensor: String,
        /// Its element type.
        expected: DType,
        /// The type of the values.
        actual: DType,
    },
    /// Too few or too many values.
    #[error("{tensor} was given {actual} values, expected {} for shape {shape}", shape.elements())]
    Size {
        /// Name of the tensor.
        tensor: String,
        /// Its extents.
        shape: Shape,
        /// How many values came.
        actual: usize,
    },
    /// An item of a batch has no valid column, so it has no mean and no softmax.
    #[error("{tensor} is 0 for item {item}, expected at least 1")]
    NoColumns {
        /// Name of the input that holds the lengths.
        tensor: String,
        /// Batch item.
        item: usize,
    },
    /// An input is not zero beyond its valid columns.
    #[error(
        "{tensor} is not zero in column {column} of item {item}, which has only {valid} valid columns"
    )]
    Unmasked {
        /// Name of the input.
        tensor: String,
        /// Batch item.
        item: usize,
        /// First column that should be zero and is not.
        column: usize,
        /// Valid columns of the item.
        valid: usize,
    },
    /// More solver steps were run than the solver table has rows.
    #[error("{node} is at solver step {step}, but the table has only {rows} rows")]
    Step {
        /// Scope and name of the node.
        node: String,
        /// The step counter.
        step: u32,
        /// Rows of the table.
        rows: usize,
    },
    /// The weights lack a parameter that the graph needs.
    #[error("weight {name} is missing, expected one of shape {shape}")]
    MissingWeight {
        /// Name, as in the safetensors file.
        name: String,
        /// Extents that the graph declares.
        shape: Shape,
    },
}
