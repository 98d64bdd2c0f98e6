//! `config.json`: every size of a model. Nothing in the engine is tied to one of them.

mod error;
mod score_network;
mod size;
mod validate;

use std::ops::RangeInclusive;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::audio::{MelSpec, SourceFilterSpec};
use crate::diffusion::{LAST_TIME, Parameterization, Sampling, Schedule, Solver};
use crate::graph::Activation;
use crate::input_file;

pub use error::ConfigError;
pub use score_network::{
    PitchPredictorConfig, ReferenceEncoderConfig, ScoreNetwork, ScoreTcnConfig, TcnConfig,
};

/// Largest `config.json` that is read: a hundred times a usual one.
const MAX_CONFIG_BYTES: u64 = 1 << 20;

/// Guidances that are possible; beyond them the speech is more noise than voice.
pub const GUIDANCE_RANGE: RangeInclusive<f32> = 0.0..=10.0;

/// Factors of the initial noise that are possible: beyond them it drowns the speech.
pub const TEMPERATURE_RANGE: RangeInclusive<f32> = 0.0..=4.0;
/// Factors of a melody's movement that are possible; beyond them it leaves every voice.
pub const INTONATION_RANGE: RangeInclusive<f32> = 0.0..=3.0;

/// A whole model: acoustic model, noise schedule, sampling defaults, vocoder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelConfig {
    /// Name of the size: `small`, `base` or any other.
    #[serde(rename = "profile")]
    pub size: String,
    /// The mel spectrogram that all parts speak.
    pub audio: MelSpec,
    /// Symbols of the text; a token's id is its place here.
    pub symbols: Vec<String>,
    /// Reference mel to style vector.
    pub style_encoder: StyleEncoderConfig,
    /// Tokens to hidden states.
    pub text_encoder: TextEncoderConfig,
    /// Hidden states and style to log durations.
    pub duration_predictor: DurationPredictorConfig,
    /// Hidden states of frames and style to the mean mel.
    pub prior_encoder: PriorEncoderConfig,
    /// The score network of the diffusion, if it is the U-Net; see [`Self::score_network`].
    #[serde(default)]
    pub score_unet: Option<ScoreUnetConfig>,
    /// Text and voice to a pitch for each frame.
    #[serde(default)]
    pub pitch_predictor: Option<PitchPredictorConfig>,
    /// The reference's frames to entries that the score network looks up.
    #[serde(default)]
    pub reference_encoder: Option<ReferenceEncoderConfig>,
    /// The score network of the diffusion, if it is a temporal convolutional network.
    #[serde(default)]
    pub score_tcn: Option<ScoreTcnConfig>,
    /// Noise schedule.
    pub schedule: ScheduleConfig,
    /// Defaults of the synthesis.
    pub sampling: SamplingConfig,
    /// How a voice's transport is made, if the diffusion runs around transported means.
    #[serde(default)]
    pub transport: Option<TransportConfig>,
    /// The neural vocoder, if the model has one.
    #[serde(default)]
    pub vocoder: Option<VocoderConfig>,
    /// The vocoder that is used unless another is asked for.
    pub default_vocoder: VocoderChoice,
}

/// Sizes of the mel-style encoder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StyleEncoderConfig {
    /// Channels inside.
    pub hidden: usize,
    /// Length of the style vector.
    pub style: usize,
    /// Attention heads.
    pub heads: usize,
    /// Taps of the gated convolutions.
    pub kernel: usize,
}

/// Sizes of the text encoder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextEncoderConfig {
    /// Channels of the hidden states.
    pub hidden: usize,
    /// Channels inside the feed-forward layers.
    pub ffn: usize,
    /// Taps of the feed-forward layers' first convolution.
    pub ffn_kernel: usize,
    /// Attention heads.
    pub heads: usize,
    /// Transformer blocks.
    pub layers: usize,
    /// Taps of the prenet's convolutions.
    pub prenet_kernel: usize,
    /// Activation of the feed-forward layers.
    pub activation: FeedForwardActivation,
}

/// Sizes of the duration predictor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DurationPredictorConfig {
    /// Channels inside.
    pub hidden: usize,
    /// Taps of the convolutions.
    pub kernel: usize,
}

/// Sizes of the style-adaptive encoder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriorEncoderConfig {
    /// Channels inside.
    pub hidden: usize,
    /// Channels of the prenet's bottleneck.
    pub prenet: usize,
    /// Channels inside the feed-forward layers.
    pub ffn: usize,
    /// Taps of the feed-forward layers' first convolution.
    pub ffn_kernel: usize,
    /// Attention heads.
    pub heads: usize,
    /// Transformer blocks.
    pub layers: usize,
    /// Activation of the feed-forward layers.
    pub activation: FeedForwardActivation,
}

/// Activation of a feed-forward layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FeedForwardActivation {
    /// As in Meta-StyleSpeech.
    Mish,
    /// As in `FastSpeech` 2.
    Relu,
}

impl From<FeedForwardActivation> for Activation {
    fn from(activation: FeedForwardActivation) -> Self {
        match activation {
            FeedForwardActivation::Mish => Self::Mish,
            FeedForwardActivation::Relu => Self::Relu,
        }
    }
}

/// Sizes of the score U-Net (Grad-TTS's, with two ways for the style to enter).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreUnetConfig {
    /// Channels at full resolution and length of the time embedding.
    pub dim: usize,
    /// Channels of each resolution level, in multiples of `dim`.
    pub multipliers: Vec<usize>,
    /// Groups of the group norms.
    pub groups: usize,
    /// Heads of the linear attention.
    pub heads: usize,
    /// Channels of each head.
    pub head_dim: usize,
    /// Whether a resolution level has linear attention; the middle always has.
    pub attention: Vec<bool>,
    /// How the style enters.
    pub style: StyleInput,
    /// Multiplies the time before it is embedded: 1000 in Grad-TTS.
    pub time_scale: f32,
    /// What the network outputs.
    pub parameterization: Parameterization,
    /// Whether the weights hold a style that stands for none, as guidance needs.
    #[serde(default)]
    pub null_style: bool,
}

/// How the style enters the score network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StyleInput {
    /// Concatenated to the time embedding of every residual block.
    TimeEmbedding,
    /// As a third input channel, the same in every frame (multi-speaker Grad-TTS).
    Channel,
}

/// The linear noise schedule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleConfig {
    /// Noise rate at time 0.
    pub beta_min: f64,
    /// Noise rate at time 1.
    pub beta_max: f64,
}

/// Defaults of the synthesis, calibrated with the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SamplingConfig {
    /// How the diffusion is integrated.
    pub solver: Solver,
    /// Network evaluations.
    pub steps: usize,
    /// Factor of the standard deviation of the initial noise.
    pub temperature: f32,
    /// Bound of the clean estimate on both sides.
    pub clip: Option<f64>,
    /// Start time of the diffusion.
    pub t_start: f64,
    /// Added to the predicted log durations.
    pub duration_offset: f32,
    /// How far the score network goes from its output without style towards the style's and beyond;
    /// 1, which costs nothing, is no guidance.
    #[serde(default = "no_guidance")]
    pub guidance: f32,
    /// Share of the diffusion's difference from the mean that is kept, in `0..=1`.
    #[serde(default = "all_detail")]
    pub detail: f64,
    /// Time at which DPM-Solver++ takes its last clean estimate.
    #[serde(default = "last_time")]
    pub t_end: f64,
    /// Factor of the predicted pitch's distance from its mean over a sentence: a prediction moves less
    /// than speech.
    #[serde(default = "as_predicted")]
    pub intonation: f32,
}

const fn last_time() -> f64 {
    LAST_TIME
}

const fn as_predicted() -> f32 {
    1.0
}

const fn all_detail() -> f64 {
    1.0
}

const fn no_guidance() -> f32 {
    1.0
}

/// How a voice's transport ([`super::Transport`]) is made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransportConfig {
    /// What the model says in a voice to show its own moments.
    pub text: String,
    /// Frames more than so many nats below the loudest are no speech.
    pub speech_range: f64,
    /// By what share covariances between bands are shrunk towards zero.
    pub shrinkage: f64,
}

/// The neural vocoder: its kind and its sizes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum VocoderConfig {
    /// `HiFi-GAN`'s generator (arXiv 2010.05646): a network makes the samples.
    HifiGan(HifiGanConfig),
    /// A network controls pulses and noise.
    SourceFilter(SourceFilterConfig),
}

/// Sizes of a source-filter vocoder's network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceFilterConfig {
    /// Channels of every hidden layer.
    pub channels: usize,
    /// Taps of the dilated convolution of a block.
    pub kernel: usize,
    /// The dilation in each block.
    pub dilations: Vec<usize>,
    /// What is controlled.
    pub source: SourceFilterSpec,
}

/// Sizes of `HiFi-GAN`'s generator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HifiGanConfig {
    /// Its variant, for people: `v1`, `v2`, `v3` or a name.
    pub version: String,
    /// Channels before the first upsampling; halved by each.
    pub upsample_initial_channel: usize,
    /// Factor of each upsampling; their product is the hop length.
    pub upsample_rates: Vec<usize>,
    /// Taps of each upsampling.
    pub upsample_kernel_sizes: Vec<usize>,
    /// Type of the residual blocks.
    pub resblock: ResidualBlock,
    /// Taps of the parallel residual blocks of a level.
    pub resblock_kernel_sizes: Vec<usize>,
    /// Dilations in each of them.
    pub resblock_dilation_sizes: Vec<Vec<usize>>,
}

/// `HiFi-GAN`'s two types of residual block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResidualBlock {
    /// Two convolutions a dilation (V1, V2).
    #[serde(rename = "1")]
    Paired,
    /// One convolution a dilation (V3).
    #[serde(rename = "2")]
    Single,
}

/// What turns a mel spectrogram into samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VocoderChoice {
    /// The model's `HiFi-GAN`.
    HifiGan,
    /// The model's source-filter vocoder.
    SourceFilter,
    /// Phase reconstruction without weights.
    GriffinLim,
}

impl VocoderChoice {
    /// The name in configurations and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HifiGan => "hifi-gan",
            Self::SourceFilter => "source-filter",
            Self::GriffinLim => "griffin-lim",
        }
    }
}

impl VocoderConfig {
    /// What it is called where a vocoder is chosen.
    #[must_use]
    pub const fn choice(&self) -> VocoderChoice {
        match self {
            Self::HifiGan(_) => VocoderChoice::HifiGan,
            Self::SourceFilter(_) => VocoderChoice::SourceFilter,
        }
    }

    /// Whether two configurations describe the same network, whatever they are called.
    #[must_use]
    pub fn same_network(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::HifiGan(ours), Self::HifiGan(theirs)) => {
                let version = ours.version.clone();
                *ours
                    == HifiGanConfig {
                        version,
                        ..theirs.clone()
                    }
            }
            (ours, theirs) => ours == theirs,
        }
    }
}

impl ModelConfig {
    /// Reads and validates a `config.json`.
    ///
    /// # Errors
    /// When the file cannot be read, is no such JSON, or contradicts itself.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let read = |source| ConfigError::Read {
            path: path.to_owned(),
            source,
        };
        let bytes = input_file::read_regular(path, MAX_CONFIG_BYTES).map_err(read)?;
        let config: Self =
            serde_json::from_slice(&bytes).map_err(|source| ConfigError::Syntax {
                path: path.to_owned(),
                source,
            })?;
        config.validate()?;
        Ok(config)
    }

    /// Whether the model can speak through a vocoder.
    #[must_use]
    pub fn has_vocoder(&self, choice: VocoderChoice) -> bool {
        let own = self.vocoder.as_ref().map(VocoderConfig::choice);
        choice == VocoderChoice::GriffinLim || own == Some(choice)
    }

    /// Fails on sizes that contradict each other or exceed what a model may have, naming every one.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`].
    pub fn validate(&self) -> Result<(), ConfigError> {
        validate::validate(self)
    }

    /// The noise schedule.
    ///
    /// # Errors
    /// When the configuration is not valid.
    pub fn schedule(&self) -> Result<Schedule, ConfigError> {
        let ScheduleConfig { beta_min, beta_max } = self.schedule;
        Schedule::new(beta_min, beta_max)
            .map_err(|error| ConfigError::Invalid(vec![error.to_string()]))
    }

    /// What the model's own table of solver steps is made for.
    #[must_use]
    pub fn own_sampling(&self) -> Sampling {
        Sampling {
            solver: self.sampling.solver,
            steps: self.sampling.steps,
            t_start: self.sampling.t_start,
            t_end: self.sampling.t_end,
            clip: self.sampling.clip,
            detail: self.sampling.detail,
        }
    }
}

#[cfg(test)]
mod tests;
