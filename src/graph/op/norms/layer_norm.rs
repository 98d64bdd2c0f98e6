//! Layer normalisation, with weights or with what a style says.

use super::moments::{EPS, moments};
use crate::graph::epilogue::{Activation, Epilogue};
use crate::graph::error::GraphError;
use crate::graph::op::products::MatMul;
use crate::graph::operation::{Evaluation, Operation};
use crate::graph::recording::Recording;
use crate::graph::tensor::{Shape, TensorId};
use crate::graph::values::{Grid, Value, View};

/// Layer normalisation over the channels of each column:
/// `y = gamma[c] * (x - mean_c) / sqrt(variance_c + eps) + beta[c]`, biased variance.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerNorm {
    /// `[n, c, 1, w]`
    pub x: TensorId,
    /// Weight `[c, 1, 1, 1]`
    pub gamma: TensorId,
    /// Weight `[c, 1, 1, 1]`
    pub beta: TensorId,
    /// Added to the variance.
    pub eps: f32,
}

/// Style-adaptive layer normalisation (Meta-StyleSpeech, arXiv 2106.03153): as [`LayerNorm`] with
/// `gamma[c] = affine[n, c]` and `beta[c] = affine[n, channels + c]` predicted from the style.
#[derive(Debug, Clone, PartialEq)]
pub struct StyleAdaptiveLayerNorm {
    /// `[n, c, 1, w]`
    pub x: TensorId,
    /// `[n, 2c, 1, 1]`
    pub affine: TensorId,
    /// Added to the variance.
    pub eps: f32,
}

impl<O: Operation + From<LayerNorm>> Recording<O> {
    /// [`LayerNorm`] with the weights `name.weight` and `name.bias`.
    ///
    /// # Errors
    /// When `x` has rows.
    pub fn layer_norm(&mut self, name: &str, x: TensorId) -> Result<TensorId, GraphError> {
        let shape = self.shape(x);
        self.require(name, shape.h == 1, || {
            format!("layer norm input has shape {shape}, expected one row")
        })?;
        let gamma = self.weight(&format!("{name}.weight"), Shape::vector(shape.c, 1))?;
        let beta = self.weight(&format!("{name}.bias"), Shape::vector(shape.c, 1))?;
        let norm = LayerNorm {
            x,
            gamma,
            beta,
            eps: EPS,
        };
        self.add_node(name, norm, shape, self.lengths_of(x))
    }
}

impl<O: Operation + From<StyleAdaptiveLayerNorm> + From<MatMul>> Recording<O> {
    /// [`StyleAdaptiveLayerNorm`] whose scale and shift come from `style` `[n, s, 1, 1]` through the
    /// linear layer `name.affine`.
    ///
    /// # Errors
    /// When `x` has rows or `style` is not one vector per item.
    pub fn style_adaptive_layer_norm(
        &mut self,
        name: &str,
        x: TensorId,
        style: TensorId,
    ) -> Result<TensorId, GraphError> {
        let (shape, styles) = (self.shape(x), self.shape(style));
        self.require_one_row(name, x)?;
        self.require_shape(name, "style", style, Shape::vector(shape.n, styles.c))?;
        let affine = format!("{name}.affine");
        let plain = (Activation::Identity, Epilogue::NONE);
        let affine = self.linear(&affine, style, 2 * shape.c, plain.0, plain.1)?;
        let norm = StyleAdaptiveLayerNorm {
            x,
            affine,
            eps: EPS,
        };
        self.add_node(name, norm, shape, self.lengths_of(x))
    }
}

impl Operation for LayerNorm {
    fn name(&self) -> &'static str {
        "layer_norm"
    }

    fn operands(&self) -> Vec<(&'static str, TensorId)> {
        vec![("x", self.x), ("gamma", self.gamma), ("beta", self.beta)]
    }

    fn evaluate(&self, at: &Evaluation<'_>) -> Result<Vec<Value>, GraphError> {
        let (gamma, beta) = (at.floats(self.gamma), at.floats(self.beta));
        let y = normalise_columns(at.floats(self.x), self.eps, |_, c| {
            (gamma.at(c, 0, 0, 0), beta.at(c, 0, 0, 0))
        });
        Ok(y.into_values())
    }
}

impl Operation for StyleAdaptiveLayerNorm {
    fn name(&self) -> &'static str {
        "style_adaptive_layer_norm"
    }

    fn operands(&self) -> Vec<(&'static str, TensorId)> {
        vec![("x", self.x), ("affine", self.affine)]
    }

    fn evaluate(&self, at: &Evaluation<'_>) -> Result<Vec<Value>, GraphError> {
        let (x, affine) = (at.floats(self.x), at.floats(self.affine));
        let channels = x.shape.c;
        let y = normalise_columns(x, self.eps, |n, c| {
            (affine.at(n, c, 0, 0), affine.at(n, channels + c, 0, 0))
        });
        Ok(y.into_values())
    }
}

/// `affine(n, c)` gives scale and shift.
fn normalise_columns(x: View<'_>, eps: f32, affine: impl Fn(usize, usize) -> (f64, f64)) -> Grid {
    let shape = x.shape;
    let statistics = Grid::from_fn(Shape::new(shape.n, shape.w, 1, 2), |n, w, _, which| {
        let column = (0..shape.c).map(|c| x.at(n, c, 0, w)).collect::<Vec<_>>();
        moments(&column, eps)[which]
    });
    let statistics = statistics.view();
    Grid::from_fn(shape, |n, c, h, w| {
        let (gamma, beta) = affine(n, c);
        let [mean, rstd] = [0, 1].map(|which| statistics.at(n, w, 0, which));
        gamma * (x.at(n, c, h, w) - mean) * rstd + beta
    })
}
