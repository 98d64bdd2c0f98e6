//! The score network: the paper's U-Net, or a temporal convolutional network with what it needs.

use serde::{Deserialize, Serialize};

use super::{ConfigError, ModelConfig, ScoreUnetConfig};
use crate::diffusion::Parameterization;

/// Sizes of the encoder that makes entries of a reference's frames.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferenceEncoderConfig {
    /// Channels inside.
    pub hidden: usize,
    /// Taps of the convolutions.
    pub kernel: usize,
    /// Length of an entry.
    pub entry: usize,
    /// Frames of the reference that share an entry.
    pub stride: usize,
}

/// Sizes of the pitch predictor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PitchPredictorConfig {
    /// Channels inside.
    pub hidden: usize,
    /// Channels inside the feed-forward layers.
    pub ffn: usize,
    /// Taps of the feed-forward layers' first convolution.
    pub ffn_kernel: usize,
    /// Attention heads.
    pub heads: usize,
    /// Transformer blocks over the tokens.
    pub layers: usize,
    /// Convolutions over the reference.
    pub voice_layers: usize,
    /// Their channels.
    pub voice_hidden: usize,
    /// Length of the vector that says how a voice is pitched: its level, and what the convolutions see.
    pub voice: usize,
    /// Taps of the convolutions over the frames.
    pub kernel: usize,
    /// Convolutional blocks over the frames.
    pub frame_layers: usize,
}

/// Sizes of the one-dimensional score network, whose channels are the mel bands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreTcnConfig {
    /// Channels inside.
    pub hidden: usize,
    /// Length of the vector of time and style in the adaptive norms.
    pub conditioning: usize,
    /// Convolutional blocks.
    pub layers: usize,
    /// Taps of their convolutions.
    pub kernel: usize,
    /// Dilations of the blocks, over and over.
    pub dilations: Vec<usize>,
    /// Heads of the cross-attention to the reference's entries.
    pub heads: usize,
    /// A cross-attention stands after every so many blocks.
    pub attention_every: usize,
    /// Multiplies the time before it is embedded.
    pub time_scale: f32,
    /// What the network outputs.
    pub parameterization: Parameterization,
}

impl ScoreTcnConfig {
    /// Number of cross-attentions.
    #[must_use]
    pub fn attentions(&self) -> usize {
        self.layers / self.attention_every.max(1)
    }
}

/// The score network that a configuration describes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ScoreNetwork<'a> {
    /// Grad-TTS's U-Net.
    Unet(&'a ScoreUnetConfig),
    /// The temporal convolutional network, and the parts of the model that serve it alone.
    Tcn(TcnConfig<'a>),
}

/// The sections of a model with a temporal convolutional network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TcnConfig<'a> {
    /// The network itself.
    pub score: &'a ScoreTcnConfig,
    /// What makes the entries that it looks up.
    pub reference: &'a ReferenceEncoderConfig,
    /// What makes the pitch that it follows.
    pub pitch: &'a PitchPredictorConfig,
}

impl<'a> ScoreNetwork<'a> {
    /// What the network outputs.
    #[must_use]
    pub const fn parameterization(self) -> Parameterization {
        match self {
            Self::Unet(unet) => unet.parameterization,
            Self::Tcn(tcn) => tcn.score.parameterization,
        }
    }

    /// Whether the weights hold a style that stands for none.
    #[must_use]
    pub const fn has_null_style(self) -> bool {
        matches!(self, Self::Unet(unet) if unet.null_style)
    }

    /// The sections of a temporal convolutional network, if it is one.
    #[must_use]
    pub const fn tcn(self) -> Option<TcnConfig<'a>> {
        match self {
            Self::Unet(_) => None,
            Self::Tcn(tcn) => Some(tcn),
        }
    }
}

impl ModelConfig {
    /// The score network.
    ///
    /// # Errors
    /// When there is not exactly one, or a section is missing that it needs or there that it has no use for.
    pub fn score_network(&self) -> Result<ScoreNetwork<'_>, ConfigError> {
        let (reference, pitch) = (&self.reference_encoder, &self.pitch_predictor);
        let sentence = match (&self.score_unet, &self.score_tcn, reference, pitch) {
            (Some(unet), None, None, None) => return Ok(ScoreNetwork::Unet(unet)),
            (None, Some(score), Some(reference), Some(pitch)) => {
                return Ok(ScoreNetwork::Tcn(TcnConfig {
                    score,
                    reference,
                    pitch,
                }));
            }
            (Some(_), Some(_), ..) => {
                "there are both score_unet and score_tcn, and a model has one score network"
            }
            (None, None, ..) => {
                "there is neither score_unet nor score_tcn, and a model has one score network"
            }
            (None, Some(_), ..) => "score_tcn needs both reference_encoder and pitch_predictor",
            (Some(_), None, ..) => {
                "reference_encoder and pitch_predictor serve score_tcn, and there is score_unet"
            }
        };
        Err(ConfigError::Invalid(vec![sentence.to_owned()]))
    }
}
