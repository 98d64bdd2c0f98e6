//! A program made runnable: buffers, pipelines, bind groups and dispatch sizes resolved once, so that a
//! run only encodes.

mod guard;
mod info;
mod prepare;
mod repeat;

use std::collections::HashMap;
use std::time::Instant;

use tracing::Instrument;
use wgpu::{Buffer, BufferUsages, CommandEncoder, ComputePass, ComputePassDescriptor};

use super::context::Gpu;
use super::error::GpuError;
use super::meter::Meter;
use super::program::Program;
use super::weights::WeightStore;
use crate::graph::{DType, Graph, Origin, Place, TensorId};
use prepare::{Preparation, Step};

/// Floating-point operations in one submission. Desktops reset a GPU that computes for about two
/// seconds without a pause; the slowest integrated GPUs do more than 2e10 a second with these
/// kernels, so this is at most 50 ms there.
const SUBMISSION_FLOPS: u64 = 1_000_000_000;

/// The first submission is short, so that the GPU starts while the rest is encoded.
const FIRST_SUBMISSION_FLOPS: u64 = SUBMISSION_FLOPS / 10;

/// A tensor that the host may touch.
#[derive(Debug, Clone, Copy)]
struct Port {
    slot: usize,
    elements: usize,
    dtype: DType,
}

impl Port {
    const fn bytes(&self) -> u64 {
        self.elements as u64 * 4
    }
}

/// A graph's program on a device.
#[derive(Debug)]
pub struct Executable {
    gpu: Gpu,
    name: &'static str,
    slots: Vec<Buffer>,
    steps: Vec<Step>,
    inputs: HashMap<String, Port>,
    ports: Vec<Option<Port>>,
    guard_bytes: u64,
}

impl Executable {
    /// Resolves every dispatch of the graph's program on the device.
    ///
    /// # Errors
    /// When a weight was not uploaded, or the device refuses a buffer or pipeline.
    pub fn new(
        gpu: &Gpu,
        graph: &Graph,
        program: &Program,
        weights: &WeightStore,
    ) -> Result<Self, GpuError> {
        Self::build(gpu, graph, program, weights, 0)
    }

    fn build(
        gpu: &Gpu,
        graph: &Graph,
        program: &Program,
        weights: &WeightStore,
        guard_bytes: u64,
    ) -> Result<Self, GpuError> {
        let dispatches = program.dispatches().len();
        let _span = tracing::debug_span!("prepare", dispatches).entered();
        let plan = program.plan();
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_SRC | BufferUsages::COPY_DST;
        let slots = plan
            .slots()
            .iter()
            .map(|slot| gpu.create_buffer("activations", slot.bytes + guard_bytes, usage, false))
            .collect::<Result<Vec<_>, _>>()?;
        let preparation = Preparation {
            gpu,
            graph,
            program,
            weights,
            slots: &slots,
        };
        let steps = preparation.steps()?;
        let ports: Vec<_> = graph
            .tensors()
            .iter()
            .zip(0..)
            .map(|(tensor, index)| match plan.place(TensorId(index)) {
                Place::Slot(slot) if plan.slots()[slot.index()].persistent => Some(Port {
                    slot: slot.index(),
                    elements: tensor.shape.elements(),
                    dtype: tensor.dtype,
                }),
                _ => None,
            })
            .collect();
        let inputs = graph
            .tensors()
            .iter()
            .zip(&ports)
            .filter(|(tensor, _)| tensor.origin == Origin::Input)
            .filter_map(|(tensor, port)| Some((tensor.name.clone(), (*port)?)))
            .collect();
        Ok(Self {
            gpu: gpu.clone(),
            name: "plan",
            slots,
            steps,
            inputs,
            ports,
            guard_bytes,
        })
    }

    /// Gives the plan a name, under which a profile lists its dispatches.
    #[must_use]
    pub fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// Gives an `f32` input its values, which stay until they are written again or overwritten by a
    /// node.
    ///
    /// # Errors
    /// When the graph has no such input (or does not use it), or its size or type differ.
    pub fn write_f32(&self, input: &str, values: &[f32]) -> Result<(), GpuError> {
        self.write(input, DType::F32, bytemuck::cast_slice(values))
    }

    /// Gives a `u32` input its values.
    ///
    /// # Errors
    /// As [`Self::write_f32`].
    pub fn write_u32(&self, input: &str, values: &[u32]) -> Result<(), GpuError> {
        self.write(input, DType::U32, bytemuck::cast_slice(values))
    }

    fn write(&self, input: &str, dtype: DType, bytes: &[u8]) -> Result<(), GpuError> {
        let port = self.input(input)?;
        if port.dtype != dtype || port.bytes() != bytes.len() as u64 {
            return Err(GpuError::Tensor {
                name: input.to_owned(),
                problem: format!(
                    "is {} elements of type {:?}, given {} of type {dtype:?}",
                    port.elements,
                    port.dtype,
                    bytes.len() / 4
                ),
            });
        }
        self.gpu.scoped(input, || {
            self.gpu
                .queue()
                .write_buffer(&self.slots[port.slot], 0, bytes);
        })
    }

    /// Encodes one run into a compute pass of its own. The host submits it.
    pub fn encode(&self, encoder: &mut CommandEncoder) {
        encode_steps(encoder, &self.steps);
    }

    /// Runs the plan `times` times in submissions that are short enough for a desktop's watchdog.
    /// Does not wait for the result.
    ///
    /// # Errors
    /// When the device is lost or rejects a command.
    pub fn run(&self, times: usize) -> Result<(), GpuError> {
        let _span = tracing::debug_span!("run", plan = self.name, times).entered();
        if let Some(meter) = self.gpu.meter() {
            return self.submit_metered(times, meter);
        }
        let Some(profiler) = self.gpu.profiler() else {
            return self.submit(times, encode_steps);
        };
        let mut run = profiler.run(self.name)?;
        self.submit(times, |encoder, steps| {
            let infos = steps.iter().filter_map(|step| step.info.as_ref());
            run.encode(encoder, infos, |pass, i| encode_step(pass, &steps[i]));
        })?;
        run.end()
    }

    fn submit(
        &self,
        times: usize,
        mut encode: impl FnMut(&mut CommandEncoder, &[Step]),
    ) -> Result<(), GpuError> {
        let mut budget = FIRST_SUBMISSION_FLOPS;
        for _ in 0..times {
            let mut rest = self.steps.as_slice();
            while !rest.is_empty() {
                let (chunk, after) = rest.split_at(chunk_length(rest, budget));
                self.gpu.counters().dispatches.add(chunk.len());
                self.gpu.scoped("a submission", || {
                    let mut encoder = self
                        .gpu
                        .device()
                        .create_command_encoder(&Default::default());
                    encode(&mut encoder, chunk);
                    self.gpu.submit(encoder.finish());
                })?;
                rest = after;
                budget = SUBMISSION_FLOPS;
            }
        }
        Ok(())
    }

    /// Submits as much as the host grants, and waits for more.
    fn submit_metered(&self, times: usize, meter: &Meter) -> Result<(), GpuError> {
        for _ in 0..times {
            let mut rest = self.steps.as_slice();
            while !rest.is_empty() {
                let allowance = meter.allowance()?;
                let (chunk, after) = rest.split_at(chunk_length(rest, allowance));
                let operations = chunk.iter().map(|step| step.flops).sum();
                let piece = meter.piece(&self.gpu, operations)?;
                self.gpu.counters().dispatches.add(chunk.len());
                let begun = Instant::now();
                let submitted = self.gpu.scoped("a submission", || {
                    let device = self.gpu.device();
                    let mut encoder = device.create_command_encoder(&Default::default());
                    let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor {
                        label: None,
                        timestamp_writes: piece.timestamp_writes(),
                    });
                    for step in chunk {
                        encode_step(&mut pass, step);
                    }
                    drop(pass);
                    piece.resolve(&mut encoder);
                    self.gpu.submit(encoder.finish());
                });
                match submitted {
                    Ok(()) => piece.submitted(&self.gpu, begun)?,
                    Err(error) => {
                        piece.abandoned();
                        return Err(error);
                    }
                }
                rest = after;
            }
        }
        Ok(())
    }

    /// Copies an output to an input of another plan on the same device, after what was submitted
    /// before.
    ///
    /// # Errors
    /// When `output` is no output or input of this graph, the other has no such input, or they differ
    /// in size or type.
    pub fn copy_output(&self, output: TensorId, other: &Self, input: &str) -> Result<(), GpuError> {
        let from = self.port(output)?;
        let to = other.input(input)?;
        if (from.elements, from.dtype) != (to.elements, to.dtype) {
            return Err(GpuError::Tensor {
                name: input.to_owned(),
                problem: format!(
                    "is {} elements of type {:?}, given {} of type {:?}",
                    to.elements, to.dtype, from.elements, from.dtype
                ),
            });
        }
        self.gpu.scoped(input, || {
            let mut encoder = self
                .gpu
                .device()
                .create_command_encoder(&Default::default());
            encoder.copy_buffer_to_buffer(
                &self.slots[from.slot],
                0,
                &other.slots[to.slot],
                0,
                from.bytes(),
            );
            self.gpu.submit(encoder.finish());
        })
    }

    /// Reads an output (or an input) of type `f32`. Resolves when the device has finished what was
    /// submitted before.
    ///
    /// # Errors
    /// When the tensor is neither, has another type, or the device fails.
    pub async fn read_f32(&self, tensor: TensorId) -> Result<Vec<f32>, GpuError> {
        let bytes = self.read(tensor, DType::F32).await?;
        Ok(bytemuck::pod_collect_to_vec(&bytes))
    }

    /// Reads an output (or an input) of type `u32`.
    ///
    /// # Errors
    /// As [`Self::read_f32`].
    pub async fn read_u32(&self, tensor: TensorId) -> Result<Vec<u32>, GpuError> {
        let bytes = self.read(tensor, DType::U32).await?;
        Ok(bytemuck::pod_collect_to_vec(&bytes))
    }

    async fn read(&self, tensor: TensorId, dtype: DType) -> Result<Vec<u8>, GpuError> {
        let port = self.port(tensor)?;
        if port.dtype != dtype {
            return Err(GpuError::Tensor {
                name: format!("number {}", tensor.index()),
                problem: format!("is of type {:?}, read as {dtype:?}", port.dtype),
            });
        }
        self.gpu
            .read("a readback", &self.slots[port.slot], port.bytes())
            .instrument(tracing::debug_span!("wait and read", plan = self.name))
            .await
    }

    fn input(&self, name: &str) -> Result<Port, GpuError> {
        self.inputs.get(name).copied().ok_or_else(|| {
            let mut known: Vec<_> = self.inputs.keys().map(String::as_str).collect();
            known.sort_unstable();
            GpuError::Tensor {
                name: name.to_owned(),
                problem: format!("is no input in use; there are: {}", known.join(", ")),
            }
        })
    }

    fn port(&self, tensor: TensorId) -> Result<Port, GpuError> {
        self.ports
            .get(tensor.index())
            .copied()
            .flatten()
            .ok_or_else(|| GpuError::Tensor {
                name: format!("number {}", tensor.index()),
                problem: "is neither an input nor an output of the graph".to_owned(),
            })
    }
}

/// Number of steps that fit into the budget, at least one.
fn chunk_length(steps: &[Step], budget: u64) -> usize {
    let mut flops = 0_u64;
    let fitting = steps
        .iter()
        .take_while(|step| {
            flops = flops.saturating_add(step.flops);
            flops <= budget
        })
        .count();
    fitting.max(1)
}

fn encode_steps(encoder: &mut CommandEncoder, steps: &[Step]) {
    let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor::default());
    for step in steps {
        encode_step(&mut pass, step);
    }
}

fn encode_step(pass: &mut ComputePass<'_>, step: &Step) {
    let [x, y, z] = step.workgroups;
    pass.set_pipeline(&step.pipeline.pipeline);
    pass.set_bind_group(0, &step.bind_group, &[]);
    pass.dispatch_workgroups(x, y, z);
}
