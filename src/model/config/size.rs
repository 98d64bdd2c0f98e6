//! The two sizes that this project speaks of: what is trained and shipped, and the paper's.

use super::{
    DurationPredictorConfig, FeedForwardActivation, HifiGanConfig, ModelConfig, PriorEncoderConfig,
    ResidualBlock, SamplingConfig, ScheduleConfig, ScoreUnetConfig, StyleEncoderConfig, StyleInput,
    TextEncoderConfig, VocoderChoice, VocoderConfig,
};
use crate::audio::MelSpec;
use crate::diffusion::{LAST_TIME, Parameterization, Solver};

/// The configuration of the shipped model: what is measured is what is shipped.
const SHIPPED: &str = include_str!("../../../weights/small/config.json");

impl ModelConfig {
    /// The model that is trained and shipped, at 16 kHz: `weights/small/config.json`.
    ///
    /// # Panics
    /// Never: a test reads the file that is built in.
    #[must_use]
    pub fn small() -> Self {
        serde_json::from_str(SHIPPED).expect("the file that is built in is a configuration")
    }

    /// The paper's size, at 22.05 kHz. Symbols come from the caller, who knows the text front end.
    #[must_use]
    pub fn base(symbols: Vec<String>) -> Self {
        let (hidden, ffn_kernel, heads, layers) = (256, 9, 2, 4);
        let activation = FeedForwardActivation::Mish;
        Self {
            size: "base".to_owned(),
            audio: MelSpec {
                sample_rate: 22_050,
                n_fft: 1024,
                win_length: 1024,
                hop_length: 256,
                n_mels: 80,
                fmin: 0.0,
                fmax: 8000.0,
                log_floor: 1e-5,
            },
            symbols,
            style_encoder: StyleEncoderConfig {
                hidden: 128,
                style: 128,
                heads,
                kernel: 5,
            },
            text_encoder: TextEncoderConfig {
                hidden,
                ffn: 4 * hidden,
                ffn_kernel,
                heads,
                layers,
                prenet_kernel: 3,
                activation,
            },
            duration_predictor: DurationPredictorConfig { hidden, kernel: 3 },
            prior_encoder: PriorEncoderConfig {
                hidden,
                prenet: hidden / 2,
                ffn: 4 * hidden,
                ffn_kernel,
                heads,
                layers,
                activation,
            },
            score_unet: Some(ScoreUnetConfig {
                dim: 64,
                multipliers: vec![1, 2, 4],
                groups: 8,
                heads: 4,
                head_dim: 32,
                attention: vec![true; 3],
                style: StyleInput::TimeEmbedding,
                time_scale: 1000.0,
                parameterization: Parameterization::Score,
                null_style: false,
            }),
            pitch_predictor: None,
            reference_encoder: None,
            score_tcn: None,
            schedule: ScheduleConfig {
                beta_min: 0.05,
                beta_max: 20.0,
            },
            sampling: SamplingConfig {
                solver: Solver::DpmSolverPlusPlus2M,
                steps: 6,
                temperature: 0.67,
                clip: Some(3.0),
                t_start: 1.0,
                duration_offset: 0.0,
                guidance: 1.0,
                detail: 1.0,
                t_end: LAST_TIME,
                intonation: 1.0,
            },
            transport: None,
            vocoder: Some(VocoderConfig::HifiGan(HifiGanConfig::v1())),
            default_vocoder: VocoderChoice::HifiGan,
        }
    }
}

#[cfg(test)]
impl ModelConfig {
    /// The shipped encoders with a U-Net and a `HiFi-GAN`, these symbols, and nothing that is optional.
    pub(crate) fn plain(symbols: &[&str]) -> Self {
        let mut config = Self::small();
        config.symbols = symbols.iter().map(|&symbol| symbol.to_owned()).collect();
        config.score_unet = Some(ScoreUnetConfig {
            dim: 32,
            multipliers: vec![1, 2, 4],
            groups: 8,
            heads: 4,
            head_dim: 32,
            attention: vec![false, true, true],
            style: StyleInput::TimeEmbedding,
            time_scale: 1000.0,
            parameterization: Parameterization::Velocity,
            null_style: false,
        });
        config.pitch_predictor = None;
        config.reference_encoder = None;
        config.score_tcn = None;
        config.sampling.t_end = LAST_TIME;
        config.sampling.intonation = 1.0;
        config.transport = None;
        config.vocoder = Some(VocoderConfig::HifiGan(HifiGanConfig::v2()));
        config.default_vocoder = VocoderChoice::HifiGan;
        config
    }
}

impl HifiGanConfig {
    /// `HiFi-GAN` V1: the largest.
    #[must_use]
    pub fn v1() -> Self {
        Self {
            version: "v1".to_owned(),
            upsample_initial_channel: 512,
            upsample_rates: vec![8, 8, 2, 2],
            upsample_kernel_sizes: vec![16, 16, 4, 4],
            resblock: ResidualBlock::Paired,
            resblock_kernel_sizes: vec![3, 7, 11],
            resblock_dilation_sizes: vec![vec![1, 3, 5]; 3],
        }
    }

    /// `HiFi-GAN` V2: V1 with a quarter of the channels.
    #[must_use]
    pub fn v2() -> Self {
        Self {
            version: "v2".to_owned(),
            upsample_initial_channel: 128,
            ..Self::v1()
        }
    }

    /// `HiFi-GAN` V3: three levels with simpler blocks.
    #[must_use]
    pub fn v3() -> Self {
        Self {
            version: "v3".to_owned(),
            upsample_initial_channel: 256,
            upsample_rates: vec![8, 8, 4],
            upsample_kernel_sizes: vec![16, 16, 8],
            resblock: ResidualBlock::Single,
            resblock_kernel_sizes: vec![3, 5, 7],
            resblock_dilation_sizes: vec![vec![1, 2], vec![2, 6], vec![3, 12]],
        }
    }
}
