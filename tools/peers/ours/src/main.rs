//! The worker of the harness that runs this project's own kernels.
//!
//! `peers-ours ADAPTER FOLDER`; ADAPTER as in `gss-wgpu --device`.

mod graphs;

use std::env;
use std::path::Path;
use std::process::ExitCode;

use gss_wgpu::gpu::{Executable, Gpu, WeightData, WeightFormat, WeightStore};
use gss_wgpu::graph::{DType, Place, Plan, TensorId};
use peers_worker::{Failure, Library, Prepared, Tensors, Work, serve};
use pollster::block_on;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("peers-ours: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failure> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [adapter, folder] = arguments.as_slice() else {
        return Err("usage: peers-ours ADAPTER FOLDER".into());
    };
    let gpu = block_on(Gpu::new(&adapter.parse()?))?;
    serve(&Ours { gpu }, Path::new(folder))
}

struct Ours {
    gpu: Gpu,
}

impl Library for Ours {
    fn name(&self) -> String {
        "gss-wgpu".to_owned()
    }

    fn adapter(&self) -> String {
        self.gpu.adapter_info().name.clone()
    }

    fn prepare(&self, work: &Work, tensors: &Tensors) -> Result<Box<dyn Prepared>, Failure> {
        let built = graphs::build(work, tensors)?;
        let plan = Plan::new(&built.graph)?;
        let mut weights = WeightStore::new();
        weights.upload(&self.gpu, &built.graph, &|name| {
            let tensor = tensors.get(name).ok()?;
            Some(WeightData {
                format: WeightFormat::F32,
                bytes: bytemuck::cast_slice(&tensor.values),
            })
        })?;
        let executable = Executable::new(&self.gpu, &built.graph, &plan, &weights)?;
        for id in built.graph.inputs() {
            let input = built.graph.tensor(id);
            if plan.place(id) == Place::Unused {
                continue;
            }
            let values = built.inputs.get(&input.name);
            let values =
                values.ok_or_else(|| format!("the graph's input {} has no values", input.name))?;
            match input.dtype {
                DType::F32 => executable.write_f32(&input.name, values)?,
                DType::U32 => {
                    let bits: Vec<u32> = values.iter().map(|&value| value as u32).collect();
                    executable.write_u32(&input.name, &bits)?;
                }
            }
        }
        Ok(Box::new(Ready {
            gpu: self.gpu.clone(),
            executable,
            output: built.output,
        }))
    }
}

/// A plan with its weights and inputs.
struct Ready {
    gpu: Gpu,
    executable: Executable,
    output: TensorId,
}

impl Prepared for Ready {
    fn evaluate(&mut self, times: usize) -> Result<(), Failure> {
        self.executable.run(times)?;
        self.gpu
            .device()
            .poll(wgpu::PollType::wait_indefinitely())?;
        Ok(self.gpu.check()?)
    }

    fn output(&mut self) -> Result<Vec<f32>, Failure> {
        Ok(block_on(self.executable.read_f32(self.output))?)
    }
}
