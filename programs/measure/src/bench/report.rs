//! What was measured, as plain data.

use serde::Serialize;

use super::ceilings::Ceilings;
use gss_wgpu::gpu::Gpu;
use gss_wgpu::gpu::adapters::device_type_name;

/// All results. As JSON it has the field names below.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Version of this crate.
    pub version: &'static str,
    /// Whether the kernels were compiled with the checks of a debug build, which make some slower.
    pub checked: bool,
    /// Name of the adapter.
    pub adapter: String,
    /// API that it was reached through.
    pub backend: String,
    /// What kind of adapter it is.
    pub device_type: &'static str,
    /// Name and version of its driver.
    pub driver: String,
    /// Profile of the model.
    pub profile: String,
    /// What the adapter can do at best.
    pub ceilings: Ceilings,
    /// Every kernel at every shape, the one that takes most of a synthesis first.
    pub kernels: Vec<KernelRow>,
    /// Every stage at every length.
    pub stages: Vec<StageRow>,
    /// Whole syntheses.
    pub pipeline: Vec<PipelineRow>,
    /// What was asked for and not measured.
    pub left_out: Vec<LeftOut>,
}

impl Report {
    /// A report without results but the ceilings.
    pub(super) fn new(gpu: &Gpu, profile: &str, ceilings: Ceilings) -> Self {
        let info = gpu.adapter_info();
        Self {
            version: env!("CARGO_PKG_VERSION"),
            checked: gss_wgpu::gpu::checks_indices(),
            adapter: info.name.clone(),
            backend: info.backend.to_string(),
            device_type: device_type_name(info.device_type),
            driver: format!("{} {}", info.driver, info.driver_info)
                .trim()
                .to_owned(),
            profile: profile.to_owned(),
            ceilings,
            kernels: Vec::new(),
            stages: Vec::new(),
            pipeline: Vec::new(),
            left_out: Vec::new(),
        }
    }
}

/// A kernel at a shape.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KernelRow {
    /// File in `shaders/` and entry point, as in `conv.sliding`.
    pub kernel: String,
    /// Extents of what it reads, `->`, extents of its result; for convolutions the weight's, too.
    pub shape: String,
    /// The stages that use it.
    pub stages: Vec<&'static str>,
    /// How often one synthesis with the model's own number of steps runs it.
    pub uses: usize,
    /// Median time of one dispatch in milliseconds.
    pub ms: f64,
    /// Arithmetic of one dispatch in 1e9 operations; a multiply-add is two, of a transcendental
    /// function as many as its usual approximation has.
    pub gflop: f64,
    /// 1e9 operations a second.
    pub gflops: f64,
    /// 1e9 bytes a second, where every operand and every result moves once.
    pub gbs: f64,
    /// What the ceiling that binds would need, as a share of the time.
    pub share: f64,
    /// The ceiling that binds.
    pub bound: Bound,
}

/// A ceiling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Bound {
    /// [`Ceilings::fma_f32_gflops`]
    Arithmetic,
    /// [`Ceilings::bandwidth_gbs`]
    Bandwidth,
    /// [`Ceilings::dispatch_us`]
    Dispatch,
}

/// A stage of a synthesis at a length.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StageRow {
    /// `style`, `text`, `prior`, `step` (one step of the diffusion) or `vocoder`.
    pub stage: &'static str,
    /// Length of the speech (for the style encoder, of the reference) in seconds.
    pub seconds: f64,
    /// Time of the first run in milliseconds, with planning and the compilation of what no other
    /// stage had compiled before.
    pub ms_first: f64,
    /// Median time of the warm runs.
    pub ms_median: f64,
    /// Their 95th percentile.
    pub ms_p95: f64,
    /// Warm runs.
    pub runs: usize,
    /// Dispatches of a run.
    pub dispatches: usize,
    /// Arithmetic of a run in 1e9 operations.
    pub gflop: f64,
    /// 1e9 operations a second.
    pub gflops: f64,
    /// Share of the multiply-add ceiling.
    pub share: f64,
    /// Memory for activations in bytes.
    pub planned_bytes: u64,
    /// What they would take if no two shared a buffer.
    pub naive_bytes: u64,
}

/// Whole syntheses of one kind, from text to samples.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PipelineRow {
    /// Speech in each item of the batch, in seconds.
    pub seconds: f64,
    /// Items.
    pub batch: usize,
    /// Steps of the diffusion.
    pub steps: usize,
    /// Real-time factor: time through length of all speech.
    pub rtf: f64,
    /// Time of the first run in milliseconds, with planning for new lengths, and with the
    /// compilation of what those need and the load did not compile.
    pub ms_first: f64,
    /// Median time of the warm runs.
    pub ms_median: f64,
    /// Their 95th percentile.
    pub ms_p95: f64,
    /// Warm runs.
    pub runs: usize,
    /// Memory on the device after the runs, in bytes: weights, and the activations of all plans that
    /// are kept.
    pub peak_bytes: u64,
}

/// Something that was asked for and not measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LeftOut {
    /// What it is.
    pub what: String,
    /// Why it was not measured.
    pub reason: String,
    /// Seconds that it would take, estimated from shorter work of its kind; null where there was none,
    /// and where more time would not help.
    pub expected_seconds: Option<f64>,
}

impl LeftOut {
    /// Something that no longer limit makes room for.
    pub(super) fn impossible(what: String, reason: String) -> Self {
        Self {
            what,
            reason,
            expected_seconds: None,
        }
    }
}
