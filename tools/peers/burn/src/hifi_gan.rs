//! `HiFi-GAN`'s generator (arXiv 2010.05646) in burn.

use burn::nn::conv::{Conv1d, ConvTranspose1d};
use burn::tensor::Tensor;
use burn::tensor::activation::leaky_relu;
use peers_worker::Failure;
use serde::Deserialize;

use crate::weights::Weights;

/// Before every convolution but the last.
const SLOPE: f64 = 0.1;

/// Before the last convolution: `PyTorch`'s default, as in the official code.
const LAST_SLOPE: f64 = 0.01;

/// The sizes that the weights do not show.
#[derive(Deserialize)]
pub(crate) struct Config {
    upsample_rates: Vec<usize>,
    resblock: String,
    resblock_dilation_sizes: Vec<Vec<usize>>,
}

/// The network.
pub(crate) struct HifiGan {
    conv_pre: Conv1d,
    levels: Vec<Level>,
    conv_post: Conv1d,
}

struct Level {
    up: ConvTranspose1d,
    blocks: Vec<ResidualBlock>,
}

/// For each dilation a convolution, in versions 1 and 2 followed by a plain one.
struct ResidualBlock {
    convs: Vec<(Conv1d, Option<Conv1d>)>,
}

impl HifiGan {
    pub(crate) fn new(weights: &Weights<'_>, config: Config) -> Result<Self, Failure> {
        let parallel = config.resblock_dilation_sizes.len();
        let level = |(level, &rate): (usize, &usize)| -> Result<Level, Failure> {
            let blocks = config.resblock_dilation_sizes.iter().enumerate();
            let blocks = blocks.map(|(i, dilations)| {
                let name = format!("resblocks.{}", level * parallel + i);
                ResidualBlock::new(weights, &name, &config.resblock, dilations)
            });
            Ok(Level {
                up: weights.conv_transpose1d(&format!("ups.{level}"), rate)?,
                blocks: blocks.collect::<Result<_, _>>()?,
            })
        };
        let levels = config.upsample_rates.iter().enumerate().map(level);
        Ok(Self {
            conv_pre: weights.conv1d("conv_pre", 1)?,
            levels: levels.collect::<Result<_, _>>()?,
            conv_post: weights.conv1d("conv_post", 1)?,
        })
    }

    /// Log mel `[1, n_mels, frames]` to samples.
    pub(crate) fn forward(&self, mel: Tensor<3>) -> Tensor<1> {
        let mut x = self.conv_pre.forward(mel);
        for level in &self.levels {
            x = level.forward(x);
        }
        let x = self.conv_post.forward(leaky_relu(x, LAST_SLOPE));
        x.tanh().flatten(0, 2)
    }
}

impl Level {
    /// Upsampling, then the mean of the parallel blocks.
    fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let x = self.up.forward(leaky_relu(x, SLOPE));
        let outputs = self.blocks.iter().map(|block| block.forward(x.clone()));
        let sum = outputs.reduce(|sum, output| sum + output);
        sum.map_or(x, |sum| sum / self.blocks.len() as f64)
    }
}

impl ResidualBlock {
    fn new(
        weights: &Weights<'_>,
        name: &str,
        kind: &str,
        dilations: &[usize],
    ) -> Result<Self, Failure> {
        let pair = |(i, &dilation): (usize, &usize)| -> Result<_, Failure> {
            Ok(match kind {
                "1" => (
                    weights.conv1d(&format!("{name}.convs1.{i}"), dilation)?,
                    Some(weights.conv1d(&format!("{name}.convs2.{i}"), 1)?),
                ),
                "2" => (
                    weights.conv1d(&format!("{name}.convs.{i}"), dilation)?,
                    None,
                ),
                other => return Err(format!("no residual block is of type {other}").into()),
            })
        };
        let convs = dilations.iter().enumerate().map(pair);
        Ok(Self {
            convs: convs.collect::<Result<_, _>>()?,
        })
    }

    fn forward(&self, mut x: Tensor<3>) -> Tensor<3> {
        for (dilated, plain) in &self.convs {
            let mut y = dilated.forward(leaky_relu(x.clone(), SLOPE));
            if let Some(plain) = plain {
                y = plain.forward(leaky_relu(y, SLOPE));
            }
            x = x + y;
        }
        x
    }
}
