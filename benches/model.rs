//! `cargo bench`: every kernel and stage of both sizes of model at two seconds of speech, one line
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
    for sizes in [ModelConfig::small, ModelConfig::base] {
        let mut synthesizer = bench::untrained(&gpu, sizes)?;
        let report = pollster::block_on(bench::run(&mut synthesizer, &options, |_| {}))?;
        let profile = report.profile;
        for row in report.stages {
            println!("{profile} {}: {:.3} ms", row.stage, row.ms_median);
        }
        for row in report.kernels {
            println!("{profile} {} {}: {:.3} ms", row.kernel, row.shape, row.ms);
        }
        for left_out in report.left_out {
            println!("{profile} {}: {}", left_out.what, left_out.reason);
        }
    }
    Ok(())
}
