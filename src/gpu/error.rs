//! What can go wrong on the way to an adapter and on it.

use std::time::Duration;

use thiserror::Error;

use crate::graph::GraphError;

/// A GPU could not be chosen, opened, or did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum GpuError {
    /// No adapter fits the choice.
    #[error("no adapter fits {wanted}; available: {available}")]
    NoAdapter {
        /// What was asked for.
        wanted: String,
        /// The adapters that exist, or `none`.
        available: String,
    },
    /// The adapter or the host's device lacks a feature that the engine needs.
    #[error("{adapter} lacks the features {missing}")]
    MissingFeatures {
        /// Name of the adapter.
        adapter: String,
        /// The missing features.
        missing: String,
    },
    /// The adapter or the host's device has a limit below what the engine needs.
    #[error("{adapter} offers {limit} = {offered}, and at least {needed} is needed")]
    InsufficientLimit {
        /// Name of the adapter.
        adapter: String,
        /// Name of the limit as in `wgpu::Limits`.
        limit: &'static str,
        /// What there is.
        offered: u64,
        /// What there must be.
        needed: u64,
    },
    /// The driver refused to open a device.
    #[error("cannot open a device on {adapter}: {reason}")]
    DeviceRequest {
        /// Name of the adapter.
        adapter: String,
        /// The driver's words.
        reason: String,
    },
    /// A buffer would be larger than the device allows.
    #[error("{what} needs a buffer of {wanted} bytes, and this device allows {limit}")]
    BufferTooLarge {
        /// What the buffer is for.
        what: String,
        /// Its size in bytes.
        wanted: u64,
        /// The device's limit in bytes.
        limit: u64,
    },
    /// The device has no memory left.
    #[error("out of GPU memory: {wanted} bytes for {what} could not be allocated")]
    OutOfMemory {
        /// What the memory was for.
        what: String,
        /// How much was asked for, in bytes.
        wanted: u64,
    },
    /// The device is gone: driver reset, removal, or `destroy` by the host.
    #[error("the GPU device was lost: {reason}")]
    DeviceLost {
        /// The driver's words.
        reason: String,
    },
    /// The device did not finish in time.
    #[error("the GPU did not finish within {} seconds", .0.as_secs())]
    Timeout(Duration),
    /// The host no longer grants time ([`Meter`](super::Meter)).
    #[error("the host has stopped the work")]
    Stopped,
    /// wgpu rejected a command.
    #[error("the GPU rejected {what}: {reason}")]
    Validation {
        /// What was being done.
        what: String,
        /// wgpu's words.
        reason: String,
    },
    /// A kernel and what the lowering gives it contradict each other.
    #[error("kernel {kernel}: {problem}")]
    Kernel {
        /// File in `shaders/`, without extension.
        kernel: String,
        /// What does not fit.
        problem: String,
    },
    /// The graph as a whole cannot be planned.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// A node of the graph cannot run on a GPU, for instance because a tensor is too large.
    #[error("{node}: {problem}")]
    Node {
        /// Name of the node.
        node: String,
        /// What does not fit.
        problem: String,
    },
    /// A weight of the graph is missing or does not have the size that the graph says.
    #[error("weight {name}: {problem}")]
    Weight {
        /// Name in the weights file.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// The host gave or asked for a tensor in a way that the graph does not offer.
    #[error("tensor {name}: {problem}")]
    Tensor {
        /// Name of the tensor.
        name: String,
        /// What is wrong.
        problem: String,
    },
}
