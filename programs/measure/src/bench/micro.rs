//! Kernels that have no model around them: they only show what an adapter can do.

use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, Buffer, BufferUsages, ComputePassDescriptor,
    ComputePipeline, ComputePipelineDescriptor, ShaderModuleDescriptor, ShaderRuntimeChecks,
    ShaderSource,
};

use gss_wgpu::gpu::{Gpu, GpuError};

/// Most dispatches in one submission.
const SUBMISSION_DISPATCHES: usize = 1024;

/// The element type that `shaders/ceiling/fma.wgsl` computes with, as its first lines.
pub const FMA_F32: &str = "alias Real = f32;\n";

/// The same in half precision.
pub const FMA_F16: &str = "enable f16;\nalias Real = f16;\n";

/// Multiply-adds in registers; wants [`FMA_F32`] or [`FMA_F16`] before it.
pub const FMA: &str = include_str!("../../../../shaders/ceiling/fma.wgsl");

/// Loads from the nearest cache.
pub const LOADS: &str = include_str!("../../../../shaders/ceiling/loads.wgsl");

/// Copies through memory.
pub const BANDWIDTH: &str = include_str!("../../../../shaders/ceiling/bandwidth.wgsl");

/// The smallest dispatch.
pub const DISPATCH: &str = include_str!("../../../../shaders/ceiling/dispatch.wgsl");

/// An entry point with its buffers.
pub(super) struct Micro<'a> {
    gpu: &'a Gpu,
    pipeline: ComputePipeline,
    bind_group: BindGroup,
    workgroups: u32,
}

impl<'a> Micro<'a> {
    /// Compiles an entry point of a kernel and binds `buffers` at their numbers.
    pub(super) fn new(
        gpu: &'a Gpu,
        source: &str,
        entry: &str,
        buffers: &[(u32, &Buffer)],
        workgroups: u32,
    ) -> Result<Self, GpuError> {
        let (pipeline, bind_group) = gpu.scoped(entry, || {
            let descriptor = ShaderModuleDescriptor {
                label: Some(entry),
                source: ShaderSource::Wgsl(source.into()),
            };
            // SAFETY: these kernels touch only elements that exist (their heads say how many
            // workgroups go with which buffers, and `ceilings` keeps to it), and their loops end.
            // Checks would be measured, too.
            let module = unsafe {
                gpu.device()
                    .create_shader_module_trusted(descriptor, ShaderRuntimeChecks::unchecked())
            };
            let pipeline = gpu
                .device()
                .create_compute_pipeline(&ComputePipelineDescriptor {
                    label: Some(entry),
                    layout: None,
                    module: &module,
                    entry_point: Some(entry),
                    compilation_options: Default::default(),
                    cache: None,
                });
            let entries: Vec<_> = buffers
                .iter()
                .map(|&(binding, buffer)| BindGroupEntry {
                    binding,
                    resource: buffer.as_entire_binding(),
                })
                .collect();
            let bind_group = gpu.device().create_bind_group(&BindGroupDescriptor {
                label: Some(entry),
                layout: &pipeline.get_bind_group_layout(0),
                entries: &entries,
            });
            (pipeline, bind_group)
        })?;
        Ok(Self {
            gpu,
            pipeline,
            bind_group,
            workgroups,
        })
    }

    /// Dispatches it `times` times, in as few submissions as possible. Does not wait.
    pub(super) fn run(&self, times: usize) -> Result<(), GpuError> {
        let mut left = times;
        while left > 0 {
            let count = left.min(SUBMISSION_DISPATCHES);
            self.gpu.scoped("a submission", || {
                let device = self.gpu.device();
                let mut encoder = device.create_command_encoder(&Default::default());
                let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor::default());
                for _ in 0..count {
                    pass.set_pipeline(&self.pipeline);
                    pass.set_bind_group(0, &self.bind_group, &[]);
                    pass.dispatch_workgroups(self.workgroups, 1, 1);
                }
                drop(pass);
                self.gpu.submit(encoder.finish());
            })?;
            left -= count;
        }
        Ok(())
    }
}

/// A buffer of so many words, zero.
pub(super) fn words(gpu: &Gpu, what: &str, count: u32) -> Result<Buffer, GpuError> {
    gpu.create_buffer(what, 4 * u64::from(count), BufferUsages::STORAGE, false)
}

/// A uniform buffer of these words.
pub(super) fn params(gpu: &Gpu, words: [u32; 4]) -> Result<Buffer, GpuError> {
    let usage = BufferUsages::UNIFORM | BufferUsages::COPY_DST;
    let buffer = gpu.create_buffer("parameters", 16, usage, false)?;
    gpu.scoped("parameters", || {
        gpu.queue()
            .write_buffer(&buffer, 0, bytemuck::cast_slice(&words));
    })?;
    Ok(buffer)
}
