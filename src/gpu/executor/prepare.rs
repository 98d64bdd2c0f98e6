//! Resolves the steps of a plan: dispatches, pipelines, parameters, bind groups.

use std::sync::Arc;

use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, BindingResource, Buffer, BufferBinding,
    BufferSize, BufferUsages,
};

use crate::gpu::context::Gpu;
use crate::gpu::error::GpuError;
use crate::gpu::lower::{Dispatch, lower};
use crate::gpu::pipelines::{Permutation, Pipeline};
use crate::gpu::resolve::{Resolved, resolve};
use crate::gpu::timing::DispatchInfo;
use crate::gpu::weights::WeightStore;
use crate::graph::{Graph, Place, Plan, TensorId};

use super::Executable;
use super::info::describe;

/// A dispatch with everything resolved.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) pipeline: Arc<Pipeline>,
    pub(super) bind_group: BindGroup,
    pub(super) workgroups: [u32; 3],
    pub(super) flops: u64,
    /// Only on a profiling device.
    pub(super) info: Option<Arc<DispatchInfo>>,
}

/// What is needed to resolve the steps of a plan.
pub(super) struct Preparation<'a> {
    pub(super) gpu: &'a Gpu,
    pub(super) graph: &'a Graph,
    pub(super) plan: &'a Plan,
    pub(super) weights: &'a WeightStore,
    pub(super) slots: &'a [Buffer],
}

/// The steps of a plan as dispatches.
fn lowered(
    gpu: &Gpu,
    graph: &Graph,
    plan: &Plan,
    weights: &WeightStore,
) -> Result<Vec<(Dispatch, Resolved)>, GpuError> {
    let is_f16 = |id: TensorId| weights.is_f16(graph.tensor(id));
    let steps = plan.steps().iter();
    steps
        .map(|step| {
            let node = &graph.nodes()[step.node.index()];
            let capabilities = gpu.capabilities_for(graph, node);
            let dispatch = lower(graph, node, step.in_place, capabilities)?;
            let kernel = gpu.kernels().get(dispatch.kernel)?;
            let resolved = resolve(kernel, &dispatch, &is_f16)?;
            Ok((dispatch, resolved))
        })
        .collect()
}

fn permutations(lowered: &[(Dispatch, Resolved)]) -> Vec<Permutation> {
    let steps = lowered.iter();
    steps
        .map(|(dispatch, resolved)| {
            Permutation::new(dispatch.kernel, dispatch.entry, &resolved.constants)
        })
        .collect()
}

impl Executable {
    /// Compiles, on all cores at once, what these plans of graphs need. Plans for other sizes need the
    /// same, as far as the choice of kernels does not depend on the size.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn compile(
        gpu: &Gpu,
        plans: &[(Graph, Plan)],
        weights: &WeightStore,
    ) -> Result<(), GpuError> {
        let mut needed = Vec::new();
        for (graph, plan) in plans {
            needed.extend(permutations(&lowered(gpu, graph, plan, weights)?));
        }
        gpu.pipelines().get(gpu, &needed).map(drop)
    }
}

impl Preparation<'_> {
    pub(super) fn steps(&self) -> Result<Vec<Step>, GpuError> {
        let is_f16 = |id: TensorId| self.weights.is_f16(self.graph.tensor(id));
        let lowered = lowered(self.gpu, self.graph, self.plan, self.weights)?;
        let pipelines = self.gpu.pipelines();
        let pipelines = pipelines.get(self.gpu, &permutations(&lowered))?;
        let (params, offsets) = self.params(&lowered)?;
        let nodes = self.plan.steps().iter().map(|step| step.node.index());
        lowered
            .iter()
            .zip(nodes)
            .zip(pipelines)
            .zip(offsets)
            .map(|((((dispatch, resolved), node), pipeline), offset)| {
                let info = self.gpu.profiler().map(|_| {
                    let node = &self.graph.nodes()[node];
                    describe(self.graph, node, dispatch, resolved, &is_f16)
                });
                Ok(Step {
                    bind_group: self.bind_group(dispatch, resolved, &pipeline, &params, offset)?,
                    pipeline,
                    workgroups: resolved.workgroups,
                    flops: dispatch.flops,
                    info,
                })
            })
            .collect()
    }

    /// One buffer with the parameters of all steps, and where each step's begin.
    fn params(&self, lowered: &[(Dispatch, Resolved)]) -> Result<(Buffer, Vec<u64>), GpuError> {
        let alignment = self
            .gpu
            .device()
            .limits()
            .min_uniform_buffer_offset_alignment as usize;
        let mut bytes = Vec::new();
        let mut offsets = Vec::with_capacity(lowered.len());
        for (_, resolved) in lowered {
            offsets.push(bytes.len() as u64);
            if let Some((_, params)) = &resolved.params {
                bytes.extend_from_slice(params);
                bytes.resize(bytes.len().next_multiple_of(alignment), 0);
            }
        }
        let size = bytes.len().max(alignment) as u64;
        let usage = BufferUsages::UNIFORM | BufferUsages::COPY_DST;
        let buffer = self.gpu.create_buffer("parameters", size, usage, false)?;
        self.gpu.scoped("parameters", || {
            self.gpu.queue().write_buffer(&buffer, 0, &bytes);
        })?;
        Ok((buffer, offsets))
    }

    fn bind_group(
        &self,
        dispatch: &Dispatch,
        resolved: &Resolved,
        pipeline: &Pipeline,
        params: &Buffer,
        offset: u64,
    ) -> Result<BindGroup, GpuError> {
        let mut entries = Vec::with_capacity(resolved.bindings.len() + 1);
        for bound in &resolved.bindings {
            let buffer = match bound.tensor {
                Some(tensor) => self.buffer(tensor)?,
                None => self.gpu.placeholder(),
            };
            entries.push(BindGroupEntry {
                binding: bound.index,
                resource: buffer.as_entire_binding(),
            });
        }
        if let Some((index, bytes)) = &resolved.params {
            entries.push(BindGroupEntry {
                binding: *index,
                resource: BindingResource::Buffer(BufferBinding {
                    buffer: params,
                    offset,
                    size: BufferSize::new(bytes.len() as u64),
                }),
            });
        }
        self.gpu.counters().bind_groups.add(1);
        self.gpu.scoped(dispatch.kernel, || {
            self.gpu.device().create_bind_group(&BindGroupDescriptor {
                label: Some(dispatch.kernel),
                layout: &pipeline.layout,
                entries: &entries,
            })
        })
    }

    fn buffer(&self, tensor: TensorId) -> Result<&Buffer, GpuError> {
        match self.plan.place(tensor) {
            Place::Weight => self.weights.buffer(self.graph.tensor(tensor)),
            Place::Slot(slot) => Ok(&self.slots[slot.index()]),
            Place::Unused => Err(GpuError::Tensor {
                name: self.graph.tensor(tensor).name.clone(),
                problem: "has no place in the plan; is the plan of this graph?".to_owned(),
            }),
        }
    }
}
