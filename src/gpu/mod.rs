//! Runs plans on any wgpu adapter.

mod error;
pub mod kernels;
pub mod lower;
pub mod resolve;

pub use error::GpuError;
