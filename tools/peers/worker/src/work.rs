//! What is computed. Shapes are those of the tensors.

use serde::Deserialize;

/// A work as `compare.py` describes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Work {
    /// `op.weight [m, k]` times `input.x [k, n]`.
    Matmul,
    /// `op.weight [o, c, k]`, `op.bias`, `input.x [1, c, w]`; keeps the length.
    Conv1d {
        /// Distance between taps.
        dilation: usize,
    },
    /// `op.weight [c, o, k]`, `op.bias`, `input.x [1, c, w]`; the output is `stride * w` long.
    ConvTranspose1d {
        /// Upsampling factor.
        stride: usize,
    },
    /// `op.weight [o, c, 3, 3]`, `op.bias`, `input.x [1, c, h, w]`, one zero on each side.
    Conv2d {
        /// Step in both directions.
        stride: usize,
    },
    /// `op.weight [c, o, 4, 4]`, `op.bias`, `input.x [1, c, h, w]`, stride 2, padding 1, cropped to
    /// `height` and `width`.
    ConvTranspose2d {
        /// Rows of the output.
        height: usize,
        /// Columns of the output.
        width: usize,
    },
    /// The score network: `score_unet.*`, `input.noisy` and `input.mean` `[1, n_mels, frames]`,
    /// `input.time [1]`, `input.style [1, style]`.
    ScoreUnet {
        /// The section `score_unet` of a model's `config.json`.
        config: serde_json::Value,
    },
    /// The vocoder: weights as in the official state dict, `input.mel [1, n_mels, frames]`.
    HifiGan {
        /// The section `vocoder` of a model's `config.json`.
        config: serde_json::Value,
    },
}
