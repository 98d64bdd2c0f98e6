//! What a dispatch computes and moves, in figures, for a profile.

use std::sync::Arc;

use crate::gpu::describe::{bytes, shape};
use crate::gpu::lower::Dispatch;
use crate::gpu::resolve::Resolved;
use crate::gpu::timing::DispatchInfo;
use crate::graph::{Graph, Node, TensorId};

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
