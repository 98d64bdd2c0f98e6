//! A dispatch's work in a line and in bytes, for those who measure it.

use super::lower::Operand;
use super::program::{Planned, Program};
use crate::graph::{Activation, Epilogue, Graph, GroupNorm, Op, Operation, TensorId, WeightFormat};

/// What a dispatch reads and makes: the first operand and a product's other factor, what else decides how
/// long it takes, and the output, as in `[1, 64, 80, 88] * [64, 64, 3, 3], stride 2 -> [1, 64, 40, 44]`.
pub fn shape(graph: &Graph, program: &Program, planned: &Planned) -> String {
    let node = &graph.nodes()[planned.node.index()];
    let operands = &planned.dispatch.operands;
    let extents = |operand| program.shape(graph, planned, operand).to_string();
    let named = |name: &str| {
        let mut operands = operands.iter();
        operands.find_map(|&(known, operand)| (known == name).then(|| extents(operand)))
    };
    let mut read = operands
        .first()
        .map_or_else(String::new, |&(_, it)| extents(it));
    // A product's other factor.
    if let Some(factor) = ["weight", "value", "key"].into_iter().find_map(named) {
        read = format!("{read} * {factor}");
    }
    let mut parts = vec![read];
    parts.extend(named("b"));
    parts.extend(notes(&node.op));
    let made = named("y").unwrap_or_else(|| graph.shape(node.outputs[0]).to_string());
    format!("{} -> {made}", parts.join(", "))
}

/// Bytes that move if each operand is read once, as far as it is needed, and each result written once.
pub fn bytes(
    graph: &Graph,
    program: &Program,
    planned: &Planned,
    is_f16: &dyn Fn(TensorId) -> bool,
) -> u64 {
    let dispatch = &planned.dispatch;
    let moved = |&(name, operand): &(&str, Operand)| {
        let format = match operand {
            Operand::Tensor(id) if is_f16(id) => WeightFormat::F16,
            _ => WeightFormat::F32,
        };
        let mut partial = dispatch.partial.iter();
        let elements = partial
            .find_map(|&(part, elements)| (part == name).then_some(elements))
            .unwrap_or_else(|| program.shape(graph, planned, operand).elements());
        let times = if is_overwritten(graph, planned, operand) {
            2
        } else {
            1
        };
        (times * elements * format.bytes()) as u64
    };
    dispatch.operands.iter().map(moved).sum()
}

/// Whether an operand is read and written.
fn is_overwritten(graph: &Graph, planned: &Planned, operand: Operand) -> bool {
    let node = &graph.nodes()[planned.node.index()];
    let Operand::Tensor(id) = operand else {
        return false;
    };
    let in_place = planned.dispatch.entry == "in_place" && id == node.outputs[0];
    in_place || node.op.overwritten().contains(&id)
}

fn notes(op: &Op) -> Vec<String> {
    match op {
        Op::MatMul(op) => product(1, 1, op.prologue, op.epilogue),
        Op::Convolution(op) => product(op.stride[1], op.dilation, op.prologue, op.epilogue),
        Op::TransposedConvolution(op) => product(op.stride[1], 1, op.prologue, Epilogue::NONE),
        Op::GroupNorm(GroupNorm {
            shift, activation, ..
        }) => {
            let shift = shift.map(|_| "shift".to_owned());
            name(*activation).into_iter().chain(shift).collect()
        }
        _ => Vec::new(),
    }
}

fn product(
    stride: usize,
    dilation: usize,
    prologue: Activation,
    epilogue: Epilogue,
) -> Vec<String> {
    let stride = (stride > 1).then(|| format!("stride {stride}"));
    let dilation = (dilation > 1).then(|| format!("dilation {dilation}"));
    let before = name(prologue).map(|name| format!("{name} before"));
    let gain = epilogue.gain.map(|_| "gain".to_owned());
    let residual = epilogue.residual.map(|_| "residual".to_owned());
    let after = name(epilogue.activation);
    [stride, dilation, before, after, gain, residual]
        .into_iter()
        .flatten()
        .collect()
}

fn name(activation: Activation) -> Option<String> {
    let name = match activation {
        Activation::Identity => return None,
        Activation::Relu => "relu",
        Activation::LeakyRelu(_) => "leaky relu",
        Activation::Mish => "mish",
        Activation::Tanh => "tanh",
        Activation::Silu => "silu",
    };
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{bytes, shape};
    use crate::gpu::planning::Planning;
    use crate::gpu::program::Program;
    use crate::graph::{Activation, Conv1d, DType, Epilogue, Graph, Shape, TensorId};

    /// A dilated convolution from 4 to 6 channels, its weight being of 3 taps.
    fn convolution() -> Graph {
        let mut graph = Graph::new();
        let x = graph.input("x", Shape::sequence(2, 4, 10), DType::F32);
        let conv = Conv1d {
            channels: 6,
            kernel: 3,
            dilation: 2,
        };
        let relu = Epilogue::activation(Activation::Relu);
        let y = graph.conv1d("conv", x, conv, Activation::Identity, relu);
        graph.output(y.expect("shapes agree"));
        graph
    }

    fn planned(graph: &Graph) -> Program {
        Program::new(graph, &Planning::default()).expect("a sound graph")
    }

    #[test]
    fn a_line_tells_what_a_dispatch_computes() {
        let graph = convolution();
        let program = planned(&graph);
        let line = shape(&graph, &program, &program.dispatches()[0]);
        assert_eq!(
            line,
            "[2, 4, 1, 10] * [6, 4, 1, 3], dilation 2, relu -> [2, 6, 1, 10]"
        );
    }

    #[test]
    fn every_operand_moves_once_and_halfs_are_half() {
        let graph = convolution();
        let program = planned(&graph);
        let dispatch = &program.dispatches()[0];
        let elements = 2 * 4 * 10 + 6 * 4 * 3 + 6 + 2 * 6 * 10;
        assert_eq!(bytes(&graph, &program, dispatch, &|_| false), 4 * elements);
        let weight = |id: TensorId| graph.tensor(id).name == "conv.weight";
        assert_eq!(
            bytes(&graph, &program, dispatch, &weight),
            4 * elements - 2 * 6 * 4 * 3
        );
    }
}
