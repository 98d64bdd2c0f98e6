//! Models of random weights, for measuring: they take as long as trained ones.

use clap::ValueEnum;
use gss_wgpu::gpu::Gpu;
use gss_wgpu::model::ModelConfig;
use gss_wgpu::synth::Synthesizer;
use gss_wgpu_measure::bench;

use super::error::CliError;

/// A size that needs no file.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Profile {
    /// The model that is shipped
    Small,
    /// The paper's
    Base,
}

impl Profile {
    /// A model of this size.
    pub(crate) fn synthesizer(self, gpu: &Gpu) -> Result<Synthesizer, CliError> {
        Ok(match self {
            Self::Small => bench::untrained(gpu, ModelConfig::small)?,
            Self::Base => bench::untrained(gpu, ModelConfig::base)?,
        })
    }
}
