//! Why a measurement could not be made.

use thiserror::Error;

use gss_wgpu::gpu::GpuError;
use gss_wgpu::graph::GraphError;
use gss_wgpu::model::StyleError;
use gss_wgpu::synth::SynthError;

/// A benchmark was asked for something impossible, or the device failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BenchError {
    /// An option has a value that cannot be measured.
    #[error("{option} must be {wanted}, not {given}")]
    Option {
        /// What the option is about.
        option: &'static str,
        /// Which values are possible.
        wanted: String,
        /// The value.
        given: String,
    },
    /// A graph cannot be built at a size that was asked for.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// The device failed.
    #[error(transparent)]
    Gpu(#[from] GpuError),
    /// A synthesis failed.
    #[error(transparent)]
    Synth(#[from] SynthError),
    /// The style that speaks could not be made.
    #[error(transparent)]
    Style(#[from] StyleError),
}
