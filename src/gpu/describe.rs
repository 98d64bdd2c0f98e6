//! A node's work in a line and in bytes, for those who measure it.

use crate::graph::{Activation, Epilogue, Graph, Node, Op, TensorId, WeightFormat};

/// What a node reads and makes: the first operand and a product's other factor, what else decides how
/// long it takes, and the first output, as in
/// `[1, 64, 80, 88] * [64, 64, 3, 3], stride 2 -> [1, 64, 40, 44]`.
pub fn shape(graph: &Graph, node: &Node) -> String {
    let operands = node.op.operands();
    let named = |name: &str| operands.iter().find(|(known, _)| *known == name);
    let extents = |&(_, id): &(&str, TensorId)| graph.shape(id).to_string();
    let mut read = operands.first().map(extents).unwrap_or_default();
    // A product's other factor.
    if let Some(factor) = ["weight", "value", "key"].into_iter().find_map(named) {
        read = format!("{read} * {}", extents(factor));
    }
    let mut parts = vec![read];
    parts.extend(named("b").map(extents));
    parts.extend(notes(&node.op));
    format!("{} -> {}", parts.join(", "), graph.shape(node.outputs[0]))
}

/// Bytes that move if each operand is read once, as far as it is needed, and each result written once.
pub fn bytes(graph: &Graph, node: &Node, is_f16: &dyn Fn(TensorId) -> bool) -> u64 {
    let operands = node.op.operands().into_iter();
    let moved = operands.chain(node.outputs.iter().map(|&id| ("y", id)));
    moved
        .map(|(name, id)| {
            let element = if is_f16(id) {
                WeightFormat::F16
            } else {
                WeightFormat::F32
            };
            let elements = graph.shape(id).elements();
            // Of queries, keys and values in one tensor, an operation needs those that it combines.
            let needed = match (&node.op, name) {
                (Op::LinearAttentionStatistics { .. } | Op::LinearAttentionApply { .. }, "qkv") => {
                    elements / 3
                }
                (Op::LinearAttentionContext { .. }, "qkv") => 2 * elements / 3,
                _ => elements,
            };
            (needed * element.bytes()) as u64
        })
        .sum()
}

fn notes(op: &Op) -> Vec<String> {
    match *op {
        Op::MatMul {
            prologue, epilogue, ..
        } => product(1, 1, prologue, epilogue),
        Op::Conv1d {
            dilation,
            prologue,
            epilogue,
            ..
        } => product(1, dilation, prologue, epilogue),
        Op::Conv2d {
            stride, epilogue, ..
        } => product(stride, 1, Activation::Identity, epilogue),
        Op::ConvTranspose1d {
            stride, prologue, ..
        } => product(stride, 1, prologue, Epilogue::NONE),
        Op::ConvTranspose2d { stride, .. } => {
            product(stride, 1, Activation::Identity, Epilogue::NONE)
        }
        Op::GroupNormApply {
            shift, activation, ..
        } => {
            let shift = shift.map(|_| "shift".to_owned());
            name(activation).into_iter().chain(shift).collect()
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
    };
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{bytes, shape};
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

    #[test]
    fn a_line_tells_what_a_node_computes() {
        let graph = convolution();
        let line = shape(&graph, &graph.nodes()[0]);
        assert_eq!(
            line,
            "[2, 4, 1, 10] * [6, 4, 1, 3], dilation 2, relu -> [2, 6, 1, 10]"
        );
    }

    #[test]
    fn every_operand_moves_once_and_halfs_are_half() {
        let graph = convolution();
        let node = &graph.nodes()[0];
        let elements = 2 * 4 * 10 + 6 * 4 * 3 + 6 + 2 * 6 * 10;
        assert_eq!(bytes(&graph, node, &|_| false), 4 * elements);
        let weight = |id: TensorId| graph.tensor(id).name == "conv.weight";
        assert_eq!(bytes(&graph, node, &weight), 4 * elements - 2 * 6 * 4 * 3);
    }
}
