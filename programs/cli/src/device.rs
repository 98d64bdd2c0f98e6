//! Which adapter a command runs on.

use std::path::PathBuf;

use etcetera::BaseStrategy;
use gss_wgpu::gpu::{Gpu, GpuOptions, Timestamps, Tuning};

use super::error::CliError;

/// Name of this program's folders.
const PROGRAM: &str = "gss-wgpu";

/// Set to `1`, keeps no compiled pipelines from one process to the next.
const DISABLE_CACHE_VARIABLE: &str = "GSS_DISABLE_PIPELINE_CACHE";

/// The option that every command with a GPU has.
#[derive(Debug, clap::Args)]
pub(crate) struct DeviceArgs {
    /// Adapter: its number or part of its name (see `gss-wgpu devices`), a backend (vulkan, metal,
    /// dx12), or `auto` (discrete before integrated before software; WGPU_ADAPTER_NAME and
    /// WGPU_BACKEND narrow it). An adapter that is not there is an error, never replaced by another
    #[arg(long, value_name = "ADAPTER", default_value = "auto")]
    device: String,

    /// Choose kernels by the adapter alone, not by what `bench --tune` found faster on it: other kernels
    /// round differently
    #[arg(long)]
    deterministic: bool,
}

impl DeviceArgs {
    /// Opens the adapter.
    pub(crate) fn open(&self) -> Result<Gpu, CliError> {
        self.open_with(None)
    }

    /// Opens the adapter with timestamps.
    pub(crate) fn open_profiling(&self) -> Result<Gpu, CliError> {
        self.open_with(Some(Timestamps::Finest))
    }

    fn open_with(&self, profiling: Option<Timestamps>) -> Result<Gpu, CliError> {
        let options = GpuOptions {
            adapter: self.device.parse().unwrap_or_else(|never| match never {}),
            profiling,
            cache: cache_folder().filter(|_| keeps_pipelines()),
        };
        let gpu = pollster::block_on(Gpu::open(&options))?;
        match cache_folder() {
            Some(folder) if !self.deterministic => Ok(gpu.tuned(Tuning::kept(&folder, &gpu))),
            _ => Ok(gpu),
        }
    }
}

/// This program's folder in the user's cache folder; it need not exist yet. `None` for a user without a
/// home.
pub(crate) fn cache_folder() -> Option<PathBuf> {
    let folders = etcetera::choose_base_strategy().ok()?;
    Some(folders.cache_dir().join(PROGRAM))
}

/// Whether the user wants compiled pipelines to be kept.
fn keeps_pipelines() -> bool {
    std::env::var(DISABLE_CACHE_VARIABLE).map_or(true, |value| value != "1")
}

/// An adapter as people know it: `NVIDIA GeForce RTX 3060 (vulkan)`.
pub(crate) fn adapter_name(gpu: &Gpu) -> String {
    let info = gpu.adapter_info();
    format!("{} ({})", info.name, info.backend)
}
