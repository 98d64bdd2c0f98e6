//! Compute pipelines, made once for each permutation of each kernel.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use wgpu::{
    BindGroupLayout, BindGroupLayoutDescriptor, BindGroupLayoutEntry, BindingType,
    BufferBindingType, ComputePipeline, ComputePipelineDescriptor, Device,
    PipelineCompilationOptions, PipelineLayoutDescriptor, ShaderModule, ShaderModuleDescriptor,
    ShaderRuntimeChecks, ShaderSource, ShaderStages,
};

use super::activity::Counters;
use super::error::GpuError;
use super::failure::scoped;
use super::kernels::{Access, Entry, Kernel, Kernels};
use super::pipeline_cache::PipelineCache;

/// Set to `1`, makes release builds check every index of every kernel, as debug builds do.
const CHECKED_VARIABLE: &str = "GSS_CHECKED";

/// Whether kernels check every index: in debug builds, and where the environment variable
/// `GSS_CHECKED` is 1.
#[must_use]
pub fn checks_indices() -> bool {
    cfg!(debug_assertions) || std::env::var(CHECKED_VARIABLE).is_ok_and(|on| on == "1")
}

/// Identity of a permutation.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Permutation {
    kernel: &'static str,
    entry: &'static str,
    /// Override constants, values as bits.
    constants: Vec<(String, u64)>,
}

impl Permutation {
    pub(super) fn new(
        kernel: &'static str,
        entry: &'static str,
        constants: &[(String, f64)],
    ) -> Self {
        Self {
            kernel,
            entry,
            constants: constants
                .iter()
                .map(|(name, value)| (name.clone(), value.to_bits()))
                .collect(),
        }
    }
}

/// A pipeline and the layout of its bind group.
#[derive(Debug)]
pub(super) struct Pipeline {
    pub(super) pipeline: ComputePipeline,
    pub(super) layout: BindGroupLayout,
}

/// All pipelines of one device.
#[derive(Debug, Default)]
pub(super) struct Pipelines {
    modules: Mutex<HashMap<&'static str, ShaderModule>>,
    pipelines: Mutex<HashMap<Permutation, Arc<Pipeline>>>,
    cache: Option<PipelineCache>,
}

impl Pipelines {
    /// Pipelines that are kept for the next process.
    pub(super) fn cached(cache: Option<PipelineCache>) -> Self {
        Self {
            cache,
            ..Self::default()
        }
    }

    /// The pipelines of these permutations, in order; those that do not exist yet are compiled in
    /// parallel.
    pub(super) fn get(
        &self,
        device: &Device,
        kernels: &Kernels,
        counters: &Counters,
        permutations: &[Permutation],
    ) -> Result<Vec<Arc<Pipeline>>, GpuError> {
        let mut missing: Vec<&Permutation> = Vec::new();
        {
            let known = lock(&self.pipelines);
            for permutation in permutations {
                if !known.contains_key(permutation) && !missing.contains(&permutation) {
                    missing.push(permutation);
                }
            }
        }
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let share = missing.len().div_ceil(threads).max(1);
        std::thread::scope(|scope| {
            let workers: Vec<_> = missing
                .chunks(share)
                .map(|chunk| {
                    scope.spawn(move || {
                        let mut chunk = chunk.iter();
                        chunk.try_for_each(|permutation| {
                            counters.pipelines.add(1);
                            self.compile(device, kernels, permutation)
                        })
                    })
                })
                .collect();
            workers.into_iter().try_for_each(|worker| {
                worker.join().unwrap_or_else(|_| {
                    Err(GpuError::Validation {
                        what: "a pipeline".to_owned(),
                        reason: "the compiling thread panicked".to_owned(),
                    })
                })
            })
        })?;
        if let Some(cache) = self.cache.as_ref().filter(|_| !missing.is_empty()) {
            cache.save();
        }
        let known = lock(&self.pipelines);
        Ok(permutations
            .iter()
            .map(|permutation| Arc::clone(&known[permutation]))
            .collect())
    }

    fn compile(
        &self,
        device: &Device,
        kernels: &Kernels,
        permutation: &Permutation,
    ) -> Result<(), GpuError> {
        let kernel = kernels.get(permutation.kernel)?;
        let entry = kernel.entry(permutation.entry)?;
        let label = format!("{}.{}", permutation.kernel, permutation.entry);
        let _span = tracing::debug_span!("compile", kernel = label).entered();
        let module = self.module(device, kernel)?;
        let constants: Vec<_> = permutation
            .constants
            .iter()
            .map(|(name, bits)| (name.as_str(), f64::from_bits(*bits)))
            .collect();
        let pipeline = scoped(device, &format!("kernel {label}"), 0, || {
            let layout = bind_group_layout(device, &label, entry);
            let pipeline_layout = device.create_pipeline_layout(&PipelineLayoutDescriptor {
                label: Some(&label),
                bind_group_layouts: &[Some(&layout)],
                immediate_size: 0,
            });
            let pipeline = device.create_compute_pipeline(&ComputePipelineDescriptor {
                label: Some(&label),
                layout: Some(&pipeline_layout),
                module: &module,
                entry_point: Some(permutation.entry),
                compilation_options: PipelineCompilationOptions {
                    constants: &constants,
                    // Kernels write shared memory before they read it.
                    zero_initialize_workgroup_memory: false,
                },
                cache: self.cache.as_ref().map(PipelineCache::get),
            });
            Pipeline { pipeline, layout }
        })?;
        lock(&self.pipelines).insert(permutation.clone(), Arc::new(pipeline));
        Ok(())
    }

    fn module(&self, device: &Device, kernel: &Kernel) -> Result<ShaderModule, GpuError> {
        if let Some(module) = lock(&self.modules).get(kernel.name()) {
            return Ok(module.clone());
        }
        let descriptor = ShaderModuleDescriptor {
            label: Some(kernel.name()),
            source: ShaderSource::Wgsl(kernel.source().into()),
        };
        let module = scoped(device, &format!("kernel {}", kernel.name()), 0, || {
            if checks_indices() {
                device.create_shader_module(descriptor)
            } else {
                // SAFETY: every kernel guards its own indices and bounds its own loops, and the tests
                // run them against guarded buffers. naga's checks cost up to a third of the speed on
                // Metal and DX12.
                unsafe {
                    let checks = ShaderRuntimeChecks::unchecked();
                    device.create_shader_module_trusted(descriptor, checks)
                }
            }
        })?;
        lock(&self.modules).insert(kernel.name(), module.clone());
        Ok(module)
    }
}

fn bind_group_layout(device: &Device, label: &str, entry: &Entry) -> BindGroupLayout {
    let entries: Vec<_> = entry
        .bindings
        .iter()
        .map(|binding| BindGroupLayoutEntry {
            binding: binding.index,
            visibility: ShaderStages::COMPUTE,
            ty: BindingType::Buffer {
                ty: match binding.access {
                    Access::Uniform => BufferBindingType::Uniform,
                    Access::Read => BufferBindingType::Storage { read_only: true },
                    Access::ReadWrite => BufferBindingType::Storage { read_only: false },
                },
                has_dynamic_offset: false,
                min_binding_size: None,
            },
            count: None,
        })
        .collect();
    device.create_bind_group_layout(&BindGroupLayoutDescriptor {
        label: Some(label),
        entries: &entries,
    })
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
