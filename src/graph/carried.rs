//! Loop-carried state: which tensors live on in the place of an input.

use super::op::Graph;
use super::operation::Operation;
use super::tensor::TensorId;

impl Graph {
    /// For each tensor, the one in whose place it is stored because of [`Operation::overwritten`],
    /// followed back to the beginning; for most tensors, the tensor itself.
    ///
    /// Where this is an input, the tensor is loop-carried state: the next run of the same plan finds
    /// it as that input's value.
    #[must_use]
    pub fn homes(&self) -> Vec<TensorId> {
        let mut homes: Vec<_> = self.tensor_ids().collect();
        for node in self.nodes() {
            for (operand, output) in node.op.overwritten().into_iter().zip(&node.outputs) {
                homes[output.index()] = homes[operand.index()];
            }
        }
        homes
    }
}
