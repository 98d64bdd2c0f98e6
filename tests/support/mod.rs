//! What several test binaries share.

use std::sync::LazyLock;

use gss_wgpu::gpu::{AdapterChoice, Gpu};

/// One device for all tests of a process: software adapters leak a little with each.
static GPU: LazyLock<Gpu> = LazyLock::new(|| {
    pollster::block_on(Gpu::new(&AdapterChoice::Auto)).unwrap_or_else(|error| {
        panic!("these tests need a wgpu adapter, if only a software one (tools/test.sh installs it): {error}")
    })
});

/// The tests' device.
pub(crate) fn gpu() -> &'static Gpu {
    &GPU
}
