//! What the engine needs of a device, and what makes it faster.

use wgpu::{Adapter, AdapterInfo, Features, Limits};

use super::capabilities::EIGHT_LANES;
use super::error::GpuError;

/// Features that a host must request for the engine's device: none at present.
#[must_use]
pub const fn required_features() -> Features {
    Features::empty()
}

/// Features that make the engine faster where a host requests them: those of `offered`, the
/// adapter's, that some variant of a kernel uses, and the clock of a [`Meter`](super::Meter).
#[must_use]
pub fn useful_features(offered: Features) -> Features {
    offered & (EIGHT_LANES | Features::SHADER_F16 | Features::TIMESTAMP_QUERY)
}

/// Limits that a host must request for the engine's device: WebGPU's defaults, with buffers as large
/// as the adapter allows.
#[must_use]
pub fn required_limits(adapter: &Adapter) -> Limits {
    let offered = adapter.limits();
    let baseline = Limits::default();
    Limits {
        max_buffer_size: offered.max_buffer_size.max(baseline.max_buffer_size),
        max_storage_buffer_binding_size: offered
            .max_storage_buffer_binding_size
            .max(baseline.max_storage_buffer_binding_size),
        ..baseline
    }
}

/// Whether a device with the limits `offered` has those that the engine needs.
pub(super) fn check_limits(
    info: &AdapterInfo,
    needed: &Limits,
    offered: &Limits,
) -> Result<(), GpuError> {
    // The engine uses no textures, vertices or samplers: only these limits matter to it.
    let pairs = [
        (
            "max_storage_buffers_per_shader_stage",
            u64::from(needed.max_storage_buffers_per_shader_stage),
            u64::from(offered.max_storage_buffers_per_shader_stage),
        ),
        (
            "max_compute_invocations_per_workgroup",
            u64::from(needed.max_compute_invocations_per_workgroup),
            u64::from(offered.max_compute_invocations_per_workgroup),
        ),
        (
            "max_compute_workgroup_storage_size",
            u64::from(needed.max_compute_workgroup_storage_size),
            u64::from(offered.max_compute_workgroup_storage_size),
        ),
        (
            "max_storage_buffer_binding_size",
            needed.max_storage_buffer_binding_size,
            offered.max_storage_buffer_binding_size,
        ),
    ];
    match pairs
        .into_iter()
        .find(|(_, needed, offered)| offered < needed)
    {
        None => Ok(()),
        Some((limit, needed, offered)) => Err(GpuError::InsufficientLimit {
            adapter: info.name.clone(),
            limit,
            offered,
            needed,
        }),
    }
}
