//! The computation graph: pure data, without a word about any GPU API.
//!
//! A [`Graph`] is a list of nodes over tensors. Its constructors, one beside each operation in `op/`,
//! check every shape, so a graph that exists is a graph that can run. A planner turns it into a list of
//! steps over reusable buffers, an executor runs the steps on an adapter, and the oracle runs the same
//! nodes in plain `f64` for comparison.
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

mod carried;
mod check;
mod epilogue;
mod error;
pub mod noise;
mod op;
mod operation;
#[cfg(any(test, feature = "oracle"))]
pub mod oracle;
pub mod plan;
mod recording;
mod tensor;
mod values;
mod weights;

pub use epilogue::{Activation, Epilogue};
pub use error::GraphError;
pub use op::{
    Add, AddPositions, AdvanceStep, Attention, Concat, Conv1d, Conv2d, Convolution, DiffusionStart,
    DiffusionUpdate, Embedding, Glu, Graph, GroupNorm, Guide, LayerNorm, LinearAttention,
    MaskedMean, MatMul, Node, Op, RegulateLength, SolverInputs, StyleAdaptiveLayerNorm,
    TimeEmbedding, Transport, TransposedConvolution,
};
pub use operation::{Evaluation, Operation};
#[cfg(any(test, feature = "oracle"))]
pub use oracle::Oracle;
pub use plan::{Demand, Place, Plan, Slot, SlotId, Step};
pub use recording::{RecordedNode, Recording};
pub use tensor::{DType, Lengths, NodeId, Origin, Shape, Tensor, TensorId};
pub use values::{Value, Values};
pub use weights::{WeightData, WeightFormat, Weights};
