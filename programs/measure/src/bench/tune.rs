//! Which kernels are fastest at the shapes of a model.

use super::error::BenchError;
use super::workload::StageKind;
use gss_wgpu::gpu::{Gpu, Tuning};
use gss_wgpu::graph::GraphError;
use gss_wgpu::model::ModelConfig;

/// Lengths of speech whose products are timed: a choice holds for all lengths up to twice as long.
const SECONDS: [f64; 4] = [1.0, 2.0, 4.0, 8.0];

/// Times the variants of the model's products on the device. Takes seconds on a GPU, minutes on a
/// software adapter, which nothing else should use meanwhile.
///
/// # Errors
/// When the device fails.
pub fn tune(gpu: &Gpu, config: &ModelConfig) -> Result<Tuning, BenchError> {
    let graphs = SECONDS
        .into_iter()
        .flat_map(|seconds| StageKind::ALL.map(|kind| (kind, seconds)))
        .filter_map(|(kind, seconds)| kind.graph(config, kind.extent(config, seconds)).transpose())
        .collect::<Result<Vec<_>, GraphError>>()?;
    Ok(Tuning::measure(gpu, &graphs.iter().collect::<Vec<_>>())?)
}
