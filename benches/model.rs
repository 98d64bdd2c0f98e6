//! `cargo bench`: every kernel and stage of the shipped model and the paper's at two seconds of speech, one line
//! each. `gss-wgpu bench` measures more and says what the figures mean.

use std::time::Duration;

use gss_wgpu::gpu::{AdapterChoice, Gpu};
use gss_wgpu::model::ModelConfig;
use gss_wgpu_measure::bench::{self, Options, Section};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let gpu = pollster::block_on(Gpu::new(&AdapterChoice::Auto))?;
    let options = Options {
        sections: vec![Section::Stages, Section::Kernels],
        seconds: vec![2.0],
        at: 2.0,
        limit: Duration::from_secs(120),
        ..Options::default()
    };
    let small = ModelConfig::small();
    let base = ModelConfig::base(small.symbols.clone());
    for config in [small, base] {
        let mut synthesizer = bench::untrained(&gpu, config)?;
        let report = pollster::block_on(bench::run(&mut synthesizer, &options, |_| {}))?;
        let size = report.size;
        for row in report.stages {
            println!("{size} {}: {:.3} ms", row.stage, row.ms_median);
        }
        for row in report.kernels {
            println!("{size} {} {}: {:.3} ms", row.kernel, row.shape, row.ms);
        }
        for left_out in report.left_out {
            println!("{size} {}: {}", left_out.what, left_out.reason);
        }
    }
    Ok(())
}
