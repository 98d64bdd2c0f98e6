//! Which adapter a command runs on.

use gss_wgpu::gpu::{AdapterChoice, Gpu};

use super::error::CliError;

/// The option that every command with a GPU has.
#[derive(Debug, clap::Args)]
pub(crate) struct DeviceArgs {
    /// Adapter: its number or part of its name (see `gss-wgpu devices`), a backend (vulkan, metal,
    /// dx12), or `auto` (discrete before integrated before software; WGPU_ADAPTER_NAME and
    /// WGPU_BACKEND narrow it). An adapter that is not there is an error, never replaced by another
    #[arg(long, value_name = "ADAPTER", default_value = "auto")]
    device: String,
}

impl DeviceArgs {
    /// Opens the adapter.
    pub(crate) fn open(&self) -> Result<Gpu, CliError> {
        Ok(pollster::block_on(Gpu::new(&self.choice()))?)
    }

    /// Opens the adapter with timestamps.
    pub(crate) fn open_profiling(&self) -> Result<Gpu, CliError> {
        Ok(pollster::block_on(Gpu::profiling(&self.choice()))?)
    }

    fn choice(&self) -> AdapterChoice {
        self.device.parse().unwrap_or_else(|never| match never {})
    }
}

/// An adapter as people know it: `NVIDIA GeForce RTX 3060 (vulkan)`.
pub(crate) fn adapter_name(gpu: &Gpu) -> String {
    let info = gpu.adapter_info();
    format!("{} ({})", info.name, info.backend)
}
