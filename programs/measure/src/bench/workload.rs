//! The stages of a synthesis as things that run by themselves.

use super::error::BenchError;
use super::inputs;
use gss_wgpu::diffusion::SolverTable;
use gss_wgpu::gpu::{Executable, Gpu, GpuError, Planned, Planning, Program, WeightStore};
use gss_wgpu::graph::Graph;
use gss_wgpu::model::ModelConfig;
use gss_wgpu::model::stages::{Extent, StageKind};
use gss_wgpu::synth::{FRAME_BUCKET, MAX_FRAMES, TOKEN_BUCKET};

/// Length of the reference recording in seconds.
pub(super) const REFERENCE_SECONDS: f64 = 5.0;

/// Symbols of a second of speech, boundaries between words included.
pub(super) const SYMBOLS_PER_SECOND: f64 = 15.0;

/// How often a synthesis runs a stage; a style is made once and then kept.
pub(super) const fn uses(kind: StageKind, steps: usize) -> usize {
    match kind {
        StageKind::Step => steps,
        _ => 1,
    }
}

/// The sizes at which a stage makes so much speech, rounded up as in a synthesis.
pub(super) fn extent(kind: StageKind, config: &ModelConfig, seconds: f64) -> Extent {
    let rate = f64::from(config.audio.sample_rate) / config.audio.hop_length as f64;
    let seconds = if kind == StageKind::Style {
        REFERENCE_SECONDS
    } else {
        seconds
    };
    Extent {
        batch: 1,
        tokens: rounded_up(seconds * SYMBOLS_PER_SECOND, TOKEN_BUCKET),
        frames: rounded_up(seconds * rate, FRAME_BUCKET),
    }
}

/// Why no synthesis runs a stage for so much speech at once, if that is so.
pub(super) fn too_long(kind: StageKind, config: &ModelConfig, seconds: f64) -> Option<String> {
    (extent(kind, config, seconds).frames > MAX_FRAMES)
        .then(|| format!("no sentence has more than {MAX_FRAMES} frames"))
}

fn rounded_up(value: f64, bucket: usize) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "minutes of speech at most"
    )]
    let whole = value.ceil() as usize;
    whole.max(1).next_multiple_of(bucket)
}

/// A stage with its sizes, and its graph as a program.
#[derive(Debug)]
pub(super) struct PlannedStage {
    pub(super) kind: StageKind,
    pub(super) extent: Extent,
    pub(super) graph: Graph,
    pub(super) program: Program,
}

impl PlannedStage {
    /// Plans a stage for so much speech; none if the model has no such stage.
    pub(super) fn new(
        kind: StageKind,
        config: &ModelConfig,
        seconds: f64,
        planning: &Planning,
    ) -> Result<Option<Self>, BenchError> {
        let extent = extent(kind, config, seconds);
        let Some(graph) = kind.graph(config, extent)? else {
            return Ok(None);
        };
        let program = Program::new(&graph, planning)?;
        Ok(Some(Self {
            kind,
            extent,
            graph,
            program,
        }))
    }

    /// Operations of a run.
    pub(super) fn flops(&self) -> u64 {
        let dispatches = self.dispatches().iter();
        dispatches.map(|planned| planned.dispatch.flops).sum()
    }

    /// What a run dispatches.
    pub(super) fn dispatches(&self) -> &[Planned] {
        self.program.dispatches()
    }

    /// The stage on a device, its inputs not yet written.
    pub(super) fn executable(
        &self,
        gpu: &Gpu,
        weights: &WeightStore,
    ) -> Result<Executable, GpuError> {
        Executable::new(gpu, &self.graph, &self.program, weights)
    }

    /// Writes ordinary values to all inputs.
    pub(super) fn write_inputs(
        &self,
        executable: &Executable,
        table: &SolverTable,
    ) -> Result<(), GpuError> {
        let plan = self.program.plan();
        inputs::write(&self.graph, plan, executable, self.extent, table)
    }
}
