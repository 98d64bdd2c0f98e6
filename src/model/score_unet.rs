//! Score network: Grad-TTS's U-Net (arXiv 2105.06337) over the spectrogram as a picture.
//!
//! Names follow `GradLogPEstimator2d`, so that converted public checkpoints fit.

use super::config::{ScoreUnetConfig, StyleInput};
use crate::graph::{
    Activation, Conv2d, Epilogue, Graph, GraphError, Shape, SolverInputs, TensorId,
};

/// What the network looks at besides the solver's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inputs {
    /// Mean mel `[n, 1, n_mels, frames]`.
    pub mean: TensorId,
    /// Noisy mel of the same shape.
    pub state: TensorId,
    /// By [`ScoreUnetConfig::style`]: the style vector `[n, style, 1, 1]`, or the style channel
    /// `[n, 1, n_mels, frames]` that [`style_channel`] makes of it.
    pub style: TensorId,
}

/// A 3x3 convolution of stride 1.
const fn conv3(channels: usize) -> Conv2d {
    Conv2d {
        channels,
        kernel: 3,
        stride: 1,
        padding: 1,
    }
}

/// The network's output `[n, 1, n_mels, frames]`, whose meaning is the configuration's
/// parameterization.
///
/// # Errors
/// When the sizes do not fit; a validated configuration's do.
pub fn build(
    graph: &mut Graph,
    config: &ScoreUnetConfig,
    inputs: Inputs,
    solver: SolverInputs,
) -> Result<TensorId, GraphError> {
    graph.in_scope("score_unet", |graph| {
        let mut unet = Unet {
            graph,
            config,
            condition: inputs.state,
        };
        unet.condition = unet.condition(inputs, solver)?;
        let x = unet.input(inputs)?;
        let (x, skips) = unet.downs(x)?;
        let x = unet.middle(x)?;
        let x = unet.ups(x, &skips)?;
        unet.last(x)
    })
}

/// The style as a picture, for [`StyleInput::Channel`]: a small network gives one value a mel band,
/// repeated over time. Style `[n, style, 1, 1]` and zeros `u32 [n, 1, 1, frames]` to
/// `[n, n_mels, 1, frames]`, which is the channel `[n, 1, n_mels, frames]` in the same order.
///
/// # Errors
/// When the sizes do not fit; a validated configuration's do.
pub fn style_channel(
    graph: &mut Graph,
    n_mels: usize,
    style: TensorId,
    zeros: TensorId,
) -> Result<TensorId, GraphError> {
    graph.in_scope("score_unet.spk_mlp", |graph| {
        let wide = 4 * graph.shape(style).c;
        let mish = Epilogue::activation(Activation::Mish);
        let x = graph.linear("0", style, wide, Activation::Identity, mish)?;
        let x = graph.linear("2", x, n_mels, Activation::Identity, Epilogue::NONE)?;
        graph.regulate_length("repeat", x, zeros)
    })
}

/// The network under construction.
struct Unet<'a> {
    graph: &'a mut Graph,
    config: &'a ScoreUnetConfig,
    /// Time embedding, with the style behind it where it enters there: `[n, condition, 1, 1]`.
    condition: TensorId,
}

impl Unet<'_> {
    /// Channels of a resolution level.
    fn channels(&self, level: usize) -> usize {
        self.config.dim * self.config.multipliers[level]
    }

    /// The coarsest level.
    fn coarsest(&self) -> usize {
        self.config.multipliers.len() - 1
    }

    fn condition(&mut self, inputs: Inputs, solver: SolverInputs) -> Result<TensorId, GraphError> {
        let (dim, batch) = (self.config.dim, self.graph.shape(inputs.state).n);
        let scale = self.config.time_scale;
        let time = self
            .graph
            .time_embedding("time_pos_emb", solver, batch, dim, scale)?;
        let mish = Epilogue::activation(Activation::Mish);
        let time = self
            .graph
            .linear("mlp.0", time, 4 * dim, Activation::Identity, mish)?;
        let time = self
            .graph
            .linear("mlp.2", time, dim, Activation::Identity, Epilogue::NONE)?;
        match self.config.style {
            StyleInput::TimeEmbedding => self.graph.concat("condition", time, inputs.style),
            StyleInput::Channel => Ok(time),
        }
    }

    /// Mean, state and perhaps style as channels of one picture.
    fn input(&mut self, inputs: Inputs) -> Result<TensorId, GraphError> {
        let x = self.graph.concat("input", inputs.mean, inputs.state)?;
        match self.config.style {
            StyleInput::TimeEmbedding => Ok(x),
            StyleInput::Channel => self.graph.concat("input_style", x, inputs.style),
        }
    }

    /// The way down; also what each level leaves for the way up.
    fn downs(&mut self, mut x: TensorId) -> Result<(TensorId, Vec<TensorId>), GraphError> {
        let mut skips = Vec::new();
        for level in 0..=self.coarsest() {
            let (channels, name) = (self.channels(level), format!("downs.{level}"));
            x = self.residual_block(&format!("{name}.0"), x, channels)?;
            x = self.residual_block(&format!("{name}.1"), x, channels)?;
            if self.config.attention[level] {
                x = self.attention(&format!("{name}.2"), x)?;
            }
            skips.push(x);
            if level < self.coarsest() {
                let half = Conv2d {
                    stride: 2,
                    ..conv3(channels)
                };
                x = self
                    .graph
                    .conv2d(&format!("{name}.3.conv"), x, half, Epilogue::NONE)?;
            }
        }
        Ok((x, skips))
    }

    fn middle(&mut self, x: TensorId) -> Result<TensorId, GraphError> {
        let channels = self.channels(self.coarsest());
        let x = self.residual_block("mid_block1", x, channels)?;
        let x = self.attention("mid_attn", x)?;
        self.residual_block("mid_block2", x, channels)
    }

    /// The way up. `ups.i` works at level `coarsest - i` and ends at the next finer one; nothing
    /// takes the skip of full resolution.
    fn ups(&mut self, mut x: TensorId, skips: &[TensorId]) -> Result<TensorId, GraphError> {
        for (i, level) in (1..=self.coarsest()).rev().enumerate() {
            let (channels, name) = (self.channels(level - 1), format!("ups.{i}"));
            x = self
                .graph
                .concat(&format!("{name}.skip"), x, skips[level])?;
            x = self.residual_block(&format!("{name}.0"), x, channels)?;
            x = self.residual_block(&format!("{name}.1"), x, channels)?;
            if self.config.attention[level] {
                x = self.attention(&format!("{name}.2"), x)?;
            }
            let up = format!("{name}.3.conv");
            x = self
                .graph
                .conv_transpose2d(&up, x, channels, skips[level - 1])?;
        }
        Ok(x)
    }

    fn last(&mut self, x: TensorId) -> Result<TensorId, GraphError> {
        let x = self.block("final_block", x, self.config.dim, None)?;
        self.graph
            .linear("final_conv", x, 1, Activation::Identity, Epilogue::NONE)
    }

    /// Two convolutions with group norms, conditioned between them, beside a shortcut.
    fn residual_block(
        &mut self,
        name: &str,
        x: TensorId,
        channels: usize,
    ) -> Result<TensorId, GraphError> {
        let condition = self.condition;
        let shift = self.graph.linear(
            &format!("{name}.mlp.1"),
            condition,
            channels,
            Activation::Mish,
            Epilogue::NONE,
        )?;
        let y = self.block(&format!("{name}.block1"), x, channels, Some(shift))?;
        let y = self.block(&format!("{name}.block2"), y, channels, None)?;
        if self.graph.shape(x).c == channels {
            return self.graph.add(&format!("{name}.shortcut"), y, x, 1.0);
        }
        let shortcut = format!("{name}.res_conv");
        self.graph.linear(
            &shortcut,
            x,
            channels,
            Activation::Identity,
            Epilogue::residual(y),
        )
    }

    /// Convolution, group norm, Mish, and an optional vector `[n, channels, 1, 1]` on top.
    fn block(
        &mut self,
        name: &str,
        x: TensorId,
        channels: usize,
        shift: Option<TensorId>,
    ) -> Result<TensorId, GraphError> {
        let groups = self.config.groups;
        let x = self.graph.conv2d(
            &format!("{name}.block.0"),
            x,
            conv3(channels),
            Epilogue::NONE,
        )?;
        self.graph.group_norm(
            &format!("{name}.block.1"),
            x,
            groups,
            Activation::Mish,
            shift,
        )
    }

    /// `x + g * attention(x)` with a learnt scalar `g` (Rezero, arXiv 2003.04887).
    fn attention(&mut self, name: &str, x: TensorId) -> Result<TensorId, GraphError> {
        let (heads, head_dim) = (self.config.heads, self.config.head_dim);
        let gain = self
            .graph
            .weight(&format!("{name}.fn.g"), Shape::vector(1, 1))?;
        let epilogue = Epilogue {
            gain: Some(gain),
            ..Epilogue::residual(x)
        };
        self.graph
            .linear_attention(&format!("{name}.fn.fn"), x, heads, head_dim, epilogue)
    }
}
