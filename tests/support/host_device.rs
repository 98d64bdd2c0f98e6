//! A device as an application opens it: its own, with what the engine needs and can use.

use gss_wgpu::wgpu;
use pollster::block_on;

pub(crate) fn host() -> (wgpu::Device, wgpu::Queue) {
    let instance = wgpu::Instance::default();
    let adapter = block_on(instance.request_adapter(&Default::default())).expect("an adapter");
    block_on(adapter.request_device(&wgpu::DeviceDescriptor {
        required_features: gss_wgpu::required_features()
            | gss_wgpu::useful_features(adapter.features()),
        required_limits: gss_wgpu::required_limits(&adapter),
        ..Default::default()
    }))
    .expect("a device")
}
