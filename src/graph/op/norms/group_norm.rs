//! Group normalisation.

use super::moments::{EPS, moments};
use crate::graph::epilogue::Activation;
use crate::graph::error::GraphError;
use crate::graph::operation::{Evaluation, Operation, present};
use crate::graph::recording::Recording;
use crate::graph::tensor::{Shape, TensorId};
use crate::graph::values::{Grid, Value};

/// Group normalisation with its epilogue:
/// `y = activation(gamma[c] * (x - mean_g) / sqrt(variance_g + eps) + beta[c]) + shift[n, c]`, mean and
/// biased variance over the channels, rows and valid columns of the group `g` of `c` (the shift is the
/// time embedding of a U-Net block).
#[derive(Debug, Clone, PartialEq)]
pub struct GroupNorm {
    /// `[n, c, h, w]`
    pub x: TensorId,
    /// Weight `[c, 1, 1, 1]`
    pub gamma: TensorId,
    /// Weight `[c, 1, 1, 1]`
    pub beta: TensorId,
    /// `[n, c, 1, 1]`
    pub shift: Option<TensorId>,
    /// Number of groups; divides `c`.
    pub groups: usize,
    /// Added to the variance.
    pub eps: f32,
    /// Applied after the affine map.
    pub activation: Activation,
}

impl<O: Operation + From<GroupNorm>> Recording<O> {
    /// [`GroupNorm`] with the weights `name.weight` and `name.bias`, an activation, and an optional
    /// vector `[n, c, 1, 1]` added afterwards.
    ///
    /// # Errors
    /// When the groups do not divide the channels or the shift is not one vector per item.
    pub fn group_norm(
        &mut self,
        name: &str,
        x: TensorId,
        groups: usize,
        activation: Activation,
        shift: Option<TensorId>,
    ) -> Result<TensorId, GraphError> {
        let shape = self.shape(x);
        self.require(name, groups > 0 && shape.c.is_multiple_of(groups), || {
            format!("{groups} groups do not divide {} channels", shape.c)
        })?;
        if let Some(shift) = shift {
            self.require_shape(name, "shift", shift, Shape::vector(shape.n, shape.c))?;
        }
        let gamma = self.weight(&format!("{name}.weight"), Shape::vector(shape.c, 1))?;
        let beta = self.weight(&format!("{name}.bias"), Shape::vector(shape.c, 1))?;
        let norm = GroupNorm {
            x,
            gamma,
            beta,
            shift,
            groups,
            eps: EPS,
            activation,
        };
        self.add_node(name, norm, shape, self.lengths_of(x))
    }
}

impl Operation for GroupNorm {
    fn name(&self) -> &'static str {
        "group_norm"
    }

    fn operands(&self) -> Vec<(&'static str, TensorId)> {
        present([
            ("x", Some(self.x)),
            ("gamma", Some(self.gamma)),
            ("beta", Some(self.beta)),
            ("shift", self.shift),
        ])
    }

    fn evaluate(&self, at: &Evaluation<'_>) -> Result<Vec<Value>, GraphError> {
        let x = at.floats(self.x);
        let valid = at.valid(self.x);
        let channels = x.shape.c / self.groups;
        let statistics = Shape::new(x.shape.n, self.groups, 1, 2);
        let statistics = Grid::from_fn(statistics, |n, g, _, which| {
            let group = g * channels..(g + 1) * channels;
            let elements = group.flat_map(|c| x.valid_elements(n, c, valid[n]));
            moments(&elements.collect::<Vec<_>>(), self.eps)[which]
        });
        let statistics = statistics.view();
        let (gamma, beta) = (at.floats(self.gamma), at.floats(self.beta));
        let shift = self.shift.map(|id| at.floats(id));
        let y = Grid::from_fn(x.shape, |n, c, h, w| {
            let [mean, rstd] = [0, 1].map(|which| statistics.at(n, c / channels, 0, which));
            let normal = (x.at(n, c, h, w) - mean) * rstd;
            let y = gamma.at(c, 0, 0, 0) * normal + beta.at(c, 0, 0, 0);
            self.activation.apply(y) + shift.map_or(0.0, |shift| shift.at(n, c, 0, 0))
        });
        Ok(y.into_values())
    }
}
