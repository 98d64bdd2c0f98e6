//! Runs plans on any wgpu adapter.
//!
//! [`Gpu`] is a device, the engine's own or a host application's. [`WeightStore`] holds a model's
//! parameters on it. [`Executable`] is a plan with everything resolved: each node lowered to a
//! dispatch by name ([`lower`]), the names placed with what the kernels' WGSL declares ([`kernels`],
//! [`resolve`]), pipelines compiled, bind groups made. A run only encodes and submits.

mod activity;
pub mod adapters;
mod capabilities;
mod context;
#[doc(hidden)] // for this project's programs
pub mod describe;
mod error;
mod executor;
mod failure;
mod fence;
pub mod kernels;
pub mod lower;
mod matrices;
mod pipeline_cache;
mod pipelines;
mod profiler;
mod requirements;
pub mod resolve;
mod self_test;
mod tuning;
mod weights;

pub use activity::Activity;
pub use adapters::{AdapterChoice, AdapterDescription};
pub use capabilities::Capabilities;
pub use context::{Gpu, GpuOptions, Polling};
pub use error::GpuError;
pub use executor::Executable;
pub use matrices::{Matrices, MatrixKind};
pub use pipelines::checks_indices;
pub use profiler::{DispatchInfo, DispatchTiming, Profiler, Timestamps};
pub use requirements::{required_features, required_limits, useful_features};
pub use tuning::Tuning;
pub use weights::WeightStore;

pub use crate::graph::{WeightData, WeightFormat};
