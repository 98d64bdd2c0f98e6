//! The score network, Grad-TTS's U-Net (arXiv 2105.06337), in burn; the style enters with the time.

use burn::nn::conv::{Conv2d, ConvTranspose2d};
use burn::nn::{GroupNorm, Linear};
use burn::tensor::activation::{mish, softmax};
use burn::tensor::{Tensor, TensorData};
use peers_worker::Failure;
use serde::Deserialize;

use crate::weights::Weights;

/// Longest period of the time embedding over its shortest, as for positions (arXiv 1706.03762).
const PERIODS: f64 = 10_000.0;

/// Elements along an axis that burn reduces rightly on every adapter. Mesa's software adapter ends an
/// invocation's loops after 65,535 turns (`LP_MAX_TGSI_LOOP_ITERATIONS`), and burn's reductions are
/// wrong there from the next element on: a group norm of 64,000 elements a group agrees with `PyTorch`
/// to 2e-7, one of 66,560 differs by 3e-3 of the norm, one of 110,720 by 4e-2. A longer reduction is cut
/// into two, of its rows and over them.
const MOST_REDUCED: usize = 65_535;

/// The sizes that the weights do not show.
#[derive(Deserialize)]
pub(crate) struct Config {
    dim: usize,
    multipliers: Vec<usize>,
    groups: usize,
    heads: usize,
    attention: Vec<bool>,
    time_scale: f64,
}

/// The network.
pub(crate) struct ScoreUnet {
    /// Angular frequencies of the time embedding, `[1, dim / 2]`.
    frequencies: Tensor<2>,
    time: [Linear; 2],
    downs: Vec<Down>,
    middle: (ResnetBlock, LinearAttention, ResnetBlock),
    ups: Vec<Up>,
    last: (Block, Conv2d),
}

struct Down {
    blocks: [ResnetBlock; 2],
    attention: Option<LinearAttention>,
    half: Option<Conv2d>,
}

struct Up {
    blocks: [ResnetBlock; 2],
    attention: Option<LinearAttention>,
    double: ConvTranspose2d,
}

impl ScoreUnet {
    pub(crate) fn new(weights: &Weights<'_>, config: &Config) -> Result<Self, Failure> {
        let name = |part: &str| format!("score_unet.{part}");
        let coarsest = config.multipliers.len() - 1;
        let blocks = |level: &str| -> Result<_, Failure> {
            Ok([
                ResnetBlock::new(weights, &format!("{level}.0"), config)?,
                ResnetBlock::new(weights, &format!("{level}.1"), config)?,
            ])
        };
        let attention = |level: &str, present: bool| {
            let attention = || LinearAttention::new(weights, &format!("{level}.2"), config);
            present.then(attention).transpose()
        };
        let down = |level: usize| -> Result<Down, Failure> {
            let part = name(&format!("downs.{level}"));
            let half = || weights.conv2d(&format!("{part}.3.conv"), 2);
            Ok(Down {
                blocks: blocks(&part)?,
                attention: attention(&part, config.attention[level])?,
                half: (level < coarsest).then(half).transpose()?,
            })
        };
        let up = |i: usize| -> Result<Up, Failure> {
            let part = name(&format!("ups.{i}"));
            Ok(Up {
                blocks: blocks(&part)?,
                attention: attention(&part, config.attention[coarsest - i])?,
                double: weights.conv_transpose2d(&format!("{part}.3.conv"))?,
            })
        };
        Ok(Self {
            frequencies: frequencies(weights, config),
            time: [
                weights.linear(&name("mlp.0"))?,
                weights.linear(&name("mlp.2"))?,
            ],
            downs: (0..=coarsest).map(down).collect::<Result<_, _>>()?,
            middle: (
                ResnetBlock::new(weights, &name("mid_block1"), config)?,
                LinearAttention::new(weights, &name("mid_attn"), config)?,
                ResnetBlock::new(weights, &name("mid_block2"), config)?,
            ),
            ups: (0..coarsest).map(up).collect::<Result<_, _>>()?,
            last: (
                Block::new(weights, &name("final_block"), config)?,
                weights.conv2d(&name("final_conv"), 1)?,
            ),
        })
    }

    /// `noisy` and `mean` `[1, n_mels, frames]`, `time [1]`, `style [1, style]` to the network's output
    /// `[1, n_mels, frames]`.
    pub(crate) fn forward(
        &self,
        noisy: Tensor<3>,
        mean: Tensor<3>,
        time: Tensor<1>,
        style: Tensor<2>,
    ) -> Tensor<1> {
        let angle = time.reshape([1, 1]) * self.frequencies.clone();
        let time = Tensor::cat(vec![angle.clone().sin(), angle.cos()], 1);
        let time = self.time[1].forward(mish(self.time[0].forward(time)));
        let condition = mish(Tensor::cat(vec![time, style], 1));

        let mut x = Tensor::stack::<4>(vec![mean, noisy], 1);
        let mut skips = Vec::new();
        for down in &self.downs {
            for block in &down.blocks {
                x = block.forward(x, &condition);
            }
            if let Some(attention) = &down.attention {
                x = attention.forward(x);
            }
            skips.push(x.clone());
            if let Some(half) = &down.half {
                x = half.forward(x);
            }
        }
        let (first, attention, second) = &self.middle;
        x = attention.forward(first.forward(x, &condition));
        x = second.forward(x, &condition);
        for up in &self.ups {
            if let Some(skip) = skips.pop() {
                x = Tensor::cat(vec![x, skip], 1);
            }
            for block in &up.blocks {
                x = block.forward(x, &condition);
            }
            if let Some(attention) = &up.attention {
                x = attention.forward(x);
            }
            x = up.double.forward(x);
            if let Some(finer) = skips.last() {
                let [_, _, height, width] = finer.dims();
                x = x.narrow(2, 0, height).narrow(3, 0, width);
            }
        }
        let (block, conv) = &self.last;
        conv.forward(block.forward(x)).flatten(0, 3)
    }
}

fn frequencies(weights: &Weights<'_>, config: &Config) -> Tensor<2> {
    let half = config.dim / 2;
    let frequency = |i: usize| {
        let exponent = i as f64 / (half - 1) as f64;
        (config.time_scale * PERIODS.powf(-exponent)) as f32
    };
    let values: Vec<f32> = (0..half).map(frequency).collect();
    Tensor::from_data(TensorData::new(values, [1, half]), weights.device())
}

/// 3x3 convolution, group norm, Mish.
struct Block {
    conv: Conv2d,
    norm: GroupNorm,
}

impl Block {
    fn new(weights: &Weights<'_>, name: &str, config: &Config) -> Result<Self, Failure> {
        Ok(Self {
            conv: weights.conv2d(&format!("{name}.block.0"), 1)?,
            norm: weights.group_norm(&format!("{name}.block.1"), config.groups)?,
        })
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        mish(group_norm(&self.norm, self.conv.forward(x)))
    }
}

/// burn's own where that is right.
fn group_norm(norm: &GroupNorm, x: Tensor<4>) -> Tensor<4> {
    let [n, channels, height, width] = x.dims();
    let rows = channels / norm.num_groups * height;
    if rows * width <= MOST_REDUCED {
        return norm.forward(x);
    }
    let mean = |x: Tensor<4>| x.mean_dim(3).mean_dim(2);
    let x = x.reshape([n, norm.num_groups, rows, width]);
    let x = x.clone() - mean(x);
    let deviation = (mean(x.clone().square()) + norm.epsilon).sqrt();
    let mut x = (x / deviation).reshape([n, channels, height, width]);
    if let Some(gamma) = &norm.gamma {
        x = x * gamma.val().reshape([1, channels, 1, 1]);
    }
    if let Some(beta) = &norm.beta {
        x = x + beta.val().reshape([1, channels, 1, 1]);
    }
    x
}

/// Softmax over all positions of `[n, heads, dim, positions]`, burn's own where that is right.
fn softmax_over_positions(x: Tensor<4>, width: usize) -> Tensor<4> {
    let [n, heads, dim, positions] = x.dims();
    if positions <= MOST_REDUCED {
        return softmax(x, 3);
    }
    let x = x.reshape([n, heads * dim, positions / width, width]);
    let powers = (x.clone() - x.max_dim(3).max_dim(2)).exp();
    let sum = powers.clone().sum_dim(3).sum_dim(2);
    (powers / sum).reshape([n, heads, dim, positions])
}

/// Two blocks with the condition between them, beside a shortcut.
struct ResnetBlock {
    condition: Linear,
    blocks: [Block; 2],
    shortcut: Option<Conv2d>,
}

impl ResnetBlock {
    fn new(weights: &Weights<'_>, name: &str, config: &Config) -> Result<Self, Failure> {
        let shortcut = format!("{name}.res_conv");
        Ok(Self {
            condition: weights.linear(&format!("{name}.mlp.1"))?,
            blocks: [
                Block::new(weights, &format!("{name}.block1"), config)?,
                Block::new(weights, &format!("{name}.block2"), config)?,
            ],
            shortcut: weights
                .has(&shortcut)
                .then(|| weights.conv2d(&shortcut, 1))
                .transpose()?,
        })
    }

    fn forward(&self, x: Tensor<4>, condition: &Tensor<2>) -> Tensor<4> {
        let shift = self.condition.forward(condition.clone());
        let [n, channels] = shift.dims();
        let y = self.blocks[0].forward(x.clone()) + shift.reshape([n, channels, 1, 1]);
        let y = self.blocks[1].forward(y);
        match &self.shortcut {
            Some(shortcut) => y + shortcut.forward(x),
            None => y + x,
        }
    }
}

/// `x + g * attention(x)`, with a softmax of the keys over all positions and unscaled queries.
struct LinearAttention {
    heads: usize,
    gain: Tensor<1>,
    qkv: Conv2d,
    output: Conv2d,
}

impl LinearAttention {
    fn new(weights: &Weights<'_>, name: &str, config: &Config) -> Result<Self, Failure> {
        Ok(Self {
            heads: config.heads,
            gain: weights.tensor(&format!("{name}.fn.g"))?,
            qkv: weights.conv2d(&format!("{name}.fn.fn.to_qkv"), 1)?,
            output: weights.conv2d(&format!("{name}.fn.fn.to_out"), 1)?,
        })
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [n, _, height, width] = x.dims();
        let qkv = self.qkv.forward(x.clone());
        let inner = qkv.dims()[1] / 3;
        let head = |part: usize| {
            qkv.clone().narrow(1, part * inner, inner).reshape([
                n,
                self.heads,
                inner / self.heads,
                height * width,
            ])
        };
        let (query, key, value) = (head(0), head(1), head(2));
        let key = softmax_over_positions(key, width);
        let context = key.matmul(value.swap_dims(2, 3));
        let attended = context.swap_dims(2, 3).matmul(query);
        let y = self
            .output
            .forward(attended.reshape([n, inner, height, width]));
        x + y * self.gain.clone().reshape([1, 1, 1, 1])
    }
}
