//! Runs plans on any wgpu adapter.
//!
//! [`Gpu`] is a device, the engine's own or a host application's. [`WeightStore`] holds a model's
//! parameters on it. [`Program`] is a graph lowered to dispatches by name ([`lower`]) and planned,
//! [`Executable`] a program with everything resolved: the names placed with what the kernels' WGSL
//! declares ([`kernels`], [`resolve`]), pipelines compiled, bind groups made. A run only encodes and
//! submits.

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
#[doc(hidden)] // for this project's programs and tests
pub mod kernels;
#[doc(hidden)] // for this project's programs and tests
pub mod lower;
mod matrices;
mod meter;
mod open;
mod pipeline_cache;
mod pipelines;
mod planning;
#[cfg_attr(not(feature = "profiling"), path = "no_profiler.rs")]
mod profiler;
mod program;
mod requirements;
#[doc(hidden)] // for this project's programs and tests
pub mod resolve;
mod self_test;
mod timing;
mod tuning;
mod weights;

pub use activity::Activity;
pub use adapters::{AdapterChoice, AdapterDescription};
#[doc(hidden)] // for this project's programs and tests
pub use capabilities::Capabilities;
pub use context::{Gpu, Polling};
pub use error::GpuError;
#[doc(hidden)] // for this project's programs and tests
pub use executor::Executable;
#[doc(hidden)] // for this project's programs and tests
pub use matrices::{Matrices, MatrixKind};
pub use meter::Meter;
pub use open::GpuOptions;
#[doc(hidden)] // for this project's programs and tests
pub use pipelines::checks_indices;
#[doc(hidden)] // for this project's programs and tests
pub use planning::Planning;
pub use profiler::{Profiler, Timestamps};
#[doc(hidden)] // for this project's programs and tests
pub use program::{Planned, Program};
pub use requirements::{required_features, required_limits, useful_features};
pub use timing::{DispatchInfo, DispatchTiming};
pub use tuning::Tuning;
#[doc(hidden)] // for this project's programs and tests
pub use weights::WeightStore;

pub use crate::graph::{WeightData, WeightFormat};
