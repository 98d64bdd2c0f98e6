//! `devices`: the adapters and what each offers.

use std::fmt::Write;

use gss_wgpu::gpu::AdapterDescription;
use gss_wgpu::gpu::adapters::{device_type_name, list};
use serde::Serialize;
use wgpu::Features;

use super::error::CliError;
use super::output::{print, print_json};

/// List the adapters that can run the model, and what each offers
///
/// The number or part of the name goes to --device of the other commands. Exits with 1 if there is no
/// adapter.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What is worth knowing about an adapter before running kernels on it.
#[derive(Debug, Serialize)]
struct Device {
    index: usize,
    name: String,
    backend: String,
    kind: &'static str,
    driver: String,
    f16: bool,
    subgroups: bool,
    cooperative_matrices: bool,
    timestamps: bool,
    subgroup_sizes: [u32; 2],
    max_buffer_bytes: u64,
    max_binding_bytes: u64,
    max_workgroup_invocations: u32,
    max_workgroup_memory_bytes: u32,
}

impl From<&AdapterDescription> for Device {
    fn from(adapter: &AdapterDescription) -> Self {
        let AdapterDescription {
            index,
            info,
            features,
            limits,
        } = adapter;
        Self {
            index: *index,
            name: info.name.clone(),
            backend: info.backend.to_string(),
            kind: device_type_name(info.device_type),
            driver: format!("{} {}", info.driver, info.driver_info)
                .trim()
                .to_owned(),
            f16: features.contains(Features::SHADER_F16),
            subgroups: features.contains(Features::SUBGROUP),
            cooperative_matrices: features.contains(Features::EXPERIMENTAL_COOPERATIVE_MATRIX),
            timestamps: features.contains(Features::TIMESTAMP_QUERY),
            subgroup_sizes: [info.subgroup_min_size, info.subgroup_max_size],
            max_buffer_bytes: limits.max_buffer_size,
            max_binding_bytes: limits.max_storage_buffer_binding_size,
            max_workgroup_invocations: limits.max_compute_invocations_per_workgroup,
            max_workgroup_memory_bytes: limits.max_compute_workgroup_storage_size,
        }
    }
}

pub(crate) fn run(args: &Args) -> Result<(), CliError> {
    let adapters = pollster::block_on(list());
    if adapters.is_empty() {
        return Err(CliError::NoAdapters);
    }
    let devices: Vec<_> = adapters.iter().map(Device::from).collect();
    if args.json {
        return print_json(&devices);
    }
    print(&devices.iter().map(describe).collect::<String>())
}

fn describe(device: &Device) -> String {
    const MIB: u64 = 1 << 20;
    let mut text = format!("{}: {}\n", device.index, device.name);
    let offers = [
        ("f16", device.f16),
        ("subgroups", device.subgroups),
        ("cooperative matrices", device.cooperative_matrices),
        ("timestamps", device.timestamps),
    ];
    let offers: Vec<_> = offers
        .iter()
        .filter(|(_, there)| *there)
        .map(|(name, _)| *name)
        .collect();
    let offers = if offers.is_empty() {
        "nothing beyond the baseline".to_owned()
    } else {
        offers.join(", ")
    };
    let [smallest, largest] = device.subgroup_sizes;
    writeln!(text, "   {}, {}, driver {}", device.backend, device.kind, device.driver)
        .and_then(|()| writeln!(text, "   offers {offers}; subgroups of {smallest} to {largest}"))
        .and_then(|()| {
            writeln!(
                text,
                "   buffers up to {} MiB, bindings up to {} MiB, {} invocations and {} KiB of memory a workgroup",
                device.max_buffer_bytes / MIB,
                device.max_binding_bytes / MIB,
                device.max_workgroup_invocations,
                device.max_workgroup_memory_bytes / 1024
            )
        })
        .expect("writing to a string does not fail");
    text
}
