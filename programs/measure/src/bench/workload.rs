//! The stages of a synthesis as things that run by themselves.

use super::error::BenchError;
use super::inputs;
use gss_wgpu::diffusion::SolverTable;
use gss_wgpu::gpu::lower::{Dispatch, lower};
use gss_wgpu::gpu::{Capabilities, Executable, Gpu, GpuError, WeightStore};
use gss_wgpu::graph::{Graph, GraphError, Node, Plan};
use gss_wgpu::model::ModelConfig;
use gss_wgpu::model::stages::{
    Extent, PriorStage, Stage, StepStage, StyleStage, TextStage, VocoderStage,
};
use gss_wgpu::synth::{FRAME_BUCKET, MAX_FRAMES, TOKEN_BUCKET};

/// Length of the reference recording in seconds.
pub(super) const REFERENCE_SECONDS: f64 = 5.0;

/// Symbols of a second of speech, boundaries between words included.
pub(super) const SYMBOLS_PER_SECOND: f64 = 15.0;

/// A part of a synthesis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StageKind {
    Style,
    Text,
    Prior,
    Step,
    Vocoder,
}

impl StageKind {
    pub(super) const ALL: [Self; 5] = [
        Self::Style,
        Self::Text,
        Self::Prior,
        Self::Step,
        Self::Vocoder,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Style => StyleStage::NAME,
            Self::Text => TextStage::NAME,
            Self::Prior => PriorStage::NAME,
            Self::Step => StepStage::NAME,
            Self::Vocoder => VocoderStage::NAME,
        }
    }

    /// How often a synthesis runs the stage; a style is made once and then kept.
    pub(super) const fn uses(self, steps: usize) -> usize {
        match self {
            Self::Step => steps,
            _ => 1,
        }
    }

    /// The sizes at which the stage makes so much speech, rounded up as in a synthesis.
    pub(super) fn extent(self, config: &ModelConfig, seconds: f64) -> Extent {
        let rate = f64::from(config.audio.sample_rate) / config.audio.hop_length as f64;
        let seconds = if self == Self::Style {
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

    /// Why no synthesis runs the stage for so much speech at once, if that is so.
    pub(super) fn too_long(self, config: &ModelConfig, seconds: f64) -> Option<String> {
        (self.extent(config, seconds).frames > MAX_FRAMES)
            .then(|| format!("no sentence has more than {MAX_FRAMES} frames"))
    }

    /// The graph, or none if the model has no such stage.
    pub(super) fn graph(
        self,
        config: &ModelConfig,
        extent: Extent,
    ) -> Result<Option<Graph>, GraphError> {
        Ok(Some(match self {
            Self::Style => StyleStage::new(config, extent)?.graph,
            Self::Text => TextStage::new(config, extent)?.graph,
            Self::Prior => PriorStage::new(config, extent)?.graph,
            Self::Step => StepStage::new(config, extent)?.graph,
            Self::Vocoder => match &config.vocoder {
                None => return Ok(None),
                Some(vocoder) => VocoderStage::new(vocoder, config.audio.n_mels, extent)?.graph,
            },
        }))
    }
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

/// A stage with its sizes, as a plan and as the dispatches of each of the plan's steps.
#[derive(Debug)]
pub(super) struct PlannedStage {
    pub(super) kind: StageKind,
    pub(super) extent: Extent,
    pub(super) graph: Graph,
    pub(super) plan: Plan,
    pub(super) dispatches: Vec<Dispatch>,
}

impl PlannedStage {
    /// Plans a stage for so much speech, each node lowered for the `capabilities` that it is given; none
    /// if the model has no such stage.
    pub(super) fn new(
        kind: StageKind,
        config: &ModelConfig,
        seconds: f64,
        capabilities: &dyn Fn(&Graph, &Node) -> Capabilities,
    ) -> Result<Option<Self>, BenchError> {
        let extent = kind.extent(config, seconds);
        let Some(graph) = kind.graph(config, extent)? else {
            return Ok(None);
        };
        let plan = Plan::new(&graph)?;
        let dispatches = plan
            .steps()
            .iter()
            .map(|step| {
                let node = &graph.nodes()[step.node.index()];
                lower(&graph, node, step.in_place, capabilities(&graph, node))
            })
            .collect::<Result<_, GpuError>>()?;
        Ok(Some(Self {
            kind,
            extent,
            graph,
            plan,
            dispatches,
        }))
    }

    /// Operations of a run.
    pub(super) fn flops(&self) -> u64 {
        self.dispatches.iter().map(|dispatch| dispatch.flops).sum()
    }

    /// The node of a step of the plan.
    pub(super) fn node(&self, step: usize) -> &Node {
        &self.graph.nodes()[self.plan.steps()[step].node.index()]
    }

    /// The stage on a device, its inputs not yet written.
    pub(super) fn executable(
        &self,
        gpu: &Gpu,
        weights: &WeightStore,
    ) -> Result<Executable, GpuError> {
        Executable::new(gpu, &self.graph, &self.plan, weights)
    }

    /// Writes ordinary values to all inputs.
    pub(super) fn write_inputs(
        &self,
        executable: &Executable,
        table: &SolverTable,
    ) -> Result<(), GpuError> {
        inputs::write(&self.graph, &self.plan, executable, self.extent, table)
    }
}
