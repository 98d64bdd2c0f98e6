//! What comes before and after the sum of a product.

use crate::graph::epilogue::{Activation, Epilogue};
use crate::graph::error::GraphError;
use crate::graph::operation::{Evaluation, Operation};
use crate::graph::recording::Recording;
use crate::graph::tensor::{Shape, TensorId};
use crate::graph::values::Grid;

/// The weight `name.bias`.
pub(super) fn bias<O: Operation>(
    graph: &mut Recording<O>,
    name: &str,
    channels: usize,
) -> Result<TensorId, GraphError> {
    graph.weight(&format!("{name}.bias"), Shape::vector(channels, 1))
}

/// Fails unless the epilogue's operands fit an output of this shape.
pub(super) fn check_epilogue<O: Operation>(
    graph: &Recording<O>,
    name: &str,
    epilogue: &Epilogue,
    output: Shape,
) -> Result<(), GraphError> {
    if let Some(residual) = epilogue.residual {
        graph.require_shape(name, "residual", residual, output)?;
    }
    if let Some(gain) = epilogue.gain {
        graph.require_shape(name, "gain", gain, Shape::vector(1, 1))?;
    }
    Ok(())
}

/// The operand of a product with its prologue applied.
pub(super) fn read(at: &Evaluation<'_>, x: TensorId, prologue: Activation) -> Grid {
    Grid::from_view(at.floats(x), |x| prologue.apply(x))
}

/// `gain * activation(sum + bias) + residual`.
pub(super) fn finish(
    at: &Evaluation<'_>,
    sums: &Grid,
    bias: Option<TensorId>,
    epilogue: Epilogue,
) -> Grid {
    let sums = sums.view();
    let bias = bias.map(|id| at.floats(id));
    let gain = epilogue.gain.map_or(1.0, |id| at.number(id));
    let residual = epilogue.residual.map(|id| at.floats(id));
    Grid::from_fn(sums.shape, |n, c, h, w| {
        let bias = bias.map_or(0.0, |bias| bias.at(c, 0, 0, 0));
        let y = epilogue.activation.apply(sums.at(n, c, h, w) + bias);
        gain * y + residual.map_or(0.0, |residual| residual.at(n, c, h, w))
    })
}
