//! Layer, style-adaptive and group normalisation.

use super::Graph;
use crate::graph::error::GraphError;
use crate::graph::op::{Activation, Epilogue, Op};
use crate::graph::tensor::{Shape, TensorId};

/// `PyTorch`'s default, used by every norm of this model.
const EPS: f32 = 1e-5;

/// Groups longer than this are reduced in two stages, so that one workgroup never reads more than
/// this many elements (the threshold of the field guide's recipes, a few milliseconds of one CU).
const LONG_GROUP: usize = 65_536;

impl Graph {
    /// [`Op::LayerNorm`] with the weights `name.weight` and `name.bias`.
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
        let op = Op::LayerNorm {
            x,
            gamma,
            beta,
            eps: EPS,
        };
        self.add_node(name, op, shape, self.lengths_of(x))
    }

    /// [`Op::StyleAdaptiveLayerNorm`] whose scale and shift come from `style` `[n, s, 1, 1]` through
    /// the linear layer `name.affine`.
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
        self.require(name, shape.h == 1, || {
            format!("input has shape {shape}, expected one row")
        })?;
        self.require_shape(name, "style", style, Shape::vector(shape.n, styles.c))?;
        let affine = format!("{name}.affine");
        let affine = self.linear(
            &affine,
            style,
            2 * shape.c,
            Activation::Identity,
            Epilogue::NONE,
        )?;
        let op = Op::StyleAdaptiveLayerNorm {
            x,
            affine,
            eps: EPS,
        };
        self.add_node(name, op, shape, self.lengths_of(x))
    }

    /// Group normalisation with the weights `name.weight` and `name.bias`, an activation, and an
    /// optional vector `[n, c, 1, 1]` added afterwards. Two nodes, or three for long groups.
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
        let statistics = self.group_statistics(name, x, groups)?;
        let op = Op::GroupNormApply {
            x,
            statistics,
            gamma,
            beta,
            shift,
            activation,
        };
        self.add_node(name, op, shape, self.lengths_of(x))
    }

    fn group_statistics(
        &mut self,
        name: &str,
        x: TensorId,
        groups: usize,
    ) -> Result<TensorId, GraphError> {
        let shape = self.shape(x);
        let statistics = Shape::new(shape.n, groups, 1, 2);
        let elements = shape.c / groups * shape.h * shape.w;
        if elements <= LONG_GROUP {
            let op = Op::GroupNormStatistics {
                x,
                groups,
                eps: EPS,
            };
            return self.add_node(&format!("{name}.statistics"), op, statistics, None);
        }
        let chunk = LONG_GROUP / 4;
        let partial = Shape::new(shape.n, groups, elements.div_ceil(chunk), 3);
        let op = Op::GroupNormPartial { x, groups, chunk };
        let partial = self.add_node(&format!("{name}.partial"), op, partial, None)?;
        let op = Op::GroupNormMerge { partial, eps: EPS };
        self.add_node(&format!("{name}.merge"), op, statistics, None)
    }
}
