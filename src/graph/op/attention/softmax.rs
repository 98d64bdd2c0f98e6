//! Multi-head attention.

use crate::graph::error::GraphError;
use crate::graph::operation::{Evaluation, Operation};
use crate::graph::recording::Recording;
use crate::graph::tensor::{Shape, TensorId};
use crate::graph::values::{Grid, Value, add_scaled, dot};

/// Multi-head attention (Vaswani et al., arXiv 1706.03762) of a sequence on itself, or on another:
/// `weights[n, head, q, k] = softmax_k(scale * sum_d query[n, head * dim + d, q] * key[n, head * dim + d, k])`
/// over the valid keys, `y[n, head * dim + d, 0, q] = sum_k weights[n, head, q, k] * value[n, head * dim + d, 0, k]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Attention {
    /// `[n, heads * dim, 1, wq]`
    pub query: TensorId,
    /// `[n, heads * dim, 1, wk]`
    pub key: TensorId,
    /// `[n, heads * dim, 1, wk]`
    pub value: TensorId,
    /// Number of heads.
    pub heads: usize,
    /// Multiplies the scores.
    pub scale: f32,
}

impl<O: Operation + From<Attention>> Recording<O> {
    /// [`Attention`] of projected queries `[n, c, 1, wq]` on projected keys and values `[n, c, 1, wk]`,
    /// masked by the key's lengths.
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
        let attention = Attention {
            query,
            key,
            value,
            heads,
            scale,
        };
        self.add_node(name, attention, shape, self.lengths_of(query))
    }
}

impl Operation for Attention {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn operands(&self) -> Vec<(&'static str, TensorId)> {
        vec![
            ("query", self.query),
            ("key", self.key),
            ("value", self.value),
        ]
    }

    fn evaluate(&self, at: &Evaluation<'_>) -> Result<Vec<Value>, GraphError> {
        let [query, key, value] = [self.query, self.key, self.value].map(|id| at.floats(id));
        let (queries, keys) = (at.valid(self.query), at.valid(self.key));
        let dim = query.shape.c / self.heads;
        let mut y = Grid::zeros(query.shape);
        for (n, (&queries, &keys)) in queries.iter().zip(&keys).enumerate() {
            for head in 0..self.heads {
                for q in 0..queries {
                    let mut weights = vec![0.0; keys];
                    for channel in head * dim..(head + 1) * dim {
                        let factor = f64::from(self.scale) * query.at(n, channel, 0, q);
                        add_scaled(&mut weights, factor, key.row(n, channel, 0));
                    }
                    softmax(&mut weights);
                    for channel in head * dim..(head + 1) * dim {
                        y.row_mut(n, channel, 0)[q] = dot(&weights, value.row(n, channel, 0));
                    }
                }
            }
        }
        Ok(y.into_values())
    }
}

fn softmax(row: &mut [f64]) {
    let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    for x in row.iter_mut() {
        *x = (*x - largest).exp();
    }
    let sum: f64 = row.iter().sum();
    for x in row {
        *x /= sum;
    }
}
