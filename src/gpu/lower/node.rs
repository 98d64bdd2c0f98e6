//! A node on its way to dispatches.

use super::dispatch::{Dispatch, Operand, Scalar};
use crate::gpu::capabilities::Capabilities;
use crate::graph::{Graph, Node, Operation, Shape, TensorId};

/// Kernels that reduce over a workgroup, and under which names they do it by subgroup operations: with
/// `reduce_subgroups` for `reduce`.
const REDUCING: [(&str, &str); 4] = [
    ("attention_weights", "attention_weights_subgroups"),
    ("group_norm_statistics", "group_norm_statistics_subgroups"),
    (
        "linear_attention_statistics",
        "linear_attention_statistics_subgroups",
    ),
    ("masked_mean", "masked_mean_subgroups"),
];

/// The kernel that does the same as this one with subgroup operations of any size, if there is one.
pub(in crate::gpu) fn by_subgroups(kernel: &str) -> Option<&'static str> {
    let mut reducing = REDUCING.into_iter();
    reducing.find_map(|(name, variant)| (name == kernel).then_some(variant))
}

/// A node with its graph and the adapter that it is lowered for.
pub(super) struct Lowering<'a> {
    pub(super) graph: &'a Graph,
    pub(super) node: &'a Node,
    pub(super) capabilities: Capabilities,
}

impl Lowering<'_> {
    pub(super) fn shape(&self, id: TensorId) -> Shape {
        self.graph.shape(id)
    }

    /// The (first) output.
    pub(super) fn output_id(&self) -> TensorId {
        self.node.outputs[0]
    }

    /// Shape of the (first) output.
    pub(super) fn output(&self) -> Shape {
        self.shape(self.output_id())
    }

    /// A dispatch of `kernel` with the node's operands bound under their names and the output under
    /// `y`; outputs of operations that always overwrite are bound under their operands' names only.
    pub(super) fn dispatch(&self, kernel: &'static str) -> Dispatch {
        let mut operands = self.node.op.operands();
        if self.node.op.overwritten().is_empty() {
            operands.push(("y", self.output_id()));
        }
        let operands = operands.into_iter();
        self.stage(kernel, operands.map(|(name, id)| (name, id.into())))
    }

    /// A dispatch of `kernel` with these operands. Where the kernel reduces over a workgroup and the
    /// adapter has subgroups, it is the variant that uses them.
    pub(super) fn stage(
        &self,
        kernel: &'static str,
        operands: impl IntoIterator<Item = (&'static str, Operand)>,
    ) -> Dispatch {
        let variant = by_subgroups(kernel).filter(|_| self.capabilities.subgroups);
        Dispatch::new(variant.unwrap_or(kernel), operands.into_iter().collect())
    }

    /// Parameters `lengths_numerator` and `lengths_denominator` and the operand `lengths`: the valid
    /// columns of `tensor`.
    pub(super) fn valid_columns_of(&self, tensor: TensorId, dispatch: Dispatch) -> Dispatch {
        let Some(lengths) = self.graph.tensor(tensor).lengths else {
            return dispatch.every_column();
        };
        let mut dispatch = dispatch
            .param("lengths_numerator", Scalar::U32(lengths.numerator))
            .param("lengths_denominator", Scalar::U32(lengths.denominator));
        dispatch.operands.push(("lengths", lengths.tensor.into()));
        dispatch
    }
}
