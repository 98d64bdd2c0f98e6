//! What a dispatch computes and moves, in figures, for a profile.

use std::sync::Arc;

use crate::gpu::lower::Dispatch;
use crate::gpu::profiler::DispatchInfo;
use crate::gpu::resolve::Resolved;
use crate::graph::{Graph, Node, Op, TensorId, WeightFormat};

/// Describes a resolved dispatch.
pub(super) fn describe(
    graph: &Graph,
    node: &Node,
    dispatch: &Dispatch,
    resolved: &Resolved,
    is_f16: &dyn Fn(TensorId) -> bool,
) -> Arc<DispatchInfo> {
    Arc::new(DispatchInfo {
        node: node.name.clone(),
        kernel: dispatch.kernel,
        entry: dispatch.entry,
        shape: shape(graph, node),
        workgroups: resolved.workgroups,
        flops: dispatch.flops,
        bytes: bytes(graph, node, is_f16),
    })
}

/// The first operand, a product's weight, and the first output.
fn shape(graph: &Graph, node: &Node) -> String {
    let read = node.op.operands().first().map(|&(_, id)| graph.shape(id));
    let written = graph.shape(node.outputs[0]);
    match (read, weight(&node.op)) {
        (Some(read), Some(weight)) => format!("{read} * {} -> {written}", graph.shape(weight)),
        (Some(read), None) => format!("{read} -> {written}"),
        (None, _) => written.to_string(),
    }
}

const fn weight(op: &Op) -> Option<TensorId> {
    match *op {
        Op::MatMul { weight, .. }
        | Op::Conv1d { weight, .. }
        | Op::Conv2d { weight, .. }
        | Op::ConvTranspose1d { weight, .. }
        | Op::ConvTranspose2d { weight, .. } => Some(weight),
        _ => None,
    }
}

/// Each operand read once, each result written once.
fn bytes(graph: &Graph, node: &Node, is_f16: &dyn Fn(TensorId) -> bool) -> u64 {
    let operands = node.op.operands().into_iter().map(|(_, id)| id);
    let moved = operands.chain(node.outputs.iter().copied());
    moved
        .map(|id| {
            let element = if is_f16(id) {
                WeightFormat::F16
            } else {
                WeightFormat::F32
            };
            (graph.shape(id).elements() * element.bytes()) as u64
        })
        .sum()
}
