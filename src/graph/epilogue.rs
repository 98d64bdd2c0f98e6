//! Pointwise functions, and what an operation does to its result before storing it.

use super::tensor::TensorId;

/// A pointwise function. All of them map zero to zero, so they keep the promise about masked columns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Activation {
    /// `x`
    Identity,
    /// `max(x, 0)`
    Relu,
    /// `x` where positive, `slope * x` elsewhere
    LeakyRelu(f32),
    /// `x * tanh(ln(1 + e^x))` (Misra 2019, arXiv 1908.08681)
    Mish,
    /// `tanh(x)`
    Tanh,
    /// `x / (1 + e^-x)` (Elfwing, Uchibe and Doya 2017, arXiv 1702.03118)
    Silu,
}

impl Activation {
    /// The function in double precision.
    pub(super) fn apply(self, x: f64) -> f64 {
        match self {
            Self::Identity => x,
            Self::Relu => x.max(0.0),
            Self::LeakyRelu(slope) if x < 0.0 => f64::from(slope) * x,
            Self::LeakyRelu(_) => x,
            Self::Mish => x * x.exp().ln_1p().tanh(),
            Self::Tanh => x.tanh(),
            Self::Silu => x / (1.0 + (-x).exp()),
        }
    }
}

/// What a product or convolution does to its sum before storing it:
/// `y = gain * activation(sum + bias) + residual`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Epilogue {
    /// Applied after the bias.
    pub activation: Activation,
    /// One-element weight multiplied in after the activation (Rezero).
    pub gain: Option<TensorId>,
    /// Added last; same shape as the output.
    pub residual: Option<TensorId>,
}

impl Epilogue {
    /// Store the sum (plus bias) as it is.
    pub const NONE: Self = Self {
        activation: Activation::Identity,
        gain: None,
        residual: None,
    };

    /// Only an activation.
    #[must_use]
    pub const fn activation(activation: Activation) -> Self {
        Self {
            activation,
            ..Self::NONE
        }
    }

    /// Only a residual.
    #[must_use]
    pub const fn residual(residual: TensorId) -> Self {
        Self {
            residual: Some(residual),
            ..Self::NONE
        }
    }
}
