//! The worker of the harness that runs burn on its wgpu backend.
//!
//! `peers-burn DEVICE FOLDER`; DEVICE is `auto`, `cpu`, `discrete`, `integrated` or `virtual`.

mod hifi_gan;
mod operations;
mod score_unet;
mod weights;

use std::env;
use std::path::Path;
use std::process::ExitCode;

use burn::tensor::{Device, DeviceKind, Tensor};
use peers_worker::{Failure, Library, Prepared, Tensors, Work, serve};

use hifi_gan::HifiGan;
use operations::Operation;
use score_unet::ScoreUnet;
use weights::Weights;

/// Of the crate in `Cargo.toml`.
const VERSION: &str = "0.22.1";

/// Which shading language burn's compiler writes.
const COMPILER: &str = if cfg!(feature = "vulkan") {
    "SPIR-V"
} else {
    "WGSL"
};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("peers-burn: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failure> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [kind, folder] = arguments.as_slice() else {
        return Err("usage: peers-burn DEVICE FOLDER".into());
    };
    let kind = match kind.as_str() {
        "auto" => DeviceKind::DefaultDevice,
        "cpu" => DeviceKind::Cpu,
        "discrete" => DeviceKind::DiscreteGpu(0),
        "integrated" => DeviceKind::IntegratedGpu(0),
        "virtual" => DeviceKind::VirtualGpu(0),
        other => {
            return Err(format!(
                "no kind of device is called {other}: auto, cpu, discrete, integrated, virtual"
            )
            .into());
        }
    };
    #[cfg(feature = "vulkan")]
    let device = Device::vulkan(kind);
    #[cfg(not(feature = "vulkan"))]
    let device = Device::wgpu(kind);
    serve(&Burn { device }, Path::new(folder))
}

struct Burn {
    device: Device,
}

impl Library for Burn {
    fn name(&self) -> String {
        format!("burn {VERSION}, {COMPILER}")
    }

    fn adapter(&self) -> String {
        format!("{:?}", self.device)
    }

    fn prepare(&self, work: &Work, tensors: &Tensors) -> Result<Box<dyn Prepared>, Failure> {
        let weights = Weights::new(tensors, &self.device);
        let device = self.device.clone();
        Ok(match work {
            Work::ScoreUnet { config } => {
                let network = ScoreUnet::new(&weights, &serde_json::from_value(config.clone())?)?;
                let noisy = weights.tensor::<3>("input.noisy")?;
                let mean = weights.tensor::<3>("input.mean")?;
                let time = weights.tensor::<1>("input.time")?;
                let style = weights.tensor::<2>("input.style")?;
                Box::new(Ready::new(device, move || {
                    network.forward(noisy.clone(), mean.clone(), time.clone(), style.clone())
                }))
            }
            Work::HifiGan { config } => {
                let network = HifiGan::new(&weights, serde_json::from_value(config.clone())?)?;
                let mel = weights.tensor::<3>("input.mel")?;
                Box::new(Ready::new(device, move || network.forward(mel.clone())))
            }
            operation => {
                let operation = Operation::new(&weights, operation)?;
                Box::new(Ready::new(device, move || operation.evaluate()))
            }
        })
    }
}

/// A network with its weights and inputs on the device.
struct Ready<F> {
    device: Device,
    forward: F,
    output: Option<Tensor<1>>,
}

impl<F: Fn() -> Tensor<1>> Ready<F> {
    fn new(device: Device, forward: F) -> Self {
        Self {
            device,
            forward,
            output: None,
        }
    }
}

impl<F: Fn() -> Tensor<1>> Prepared for Ready<F> {
    fn evaluate(&mut self, times: usize) -> Result<(), Failure> {
        // Kept to the end: what nobody holds need not be computed.
        let mut outputs: Vec<_> = (0..times).map(|_| (self.forward)()).collect();
        self.device.sync().map_err(|error| format!("{error:?}"))?;
        self.output = outputs.pop();
        Ok(())
    }

    fn output(&mut self) -> Result<Vec<f32>, Failure> {
        let output = self.output.take().ok_or("nothing was evaluated yet")?;
        output
            .into_data()
            .try_to_vec()
            .map_err(|error| format!("{error:?}").into())
    }
}
