//! How fast a device is with a model, and how fast it could be.
//!
//! [`run`] measures the adapter's ceilings with kernels that do nothing else, then the model: whole
//! syntheses, stages, and every kernel at the shapes that the model has. The result is a [`Report`],
//! plain data that serialises. Times are wall-clock times with the device waited for, so they need no
//! feature of the adapter; kernels are repeated until a sample is long enough for that.
//!
//! ```no_run
//! use gss_wgpu_measure::bench::{self, Options};
//! use gss_wgpu::gpu::{AdapterChoice, Gpu};
//! use gss_wgpu::model::ModelConfig;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let gpu = pollster::block_on(Gpu::new(&AdapterChoice::Auto))?;
//! let mut synthesizer = bench::untrained(&gpu, ModelConfig::small)?;
//! let report = pollster::block_on(bench::run(&mut synthesizer, &Options::quick(), |_| {}))?;
//! println!("{:.1} GFLOP/s at best", report.ceilings.fma_f32_gflops);
//! # Ok(())
//! # }
//! ```

mod ceilings;
mod error;
mod inputs;
mod kernels;
pub mod micro;
mod options;
mod pipeline;
mod plot;
mod report;
mod run;
mod stages;
pub mod statistics;
mod timing;
mod tune;
mod untrained;
mod workload;

pub use ceilings::Ceilings;
pub use error::BenchError;
pub use options::{Options, Section};
pub use pipeline::sample_text;
pub use report::{Bound, KernelRow, LeftOut, PipelineRow, Report, StageRow};
pub use run::{Progress, run};
pub use tune::tune;
pub use untrained::untrained;
