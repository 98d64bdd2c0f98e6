//! Sequences: embedding, positions, length regulation, pooling, and pointwise combinations.

use super::Graph;
use crate::graph::error::GraphError;
use crate::graph::op::Op;
use crate::graph::tensor::{Shape, TensorId};

impl Graph {
    /// [`Op::Embedding`] with the weight `name.weight` `[symbols, channels]`.
    ///
    /// # Errors
    /// When the ids are not one row of one channel.
    pub fn embedding(
        &mut self,
        name: &str,
        ids: TensorId,
        symbols: usize,
        channels: usize,
    ) -> Result<TensorId, GraphError> {
        let shape = self.shape(ids);
        self.require(name, shape.c == 1 && shape.h == 1, || {
            format!("ids have shape {shape}, expected [n, 1, 1, w]")
        })?;
        let table = self.weight(
            &format!("{name}.weight"),
            Shape::new(symbols, channels, 1, 1),
        )?;
        let output = Shape::sequence(shape.n, channels, shape.w);
        self.add_node(
            name,
            Op::Embedding { ids, table },
            output,
            self.lengths_of(ids),
        )
    }

    /// [`Op::AddPositions`].
    ///
    /// # Errors
    /// When `x` has rows.
    pub fn add_positions(&mut self, name: &str, x: TensorId) -> Result<TensorId, GraphError> {
        let shape = self.shape(x);
        self.require(name, shape.h == 1, || {
            format!("input has shape {shape}, expected one row")
        })?;
        self.add_node(name, Op::AddPositions { x }, shape, self.lengths_of(x))
    }

    /// [`Op::RegulateLength`]: column `index[n, w]` of `x` becomes column `w`.
    ///
    /// # Errors
    /// When `x` has rows or the batch sizes differ.
    pub fn regulate_length(
        &mut self,
        name: &str,
        x: TensorId,
        index: TensorId,
    ) -> Result<TensorId, GraphError> {
        let (shape, frames) = (self.shape(x), self.shape(index));
        self.require(name, shape.h == 1, || {
            format!("input has shape {shape}, expected one row")
        })?;
        self.require_shape(name, "index", index, Shape::sequence(shape.n, 1, frames.w))?;
        let output = Shape {
            w: frames.w,
            ..shape
        };
        self.add_node(
            name,
            Op::RegulateLength { x, index },
            output,
            self.lengths_of(index),
        )
    }

    /// [`Op::Transport`].
    ///
    /// # Errors
    /// When `x` has rows, or there is not one map of its channels and one offset for each item.
    pub fn transport(
        &mut self,
        name: &str,
        x: TensorId,
        map: TensorId,
        offset: TensorId,
    ) -> Result<TensorId, GraphError> {
        let (shape, outputs) = (self.shape(x), self.shape(map).h);
        self.require(name, shape.h == 1, || {
            format!("input has shape {shape}, expected one row")
        })?;
        self.require_shape(name, "map", map, Shape::new(shape.n, 1, outputs, shape.c))?;
        self.require_shape(name, "offset", offset, Shape::vector(shape.n, outputs))?;
        self.add_node(
            name,
            Op::Transport { x, map, offset },
            Shape::sequence(shape.n, outputs, shape.w),
            self.lengths_of(x),
        )
    }

    /// [`Op::MaskedMean`].
    ///
    /// # Errors
    /// When `x` has rows.
    pub fn masked_mean(&mut self, name: &str, x: TensorId) -> Result<TensorId, GraphError> {
        let shape = self.shape(x);
        self.require(name, shape.h == 1, || {
            format!("input has shape {shape}, expected one row")
        })?;
        self.add_node(
            name,
            Op::MaskedMean { x },
            Shape::vector(shape.n, shape.c),
            None,
        )
    }

    /// [`Op::Glu`].
    ///
    /// # Errors
    /// When `x` does not have twice the channels of `residual`.
    pub fn glu(
        &mut self,
        name: &str,
        x: TensorId,
        residual: TensorId,
    ) -> Result<TensorId, GraphError> {
        let shape = self.shape(residual);
        self.require_shape(
            name,
            "gated input",
            x,
            Shape {
                c: 2 * shape.c,
                ..shape
            },
        )?;
        self.add_node(
            name,
            Op::Glu { x, residual },
            shape,
            self.lengths_of(residual),
        )
    }

    /// [`Op::Add`].
    ///
    /// # Errors
    /// When `b` has neither the shape of `a` nor that of a vector per item.
    pub fn add(
        &mut self,
        name: &str,
        a: TensorId,
        b: TensorId,
        scale: f32,
    ) -> Result<TensorId, GraphError> {
        let (shape, other) = (self.shape(a), self.shape(b));
        self.require(
            name,
            other == shape || other == Shape::vector(shape.n, shape.c),
            || format!("cannot add {other} to {shape}"),
        )?;
        self.add_node(name, Op::Add { a, b, scale }, shape, self.lengths_of(a))
    }

    /// [`Op::Concat`].
    ///
    /// # Errors
    /// When the shapes differ in more than the channels.
    pub fn concat(&mut self, name: &str, a: TensorId, b: TensorId) -> Result<TensorId, GraphError> {
        let (shape, other) = (self.shape(a), self.shape(b));
        self.require_shape(
            name,
            "second operand",
            b,
            Shape {
                c: other.c,
                ..shape
            },
        )?;
        let output = Shape {
            c: shape.c + other.c,
            ..shape
        };
        self.add_node(name, Op::Concat { a, b }, output, self.lengths_of(a))
    }
}
