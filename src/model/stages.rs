//! The graphs of a synthesis, in the order in which they run, and what goes in and out of each.
//!
//! ```text
//! mel --style--> style, and entries and movement
//! ids, style --text--> hidden, log durations
//! hidden, index, style, transport, seeds --prior--> mean, state
//! hidden, index, style, voice, plain mean --pitch--> voicing and octaves
//! mean, state, style, and entries and pitch --step, once a solver step--> state
//! mel --vocode--> samples, or controls
//! ```
//!
//! Entries, voice and pitch are there in models whose score network is the temporal convolutional one.
//! Inputs are written by name ([`input`]); outputs are tensors of the graph. Batches may hold items of
//! different lengths: every graph takes them, and an item's result does not depend on the others.

use super::config::{
    ModelConfig, PitchPredictorConfig, ScoreNetwork, ScoreUnetConfig, StyleInput, TcnConfig,
    VocoderConfig,
};
use super::{
    MAX_ENTRIES, duration_predictor, pitch_predictor, prior_encoder, reference_encoder, score_tcn,
    score_unet, style_encoder, text_encoder, vocoder,
};
use crate::audio::Harmonics;
use crate::diffusion::{COLUMNS, MAX_STEPS};
use crate::graph::{DType, Graph, GraphError, Lengths, Shape, SolverInputs, TensorId};

/// Names of the inputs.
pub mod input {
    /// Log mel `[n, n_mels, 1, frames]`.
    pub const MEL: &str = "mel";
    /// Frames of each item, `u32 [1, 1, 1, n]`.
    pub const FRAME_LENGTHS: &str = "frame_lengths";
    /// Token ids `u32 [n, 1, 1, tokens]`.
    pub const IDS: &str = "ids";
    /// Tokens of each item, `u32 [1, 1, 1, n]`.
    pub const TOKEN_LENGTHS: &str = "token_lengths";
    /// The style that stands for none, as often as there are items, `[n, style, 1, 1]`.
    pub const NULL_STYLE: &str = "null_style";
    /// How far the guidance goes, `[1, 1, 1, 1]`.
    pub const GUIDANCE: &str = "guidance";
    /// Style vectors `[n, style, 1, 1]`; for the step of a model with a style channel, that channel
    /// `[n, 1, n_mels, frames]`.
    pub const STYLE: &str = "style";
    /// Hidden states `[n, hidden, 1, tokens]`.
    pub const HIDDEN: &str = "hidden";
    /// The token of each frame, `u32 [n, 1, 1, frames]`.
    pub const INDEX: &str = "index";
    /// Zeros `u32 [n, 1, 1, frames]`, only for models with a style channel.
    pub const ZEROS: &str = "zeros";
    /// Maps of the voices' transports `[n, 1, n_mels, n_mels]`, for models that transport.
    pub const TRANSPORT_MAP: &str = "transport_map";
    /// Their offsets `[n, n_mels, 1, 1]`.
    pub const TRANSPORT_OFFSET: &str = "transport_offset";
    /// A 64-bit seed for each item, low word first, `u32 [1, 1, n, 2]`.
    pub const SEEDS: &str = "seeds";
    /// Level of the voice's pitch and how it moves, `[n, voice, 1, 1]`; see
    /// [`pitch_predictor::Inputs`](crate::model::pitch_predictor::Inputs).
    pub const VOICE: &str = "voice";
    /// Mean mel before any transport, `[n, n_mels, 1, frames]`.
    pub const PLAIN_MEAN: &str = "plain_mean";
    /// Entries of the reference `[n, entry, 1, MAX_ENTRIES]`.
    pub const ENTRIES: &str = "entries";
    /// Entries of each item, `u32 [1, 1, 1, n]`.
    pub const ENTRY_LENGTHS: &str = "entry_lengths";
    /// What [`Harmonics`](crate::audio::Harmonics) draws of the pitch, `[n, n_mels + 2, 1, frames]`.
    pub const PITCH: &str = "pitch";
    /// Standard deviation of the initial noise, `[1, 1, 1, 1]`.
    pub const DEVIATION: &str = "deviation";
    /// Mean mel `[n, 1, n_mels, frames]`.
    pub const MEAN: &str = "mean";
    /// State of the diffusion, as the mean; keeps its new value from run to run.
    pub const STATE: &str = "state";
    /// Clean estimate of the previous step, as the mean; keeps its new value from run to run.
    pub const CLEAN: &str = "clean";
    /// Solver table `[1, 1, MAX_STEPS, 8]`, unused rows at the end.
    pub const TABLE: &str = "table";
    /// Number of the step, `u32 [1, 1, 1, 1]`; counts itself up from run to run.
    pub const STEP: &str = "step";
}

/// Reference mels to styles.
#[derive(Debug, Clone, PartialEq)]
pub struct StyleStage {
    /// Inputs: mel, frame lengths.
    pub graph: Graph,
    /// `[n, style, 1, 1]`
    pub style: TensorId,
    /// What the other encoders of a reference make of it, in models that have them.
    pub features: Option<FeatureTensors>,
}

/// What a model with a temporal convolutional score network takes of a reference besides its style.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeatureTensors {
    /// An entry for each frame, `[n, entry, 1, frames]`, of which the host keeps some.
    pub entries: TensorId,
    /// How its voice moves, `[n, voice - 1, 1, 1]`.
    pub movement: TensorId,
}

/// Tokens to hidden states and durations.
#[derive(Debug, Clone, PartialEq)]
pub struct TextStage {
    /// Inputs: ids, token lengths, style.
    pub graph: Graph,
    /// `[n, hidden, 1, tokens]`
    pub hidden: TensorId,
    /// Natural logarithms of durations in frames, `[n, 1, 1, tokens]`.
    pub log_durations: TensorId,
}

/// Hidden states to the mean mel and the start of the diffusion.
#[derive(Debug, Clone, PartialEq)]
pub struct PriorStage {
    /// Inputs: hidden, token lengths, index, frame lengths, style, seeds, deviation; transport map and
    /// offset for models that transport; zeros for models with a style channel.
    pub graph: Graph,
    /// `[n, n_mels, 1, frames]`; transported, if the model does.
    pub mean: TensorId,
    /// The mean as the encoder makes it, of the same shape, for models that predict a pitch from it.
    pub plain_mean: Option<TensorId>,
    /// The mean with noise on it.
    pub state: TensorId,
    /// The style as a picture, for models with a style channel.
    pub style_channel: Option<TensorId>,
}

/// Hidden states and the plain mean to the pitch of each frame.
#[derive(Debug, Clone, PartialEq)]
pub struct PitchStage {
    /// Inputs: hidden, token lengths, index, frame lengths, style, voice, plain mean.
    pub graph: Graph,
    /// Log odds of voicing, and octaves, `[n, 2, 1, frames]`; see [`pitch_predictor::build`].
    pub pitch: TensorId,
}

/// One step of the reverse diffusion; the graph is run once for each row of the solver's table.
#[derive(Debug, Clone, PartialEq)]
pub struct StepStage {
    /// Inputs: frame lengths, mean, state, clean, style, table, step, seeds; null style and guidance
    /// for guided steps; entries, their lengths and pitch for a temporal convolutional network.
    pub graph: Graph,
    /// Output of the network, `[n, 1, n_mels, frames]` or, of a temporal convolutional one,
    /// `[n, n_mels, 1, frames]`, which is the same order; guided, if the steps are.
    pub network: TensorId,
    /// The new state, in the place of the old; after the last step the mel, of the same shape.
    pub state: TensorId,
    /// The step counter, `u32 [1, 1, 1, 1]`: steps that have run.
    pub step: TensorId,
}

/// Mels to samples, or to what controls their making.
#[derive(Debug, Clone, PartialEq)]
pub struct VocoderStage {
    /// Inputs: mel (each value as [`vocoder::network_mel`] makes it), frame lengths.
    pub graph: Graph,
    /// Samples `[n, 1, 1, frames * hop]` of `HiFi-GAN`, controls `[n, channels, 1, frames]` of a
    /// source-filter.
    pub output: TensorId,
}

/// A graph with named places to put values in and take them from.
pub trait Stage {
    /// Its name in a profile.
    const NAME: &'static str;

    /// The graph to plan and run.
    fn graph(&self) -> &Graph;
}

macro_rules! stages {
    ($($stage:ty = $name:literal),* $(,)?) => {
        $(impl Stage for $stage {
            const NAME: &'static str = $name;

            fn graph(&self) -> &Graph {
                &self.graph
            }
        })*
    };
}

stages!(
    StyleStage = "style",
    TextStage = "text",
    PriorStage = "prior",
    PitchStage = "pitch",
    StepStage = "step",
    VocoderStage = "vocoder",
);

/// The stages in the order in which they run: the one list of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StageKind {
    /// [`StyleStage`], once for a voice.
    Style,
    /// [`TextStage`]
    Text,
    /// [`PriorStage`]
    Prior,
    /// [`PitchStage`], in models that predict a pitch.
    Pitch,
    /// [`StepStage`], once for each step of the solver.
    Step,
    /// [`VocoderStage`]
    Vocoder,
}

impl StageKind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Style,
        Self::Text,
        Self::Prior,
        Self::Pitch,
        Self::Step,
        Self::Vocoder,
    ];

    /// Those that run for every sentence.
    pub const SPEAKING: [Self; 5] = [
        Self::Text,
        Self::Prior,
        Self::Pitch,
        Self::Step,
        Self::Vocoder,
    ];

    /// Its name in a profile.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Style => StyleStage::NAME,
            Self::Text => TextStage::NAME,
            Self::Prior => PriorStage::NAME,
            Self::Pitch => PitchStage::NAME,
            Self::Step => StepStage::NAME,
            Self::Vocoder => VocoderStage::NAME,
        }
    }

    /// The graph as the model runs it by default: steps are guided if its own guidance is not 1. None if
    /// the model has no such stage.
    ///
    /// # Errors
    /// When sizes do not fit; a validated configuration's do.
    pub fn graph(self, config: &ModelConfig, extent: Extent) -> Result<Option<Graph>, GraphError> {
        Ok(Some(match self {
            Self::Style => StyleStage::new(config, extent)?.graph,
            Self::Text => TextStage::new(config, extent)?.graph,
            Self::Prior => PriorStage::new(config, extent)?.graph,
            Self::Pitch => match &config.pitch_predictor {
                None => return Ok(None),
                Some(pitch) => PitchStage::new(config, pitch, extent)?.graph,
            },
            Self::Step if config.sampling.guidance == 1.0 => StepStage::new(config, extent)?.graph,
            Self::Step => StepStage::guided(config, extent)?.graph,
            Self::Vocoder => match &config.vocoder {
                None => return Ok(None),
                Some(vocoder) => VocoderStage::new(vocoder, config.audio.n_mels, extent)?.graph,
            },
        }))
    }
}

/// Sizes of a batch; a stage looks at those that it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Extent {
    /// Items.
    pub batch: usize,
    /// Tokens of the longest item.
    pub tokens: usize,
    /// Frames of the longest item.
    pub frames: usize,
}

impl Extent {
    fn frame_lengths(self, graph: &mut Graph) -> Lengths {
        graph.lengths(input::FRAME_LENGTHS, self.batch)
    }

    /// A sequence of frames.
    fn frames(self, graph: &mut Graph, name: &str, channels: usize, lengths: Lengths) -> TensorId {
        let shape = Shape::sequence(self.batch, channels, self.frames);
        graph.masked_input(name, shape, DType::F32, lengths)
    }

    /// One channel with mel bands as rows.
    fn picture(self, graph: &mut Graph, name: &str, n_mels: usize, lengths: Lengths) -> TensorId {
        let shape = Shape::new(self.batch, 1, n_mels, self.frames);
        graph.masked_input(name, shape, DType::F32, lengths)
    }

    fn style(self, graph: &mut Graph, config: &ModelConfig) -> TensorId {
        let shape = Shape::vector(self.batch, config.style_encoder.style);
        graph.input(input::STYLE, shape, DType::F32)
    }

    fn transport(
        self,
        graph: &mut Graph,
        n_mels: usize,
        mean: TensorId,
    ) -> Result<TensorId, GraphError> {
        let map = Shape::new(self.batch, 1, n_mels, n_mels);
        let map = graph.input(input::TRANSPORT_MAP, map, DType::F32);
        let offset = Shape::vector(self.batch, n_mels);
        let offset = graph.input(input::TRANSPORT_OFFSET, offset, DType::F32);
        graph.transport("transport", mean, map, offset)
    }

    fn solver(self, graph: &mut Graph) -> SolverInputs {
        let table = Shape::new(1, 1, MAX_STEPS, COLUMNS);
        SolverInputs {
            table: graph.input(input::TABLE, table, DType::F32),
            step: graph.input(input::STEP, Shape::new(1, 1, 1, 1), DType::U32),
            seeds: self.seeds(graph),
        }
    }

    fn seeds(self, graph: &mut Graph) -> TensorId {
        graph.input(input::SEEDS, Shape::new(1, 1, self.batch, 2), DType::U32)
    }
}

impl StyleStage {
    /// Builds the stage.
    ///
    /// # Errors
    /// When sizes do not fit; a validated configuration's do.
    pub fn new(config: &ModelConfig, extent: Extent) -> Result<Self, GraphError> {
        let mut graph = Graph::new();
        let lengths = extent.frame_lengths(&mut graph);
        let mel = extent.frames(&mut graph, input::MEL, config.audio.n_mels, lengths);
        let style = style_encoder::build(&mut graph, &config.style_encoder, mel)?;
        graph.output(style);
        let features = match score_network(config)?.tcn() {
            Some(tcn) => {
                let entries = reference_encoder::build(&mut graph, tcn.reference, mel)?;
                let movement = pitch_predictor::movement(&mut graph, tcn.pitch, mel)?;
                graph.output(entries);
                graph.output(movement);
                Some(FeatureTensors { entries, movement })
            }
            None => None,
        };
        Ok(Self {
            graph,
            style,
            features,
        })
    }
}

impl TextStage {
    /// Builds the stage.
    ///
    /// # Errors
    /// When sizes do not fit; a validated configuration's do.
    pub fn new(config: &ModelConfig, extent: Extent) -> Result<Self, GraphError> {
        let mut graph = Graph::new();
        let lengths = graph.lengths(input::TOKEN_LENGTHS, extent.batch);
        let ids = Shape::sequence(extent.batch, 1, extent.tokens);
        let ids = graph.masked_input(input::IDS, ids, DType::U32, lengths);
        let style = extent.style(&mut graph, config);
        let symbols = config.symbols.len();
        let hidden = text_encoder::build(&mut graph, &config.text_encoder, symbols, ids)?;
        let log_durations =
            duration_predictor::build(&mut graph, &config.duration_predictor, hidden, style)?;
        graph.output(hidden);
        graph.output(log_durations);
        Ok(Self {
            graph,
            hidden,
            log_durations,
        })
    }
}

impl PriorStage {
    /// Builds the stage.
    ///
    /// # Errors
    /// When sizes do not fit; a validated configuration's do.
    pub fn new(config: &ModelConfig, extent: Extent) -> Result<Self, GraphError> {
        let n_mels = config.audio.n_mels;
        let mut graph = Graph::new();
        let token_lengths = graph.lengths(input::TOKEN_LENGTHS, extent.batch);
        let frame_lengths = extent.frame_lengths(&mut graph);
        let hidden = Shape::sequence(extent.batch, config.text_encoder.hidden, extent.tokens);
        let hidden = graph.masked_input(input::HIDDEN, hidden, DType::F32, token_lengths);
        let per_frame = Shape::sequence(extent.batch, 1, extent.frames);
        let index = graph.masked_input(input::INDEX, per_frame, DType::U32, frame_lengths);
        let style = extent.style(&mut graph, config);
        let seeds = extent.seeds(&mut graph);
        let deviation = graph.input(input::DEVIATION, Shape::new(1, 1, 1, 1), DType::F32);

        let mean = prior_encoder::build(
            &mut graph,
            &config.prior_encoder,
            n_mels,
            hidden,
            index,
            style,
        )?;
        let network = score_network(config)?;
        let plain_mean = network.tcn().map(|_| mean);
        if let Some(mean) = plain_mean {
            graph.output(mean);
        }
        let mean = match config.transport {
            Some(_) => extent.transport(&mut graph, n_mels, mean)?,
            None => mean,
        };
        // A band is a channel here and a row in the U-Net: the same order in memory, and the same
        // place in the noise generator's counter.
        let state = graph.diffusion_start("diffusion_start", mean, seeds, deviation)?;
        graph.output(mean);
        graph.output(state);
        let style_channel = match network {
            ScoreNetwork::Unet(ScoreUnetConfig {
                style: StyleInput::Channel,
                ..
            }) => {
                let zeros = graph.masked_input(input::ZEROS, per_frame, DType::U32, frame_lengths);
                let channel = score_unet::style_channel(&mut graph, n_mels, style, zeros)?;
                graph.output(channel);
                Some(channel)
            }
            _ => None,
        };
        Ok(Self {
            graph,
            mean,
            plain_mean,
            state,
            style_channel,
        })
    }
}

impl PitchStage {
    /// Builds the stage.
    ///
    /// # Errors
    /// When sizes do not fit; a validated configuration's do.
    pub fn new(
        config: &ModelConfig,
        pitch: &PitchPredictorConfig,
        extent: Extent,
    ) -> Result<Self, GraphError> {
        let mut graph = Graph::new();
        let token_lengths = graph.lengths(input::TOKEN_LENGTHS, extent.batch);
        let frame_lengths = extent.frame_lengths(&mut graph);
        let hidden = Shape::sequence(extent.batch, config.text_encoder.hidden, extent.tokens);
        let per_frame = Shape::sequence(extent.batch, 1, extent.frames);
        let voice = Shape::vector(extent.batch, pitch.voice);
        let n_mels = config.audio.n_mels;
        let inputs = pitch_predictor::Inputs {
            hidden: graph.masked_input(input::HIDDEN, hidden, DType::F32, token_lengths),
            index: graph.masked_input(input::INDEX, per_frame, DType::U32, frame_lengths),
            style: extent.style(&mut graph, config),
            voice: graph.input(input::VOICE, voice, DType::F32),
            mean: extent.frames(&mut graph, input::PLAIN_MEAN, n_mels, frame_lengths),
        };
        let pitch = pitch_predictor::build(&mut graph, pitch, inputs)?;
        graph.output(pitch);
        Ok(Self { graph, pitch })
    }
}

impl StepStage {
    /// Builds the stage without guidance.
    ///
    /// # Errors
    /// When sizes do not fit; a validated configuration's do.
    pub fn new(config: &ModelConfig, extent: Extent) -> Result<Self, GraphError> {
        match score_network(config)? {
            ScoreNetwork::Unet(unet) => Self::unet(config, unet, extent, false),
            ScoreNetwork::Tcn(tcn) => Self::tcn(config, tcn, extent),
        }
    }

    /// Builds the stage with guidance: the network runs a second time, with the null style in place of
    /// the styles, and its two outputs are combined ([`Guide`]). The mean, which the network sees
    /// both times, keeps the speaker's style.
    ///
    /// [`Guide`]: crate::graph::Guide
    ///
    /// # Errors
    /// When sizes do not fit; those of a validated configuration with a null style do.
    pub fn guided(config: &ModelConfig, extent: Extent) -> Result<Self, GraphError> {
        match score_network(config)? {
            ScoreNetwork::Unet(unet) => Self::unet(config, unet, extent, true),
            ScoreNetwork::Tcn(_) => Err(GraphError::Shape {
                node: "guide".to_owned(),
                problem: "a temporal convolutional network has no null style".to_owned(),
            }),
        }
    }

    fn unet(
        config: &ModelConfig,
        unet: &ScoreUnetConfig,
        extent: Extent,
        guided: bool,
    ) -> Result<Self, GraphError> {
        let n_mels = config.audio.n_mels;
        let mut graph = Graph::new();
        let lengths = extent.frame_lengths(&mut graph);
        let [mean, state, clean] = [input::MEAN, input::STATE, input::CLEAN]
            .map(|name| extent.picture(&mut graph, name, n_mels, lengths));
        let style = match unet.style {
            StyleInput::TimeEmbedding => extent.style(&mut graph, config),
            StyleInput::Channel => extent.picture(&mut graph, input::STYLE, n_mels, lengths),
        };
        let solver = extent.solver(&mut graph);
        let inputs = score_unet::Inputs { mean, state, style };
        let mut network = score_unet::build(&mut graph, unet, inputs, solver)?;
        if guided {
            let shape = Shape::vector(extent.batch, config.style_encoder.style);
            let style = graph.input(input::NULL_STYLE, shape, DType::F32);
            let inputs = score_unet::Inputs { style, ..inputs };
            let null_network = score_unet::build(&mut graph, unet, inputs, solver)?;
            let guidance = graph.input(input::GUIDANCE, Shape::new(1, 1, 1, 1), DType::F32);
            network = graph.guide("guide", network, null_network, guidance)?;
        }
        Self::update(graph, [mean, state, clean], network, solver)
    }

    fn tcn(config: &ModelConfig, tcn: TcnConfig<'_>, extent: Extent) -> Result<Self, GraphError> {
        let n_mels = config.audio.n_mels;
        let mut graph = Graph::new();
        let lengths = extent.frame_lengths(&mut graph);
        let [mean, state, clean] = [input::MEAN, input::STATE, input::CLEAN]
            .map(|name| extent.frames(&mut graph, name, n_mels, lengths));
        let entry_lengths = graph.lengths(input::ENTRY_LENGTHS, extent.batch);
        let entries = Shape::sequence(extent.batch, tcn.reference.entry, MAX_ENTRIES);
        let channels = Harmonics::channels(n_mels);
        let inputs = score_tcn::Inputs {
            mean,
            state,
            style: extent.style(&mut graph, config),
            entries: graph.masked_input(input::ENTRIES, entries, DType::F32, entry_lengths),
            pitch: extent.frames(&mut graph, input::PITCH, channels, lengths),
        };
        let solver = extent.solver(&mut graph);
        let network = score_tcn::build(&mut graph, tcn.score, inputs, solver)?;
        Self::update(graph, [mean, state, clean], network, solver)
    }

    /// The end of every step: the network's output moves the state.
    fn update(
        mut graph: Graph,
        [mean, state, clean]: [TensorId; 3],
        network: TensorId,
        solver: SolverInputs,
    ) -> Result<Self, GraphError> {
        let (state, _clean) =
            graph.diffusion_update("diffusion_update", state, clean, mean, network, solver)?;
        graph.advance_step("advance_step", solver.step)?;
        graph.output(state);
        Ok(Self {
            graph,
            network,
            state,
            step: solver.step,
        })
    }
}

/// The score network of a configuration that was validated, or the sentence that says what is wrong with it.
fn score_network(config: &ModelConfig) -> Result<ScoreNetwork<'_>, GraphError> {
    config.score_network().map_err(|error| GraphError::Shape {
        node: "the score network".to_owned(),
        problem: error.to_string(),
    })
}

impl VocoderStage {
    /// Builds the stage.
    ///
    /// # Errors
    /// When sizes do not fit; a validated configuration's do.
    pub fn new(config: &VocoderConfig, n_mels: usize, extent: Extent) -> Result<Self, GraphError> {
        let mut graph = Graph::new();
        let lengths = extent.frame_lengths(&mut graph);
        let mel = extent.frames(&mut graph, input::MEL, n_mels, lengths);
        let output = vocoder::build(&mut graph, config, mel)?;
        graph.output(output);
        Ok(Self { graph, output })
    }
}

#[cfg(test)]
mod tests;
