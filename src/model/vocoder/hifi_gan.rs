//! `HiFi-GAN`'s generator (arXiv 2010.05646), weight norm folded.
//!
//! Names follow the official generator's state dict.

use super::LEAKY_RELU;
use crate::graph::{Activation, Conv1d, Epilogue, Graph, GraphError, TensorId};
use crate::model::config::{HifiGanConfig, ResidualBlock};

/// Before the last convolution: there the official code keeps `PyTorch`'s default slope.
const LAST_LEAKY_RELU: Activation = Activation::LeakyRelu(0.01);

/// Taps of the first and the last convolution.
const OUTER_KERNEL: usize = 7;

/// Log mel `[n, n_mels, 1, frames]` to samples `[n, 1, 1, frames * hop]` within -1..1.
///
/// # Errors
/// When the sizes do not fit; a validated configuration's do.
pub fn build(
    graph: &mut Graph,
    config: &HifiGanConfig,
    mel: TensorId,
) -> Result<TensorId, GraphError> {
    let mut channels = config.upsample_initial_channel;
    let outer = |channels| Conv1d {
        channels,
        kernel: OUTER_KERNEL,
        dilation: 1,
    };
    let mut x = graph.conv1d(
        "conv_pre",
        mel,
        outer(channels),
        Activation::Identity,
        Epilogue::NONE,
    )?;
    let levels = config
        .upsample_rates
        .iter()
        .zip(&config.upsample_kernel_sizes);
    for (level, (&rate, &kernel)) in levels.enumerate() {
        channels /= 2;
        let up = format!("ups.{level}");
        x = graph.conv_transpose1d(&up, x, channels, kernel, rate, LEAKY_RELU)?;
        x = residual_blocks(graph, config, level, x)?;
    }
    let tanh = Epilogue::activation(Activation::Tanh);
    graph.conv1d("conv_post", x, outer(1), LAST_LEAKY_RELU, tanh)
}

/// The mean of the level's parallel residual blocks.
fn residual_blocks(
    graph: &mut Graph,
    config: &HifiGanConfig,
    level: usize,
    x: TensorId,
) -> Result<TensorId, GraphError> {
    let blocks = config.resblock_kernel_sizes.len();
    let shapes = config
        .resblock_kernel_sizes
        .iter()
        .zip(&config.resblock_dilation_sizes);
    let mut sum = None;
    for (i, (&kernel, dilations)) in shapes.enumerate() {
        let name = format!("resblocks.{}", level * blocks + i);
        let y = graph.in_scope(&name, |graph| {
            residual_block(graph, config.resblock, kernel, dilations, x)
        })?;
        sum = Some(match sum {
            None => y,
            Some(sum) => {
                let last = i + 1 == blocks;
                let scale = if last { 1.0 / blocks as f32 } else { 1.0 };
                graph.add(&format!("{name}.sum"), sum, y, scale)?
            }
        });
    }
    Ok(sum.unwrap_or(x))
}

/// For each dilation, one or two convolutions beside a shortcut.
fn residual_block(
    graph: &mut Graph,
    kind: ResidualBlock,
    kernel: usize,
    dilations: &[usize],
    x: TensorId,
) -> Result<TensorId, GraphError> {
    let channels = graph.shape(x).c;
    let mut x = x;
    for (i, &dilation) in dilations.iter().enumerate() {
        let dilated = Conv1d {
            channels,
            kernel,
            dilation,
        };
        let shortcut = Epilogue::residual(x);
        x = match kind {
            ResidualBlock::Paired => {
                let first = format!("convs1.{i}");
                let y = graph.conv1d(&first, x, dilated, LEAKY_RELU, Epilogue::NONE)?;
                let plain = Conv1d {
                    dilation: 1,
                    ..dilated
                };
                graph.conv1d(&format!("convs2.{i}"), y, plain, LEAKY_RELU, shortcut)?
            }
            ResidualBlock::Single => {
                graph.conv1d(&format!("convs.{i}"), x, dilated, LEAKY_RELU, shortcut)?
            }
        };
    }
    Ok(x)
}

/// See [`super::receptive_frames`].
#[must_use]
pub fn receptive_frames(config: &HifiGanConfig) -> usize {
    let outer = (OUTER_KERNEL / 2) as f64;
    // Samples in a frame, after each upsampling.
    let mut rate = 1.0;
    let mut radius = outer;
    for (&factor, &kernel) in config
        .upsample_rates
        .iter()
        .zip(&config.upsample_kernel_sizes)
    {
        rate *= factor as f64;
        let padding = (kernel - factor) / 2;
        radius += (kernel - 1 - padding) as f64 / rate;
        let blocks = config
            .resblock_kernel_sizes
            .iter()
            .zip(&config.resblock_dilation_sizes);
        let widest = blocks.map(|(&kernel, dilations)| {
            let plain = match config.resblock {
                ResidualBlock::Paired => 1,
                ResidualBlock::Single => 0,
            };
            dilations
                .iter()
                .map(|dilation| (dilation + plain) * (kernel / 2))
                .sum::<usize>()
        });
        radius += widest.max().unwrap_or(0) as f64 / rate;
    }
    radius += outer / rate;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a small positive number"
    )]
    let frames = radius.ceil() as usize;
    frames
}
