//! What can be wrong with a graph.

use thiserror::Error;

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
}
