//! Multi-head attention and the U-Net's linear attention.

use super::Graph;
use crate::graph::error::GraphError;
use crate::graph::op::{Epilogue, Op};
use crate::graph::tensor::{Shape, TensorId};

impl Graph {
    /// Multi-head attention of projected queries `[n, c, 1, wq]` on projected keys and values
    /// `[n, c, 1, wk]`, masked by the key's lengths: of a sequence on itself, or of one on another. Two
    /// nodes: `name.weights` and `name.mix`.
    ///
    /// # Errors
    /// When keys or values have other items or channels than the queries, values another shape than the
    /// keys, or the heads do not divide the channels.
    pub fn attention(
        &mut self,
        name: &str,
        query: TensorId,
        key: TensorId,
        value: TensorId,
        heads: usize,
        scale: f32,
    ) -> Result<TensorId, GraphError> {
        let shape = self.shape(query);
        let keys = Shape {
            w: self.shape(key).w,
            ..shape
        };
        self.require_shape(name, "key", key, keys)?;
        self.require_shape(name, "value", value, keys)?;
        self.require(
            name,
            heads > 0 && shape.c.is_multiple_of(heads) && shape.h == 1,
            || format!("{heads} heads do not divide the channels of a one-row {shape}"),
        )?;
        // The weights' columns are keys: their lengths are the key's; masked queries are rows of zeros.
        let lengths = self.lengths_of(key);
        let op = Op::AttentionWeights {
            query,
            key,
            heads,
            scale,
        };
        let weights = Shape::new(shape.n, heads, shape.w, keys.w);
        let weights = self.add_node(&format!("{name}.weights"), op, weights, lengths)?;
        let op = Op::AttentionMix { weights, value };
        self.add_node(&format!("{name}.mix"), op, shape, self.lengths_of(query))
    }

    /// Linear attention over all rows and columns with the weights `name.to_qkv.weight`
    /// `[3 * heads * dim, c]` and `name.to_out.{weight, bias}`, finished by `epilogue`.
    ///
    /// # Errors
    /// When the epilogue's residual does not have the shape of `x`.
    pub fn linear_attention(
        &mut self,
        name: &str,
        x: TensorId,
        heads: usize,
        dim: usize,
        epilogue: Epilogue,
    ) -> Result<TensorId, GraphError> {
        let shape = self.shape(x);
        let lengths = self.lengths_of(x);
        let inner = heads * dim;
        let qkv = self.linear_without_bias(&format!("{name}.to_qkv"), x, 3 * inner)?;
        let op = Op::LinearAttentionStatistics { qkv, heads };
        let statistics = self.add_node(
            &format!("{name}.statistics"),
            op,
            Shape::new(shape.n, inner, 1, 2),
            None,
        )?;
        let op = Op::LinearAttentionContext { qkv, statistics };
        let context = self.add_node(
            &format!("{name}.context"),
            op,
            Shape::new(shape.n, heads, dim, dim),
            None,
        )?;
        let op = Op::LinearAttentionApply { qkv, context };
        let mixed = self.add_node(
            &format!("{name}.apply"),
            op,
            Shape { c: inner, ..shape },
            lengths,
        )?;
        let identity = crate::graph::op::Activation::Identity;
        self.linear(
            &format!("{name}.to_out"),
            mixed,
            shape.c,
            identity,
            epilogue,
        )
    }
}
