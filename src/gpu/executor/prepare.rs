//! Resolves the dispatches of a program: pipelines, parameters, bind groups.

use std::sync::Arc;

use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, BindingResource, Buffer, BufferBinding,
    BufferSize, BufferUsages,
};

use crate::gpu::context::Gpu;
use crate::gpu::error::GpuError;
use crate::gpu::lower::Operand;
use crate::gpu::pipelines::{Permutation, Pipeline};
use crate::gpu::program::{Planned, Program};
use crate::gpu::resolve::{Resolved, resolve};
use crate::gpu::timing::DispatchInfo;
use crate::gpu::weights::WeightStore;
use crate::graph::{Graph, Place, TensorId};

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

/// What is needed to resolve a program.
pub(super) struct Preparation<'a> {
    pub(super) gpu: &'a Gpu,
    pub(super) graph: &'a Graph,
    pub(super) program: &'a Program,
    pub(super) weights: &'a WeightStore,
    pub(super) slots: &'a [Buffer],
}

/// All dispatches of a program with what the kernels declare.
fn resolved(
    gpu: &Gpu,
    graph: &Graph,
    program: &Program,
    weights: &WeightStore,
) -> Result<Vec<Resolved>, GpuError> {
    let is_f16 = |id: TensorId| weights.is_f16(graph.tensor(id));
    let dispatches = program.dispatches().iter();
    dispatches
        .map(|Planned { dispatch, .. }| {
            resolve(gpu.kernels().get(dispatch.kernel)?, dispatch, &is_f16)
        })
        .collect()
}

fn permutations(program: &Program, resolved: &[Resolved]) -> Vec<Permutation> {
    let dispatches = program.dispatches().iter().zip(resolved);
    dispatches
        .map(|(Planned { dispatch, .. }, resolved)| {
            Permutation::new(dispatch.kernel, dispatch.entry, &resolved.constants)
        })
        .collect()
}

impl Executable {
    /// Compiles, on all cores at once, what these programs of graphs need. Programs for other sizes need
    /// the same, as far as the choice of kernels does not depend on the size.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn compile(
        gpu: &Gpu,
        programs: &[(Graph, Program)],
        weights: &WeightStore,
    ) -> Result<(), GpuError> {
        let mut needed = Vec::new();
        for (graph, program) in programs {
            let resolved = resolved(gpu, graph, program, weights)?;
            needed.extend(permutations(program, &resolved));
        }
        gpu.pipelines(&needed).map(drop)
    }
}

impl Preparation<'_> {
    pub(super) fn steps(&self) -> Result<Vec<Step>, GpuError> {
        let is_f16 = |id: TensorId| self.weights.is_f16(self.graph.tensor(id));
        let resolved = resolved(self.gpu, self.graph, self.program, self.weights)?;
        let pipelines = self.gpu.pipelines(&permutations(self.program, &resolved))?;
        let (params, offsets) = self.params(&resolved)?;
        let dispatches = self.program.dispatches().iter().zip(&resolved);
        dispatches
            .zip(pipelines)
            .zip(offsets)
            .map(|(((planned, resolved), pipeline), offset)| {
                let info = self
                    .gpu
                    .profiler()
                    .map(|_| describe(self.graph, self.program, planned, resolved, &is_f16));
                Ok(Step {
                    bind_group: self.bind_group(planned, resolved, &pipeline, &params, offset)?,
                    pipeline,
                    workgroups: resolved.workgroups,
                    flops: planned.dispatch.flops,
                    info,
                })
            })
            .collect()
    }

    /// One buffer with the parameters of all steps, and where each step's begin.
    fn params(&self, all: &[Resolved]) -> Result<(Buffer, Vec<u64>), GpuError> {
        let alignment = self
            .gpu
            .device()
            .limits()
            .min_uniform_buffer_offset_alignment as usize;
        let mut bytes = Vec::new();
        let mut offsets = Vec::with_capacity(all.len());
        for resolved in all {
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
        planned: &Planned,
        resolved: &Resolved,
        pipeline: &Pipeline,
        params: &Buffer,
        offset: u64,
    ) -> Result<BindGroup, GpuError> {
        let mut entries = Vec::with_capacity(resolved.bindings.len() + 1);
        for bound in &resolved.bindings {
            let buffer = match bound.operand {
                Some(operand) => self.buffer(planned, operand)?,
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
        let kernel = planned.dispatch.kernel;
        self.gpu.scoped(kernel, || {
            self.gpu.device().create_bind_group(&BindGroupDescriptor {
                label: Some(kernel),
                layout: &pipeline.layout,
                entries: &entries,
            })
        })
    }

    fn buffer(&self, planned: &Planned, operand: Operand) -> Result<&Buffer, GpuError> {
        match (self.program.place(planned, operand), operand) {
            (Place::Slot(slot), _) => Ok(&self.slots[slot.index()]),
            (Place::Weight, Operand::Tensor(id)) => self.weights.buffer(self.graph.tensor(id)),
            _ => Err(GpuError::Tensor {
                name: self.graph.nodes()[planned.node.index()].name.clone(),
                problem: "has operands without a place; is the program of this graph?".to_owned(),
            }),
        }
    }
}
