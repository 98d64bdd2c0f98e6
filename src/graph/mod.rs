//! The computation graph: pure data, without a word about any GPU API.
//!
//! A [`Graph`] is a list of nodes over tensors. Its constructors (one per operation, in
//! [`builder`]) check every shape, so a graph that exists is a graph that can run. A planner turns
//! it into a list of steps over reusable buffers, an executor runs the steps on an adapter, and the
//! oracle runs the same nodes in plain `f64` for comparison.
//!
//! # Layout and masks
//!
//! Every activation is `[n, c, h, w]` (batch, channels, rows, columns), row-major. A sequence has one
//! row and its time along the columns; a spectrogram inside the U-Net has its mel bands along the
//! rows and its frames along the columns; a vector has one row and one column. This is `PyTorch`'s
//! layout for convolutions, so weights and intermediate values compare one to one.
//!
//! Items of a batch may have different lengths. A tensor with [`Lengths`] has, for each item, that
//! many valid columns, and **every element beyond them is zero**: whoever writes a tensor keeps this
//! promise (the host for inputs, the kernel for everything else), so readers need no mask for sums,
//! and reductions (means, norms, softmax) count valid columns only. This is what makes a padded batch
//! equal to its items run one by one. Every item has at least one valid column.

pub mod builder;
mod carried;
mod check;
mod error;
pub mod noise;
pub mod op;
#[cfg(any(test, feature = "oracle"))]
pub mod oracle;
pub mod plan;
mod tensor;
mod weights;

pub use builder::{Conv1d, Conv2d, Graph, SolverInputs};
pub use error::GraphError;
pub use op::{Activation, Epilogue, Node, NodeId, Op};
#[cfg(any(test, feature = "oracle"))]
pub use oracle::Oracle;
pub use plan::{Place, Plan, Slot, SlotId, Step};
pub use tensor::{DType, Lengths, Origin, Shape, Tensor, TensorId};
pub use weights::{WeightData, WeightFormat, Weights};
