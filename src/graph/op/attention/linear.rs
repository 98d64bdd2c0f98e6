//! The U-Net's linear attention.

use crate::graph::epilogue::{Activation, Epilogue};
use crate::graph::error::GraphError;
use crate::graph::op::products::MatMul;
use crate::graph::operation::{Evaluation, Operation};
use crate::graph::recording::Recording;
use crate::graph::tensor::{Shape, TensorId};
use crate::graph::values::{Grid, Value, add_scaled, dot};

/// Linear attention over all rows and columns (Shen et al., arXiv 1812.01243). Of queries, keys and
/// values, each `heads * dim` channels in this order:
/// `context[n, head, d, e] = sum_{h, w} softmax_{h, w}(key[n, head * dim + d]) * value[n, head * dim + e, h, w]`
/// over all rows and valid columns,
/// `y[n, head * dim + e, h, w] = sum_d context[n, head, d, e] * query[n, head * dim + d, h, w]`.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearAttention {
    /// `[n, 3 * heads * dim, h, w]`
    pub qkv: TensorId,
    /// Number of heads.
    pub heads: usize,
}

impl<O: Operation + From<LinearAttention> + From<MatMul>> Recording<O> {
    /// [`LinearAttention`] of `x` between two linear layers, with the weights `name.to_qkv.weight`
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
        let inner = heads * dim;
        let qkv = self.linear_without_bias(&format!("{name}.to_qkv"), x, 3 * inner)?;
        let output = Shape { c: inner, ..shape };
        let mixed = self.add_node(
            name,
            LinearAttention { qkv, heads },
            output,
            self.lengths_of(x),
        )?;
        let plain = Activation::Identity;
        self.linear(&format!("{name}.to_out"), mixed, shape.c, plain, epilogue)
    }
}

impl Operation for LinearAttention {
    fn name(&self) -> &'static str {
        "linear_attention"
    }

    fn operands(&self) -> Vec<(&'static str, TensorId)> {
        vec![("qkv", self.qkv)]
    }

    fn evaluate(&self, at: &Evaluation<'_>) -> Result<Vec<Value>, GraphError> {
        let qkv = at.floats(self.qkv);
        let inner = qkv.shape.c / 3;
        let dim = inner / self.heads;
        let mut y = Grid::zeros(at.output());
        for (n, &valid) in at.valid(self.qkv).iter().enumerate() {
            let values: Vec<_> = (0..inner)
                .map(|e| qkv.valid_elements(n, 2 * inner + e, valid))
                .collect();
            for channel in 0..inner {
                let mut keys = qkv.valid_elements(n, inner + channel, valid);
                let largest = keys.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                for key in &mut keys {
                    *key = (*key - largest).exp();
                }
                let sum: f64 = keys.iter().sum();
                let query = qkv.plane(n, channel);
                let head = channel / dim * dim;
                for (e, value) in values.iter().enumerate().skip(head).take(dim) {
                    let context = dot(&keys, value) / sum;
                    add_scaled(y.plane_mut(n, e), context, query);
                }
            }
        }
        Ok(y.into_values())
    }
}
