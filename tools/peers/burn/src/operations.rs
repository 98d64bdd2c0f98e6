//! Single operations.

use burn::nn::conv::{Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d};
use burn::tensor::Tensor;
use peers_worker::{Failure, Work};

use crate::weights::Weights;

/// An operation with its operands.
pub(crate) enum Operation {
    Matmul(Tensor<2>, Tensor<2>),
    Conv1d(Conv1d, Tensor<3>),
    ConvTranspose1d(ConvTranspose1d, Tensor<3>),
    Conv2d(Conv2d, Tensor<4>),
    ConvTranspose2d(ConvTranspose2d, Tensor<4>, [usize; 2]),
}

impl Operation {
    pub(crate) fn new(weights: &Weights<'_>, work: &Work) -> Result<Self, Failure> {
        Ok(match *work {
            Work::Matmul => Self::Matmul(weights.tensor("op.weight")?, weights.tensor("input.x")?),
            Work::Conv1d { dilation } => {
                Self::Conv1d(weights.conv1d("op", dilation)?, weights.tensor("input.x")?)
            }
            Work::ConvTranspose1d { stride } => {
                let layer = weights.conv_transpose1d("op", stride)?;
                Self::ConvTranspose1d(layer, weights.tensor("input.x")?)
            }
            Work::Conv2d { stride } => {
                Self::Conv2d(weights.conv2d("op", stride)?, weights.tensor("input.x")?)
            }
            Work::ConvTranspose2d { height, width } => {
                let layer = weights.conv_transpose2d("op")?;
                Self::ConvTranspose2d(layer, weights.tensor("input.x")?, [height, width])
            }
            _ => return Err(format!("{work:?} is no single operation").into()),
        })
    }

    pub(crate) fn evaluate(&self) -> Tensor<1> {
        match self {
            Self::Matmul(weight, x) => weight.clone().matmul(x.clone()).flatten(0, 1),
            Self::Conv1d(layer, x) => layer.forward(x.clone()).flatten(0, 2),
            Self::ConvTranspose1d(layer, x) => layer.forward(x.clone()).flatten(0, 2),
            Self::Conv2d(layer, x) => layer.forward(x.clone()).flatten(0, 3),
            Self::ConvTranspose2d(layer, x, [height, width]) => layer
                .forward(x.clone())
                .narrow(2, 0, *height)
                .narrow(3, 0, *width)
                .flatten(0, 3),
        }
    }
}
