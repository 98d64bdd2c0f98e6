//! What a dispatch computes and moves, in figures, for a profile.

use std::sync::Arc;

use crate::gpu::describe::{bytes, shape};
use crate::gpu::program::{Planned, Program};
use crate::gpu::resolve::Resolved;
use crate::gpu::timing::DispatchInfo;
use crate::graph::{Graph, TensorId};

/// Describes a resolved dispatch.
pub(super) fn describe(
    graph: &Graph,
    program: &Program,
    planned: &Planned,
    resolved: &Resolved,
    is_f16: &dyn Fn(TensorId) -> bool,
) -> Arc<DispatchInfo> {
    Arc::new(DispatchInfo {
        node: graph.nodes()[planned.node.index()].name.clone(),
        kernel: planned.dispatch.kernel,
        entry: planned.dispatch.entry,
        shape: shape(graph, program, planned),
        workgroups: resolved.workgroups,
        flops: planned.dispatch.flops,
        bytes: bytes(graph, program, planned, is_f16),
    })
}
