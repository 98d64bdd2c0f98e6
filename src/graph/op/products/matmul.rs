//! Matrix products.

use super::finish::{bias, check_epilogue, finish, read};
use crate::graph::epilogue::{Activation, Epilogue};
use crate::graph::error::GraphError;
use crate::graph::operation::{Evaluation, Operation, present};
use crate::graph::recording::Recording;
use crate::graph::tensor::{Shape, TensorId};
use crate::graph::values::{Grid, Value, add_scaled};

/// Matrix product, the same for a linear layer and a convolution of kernel size 1:
/// `y[n, o, h, w] = epilogue(bias[o] + sum_c weight[o, c] * prologue(x[n, c, h, w]))`.
#[derive(Debug, Clone, PartialEq)]
pub struct MatMul {
    /// `[n, c, h, w]`
    pub x: TensorId,
    /// Weight `[o, c, 1, 1]`
    pub weight: TensorId,
    /// Weight `[o, 1, 1, 1]`
    pub bias: Option<TensorId>,
    /// Applied to `x` as it is read.
    pub prologue: Activation,
    /// Applied to the sum.
    pub epilogue: Epilogue,
}

impl<O: Operation + From<MatMul>> Recording<O> {
    /// [`MatMul`] with the weights `name.weight` `[channels, c]` and `name.bias`.
    ///
    /// # Errors
    /// When the residual's shape is not the output's.
    pub fn linear(
        &mut self,
        name: &str,
        x: TensorId,
        channels: usize,
        prologue: Activation,
        epilogue: Epilogue,
    ) -> Result<TensorId, GraphError> {
        let bias = bias(self, name, channels)?;
        self.product(name, x, channels, Some(bias), prologue, epilogue)
    }

    /// [`MatMul`] with the weight `name.weight` `[channels, c]` alone.
    ///
    /// # Errors
    /// When the weight was declared with another shape.
    pub fn linear_without_bias(
        &mut self,
        name: &str,
        x: TensorId,
        channels: usize,
    ) -> Result<TensorId, GraphError> {
        let (prologue, epilogue) = (Activation::Identity, Epilogue::NONE);
        self.product(name, x, channels, None, prologue, epilogue)
    }

    fn product(
        &mut self,
        name: &str,
        x: TensorId,
        channels: usize,
        bias: Option<TensorId>,
        prologue: Activation,
        epilogue: Epilogue,
    ) -> Result<TensorId, GraphError> {
        let shape = self.shape(x);
        let weight = self.weight(
            &format!("{name}.weight"),
            Shape::new(channels, shape.c, 1, 1),
        )?;
        let output = Shape {
            c: channels,
            ..shape
        };
        check_epilogue(self, name, &epilogue, output)?;
        let product = MatMul {
            x,
            weight,
            bias,
            prologue,
            epilogue,
        };
        self.add_node(name, product, output, self.lengths_of(x))
    }
}

impl Operation for MatMul {
    fn name(&self) -> &'static str {
        "matmul"
    }

    fn operands(&self) -> Vec<(&'static str, TensorId)> {
        present([
            ("x", Some(self.x)),
            ("weight", Some(self.weight)),
            ("bias", self.bias),
            ("gain", self.epilogue.gain),
            ("residual", self.epilogue.residual),
        ])
    }

    fn evaluate(&self, at: &Evaluation<'_>) -> Result<Vec<Value>, GraphError> {
        let x = read(at, self.x, self.prologue);
        let (x, weight, shape) = (x.view(), at.floats(self.weight), at.output());
        let mut sums = Grid::zeros(shape);
        for n in 0..shape.n {
            for o in 0..shape.c {
                for c in 0..x.shape.c {
                    add_scaled(sums.plane_mut(n, o), weight.at(o, c, 0, 0), x.plane(n, c));
                }
            }
        }
        Ok(finish(at, &sums, self.bias, self.epilogue).into_values())
    }
}
