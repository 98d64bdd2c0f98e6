//! The planner: which nodes run, in which buffer each tensor is stored, and what runs in place.
//!
//! A [`Plan`] is pure data. Activations live in *slots*, each a separate buffer of the executor
//! (wgpu refuses one buffer that a dispatch both reads and writes, even at different offsets). A slot
//! serves one tensor after another; a node's output never shares a slot with an operand of the same
//! node, except where the node runs in place:
//!
//! - [`Op::overwritten`](super::Op::overwritten) operands always hand their place to the outputs;
//! - [`Op::may_overwrite`](super::Op::may_overwrite) operands do when they are results of another node
//!   that nothing needs afterwards.
//!
//! Inputs and outputs have slots of their own, which nothing else uses. An input that a node
//! overwrites keeps its new value for the next run of the same plan: this is how the loop of the
//! reverse diffusion runs, with `state`, `clean` and `step` written by the host only once.

mod liveness;
mod slots;
#[cfg(test)]
mod tests;

use super::builder::Graph;
use super::error::GraphError;
use super::op::NodeId;
use super::tensor::{Origin, TensorId};
use liveness::Liveness;

/// Index of a slot in its plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotId(u32);

impl SlotId {
    /// Position in [`Plan::slots`].
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Where a tensor is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// With the weights, under the tensor's name.
    Weight,
    /// In a slot, from its first element on.
    Slot(SlotId),
    /// Nowhere: no node that runs reads or writes the tensor.
    Unused,
}

/// A buffer for activations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Slot {
    /// Size in bytes, a multiple of 16.
    pub bytes: u64,
    /// Whether it belongs to an input or output (and what shares its place by overwriting) alone, and
    /// so keeps its content between runs.
    pub persistent: bool,
}

/// One dispatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Step {
    /// The node to run.
    pub node: NodeId,
    /// Whether the output takes the place of the [`super::Op::may_overwrite`] operand. Operands that a
    /// node has to overwrite ([`super::Op::overwritten`]) are not a matter of planning.
    pub in_place: bool,
}

/// An order of dispatches and a place for every tensor of one graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    places: Vec<Place>,
    slots: Vec<Slot>,
    steps: Vec<Step>,
    naive_bytes: u64,
}

impl Plan {
    /// Plans a graph. Nodes whose results reach neither an output nor an overwritten input are
    /// dropped.
    ///
    /// # Errors
    /// When a node overwrites a weight, an output, or something that is read again; when an output is
    /// a weight; when a tensor has no elements; when two inputs have one name.
    pub fn new(graph: &Graph) -> Result<Self, GraphError> {
        graph.check()?;
        let liveness = Liveness::of(graph);
        liveness.check_overwrites(graph)?;
        let steps: Vec<_> = (0..)
            .zip(liveness.nodes())
            .map(|(step, &node)| Step {
                node,
                in_place: liveness.may_run_in_place(graph, step),
            })
            .collect();
        let (slots, places) = slots::assign(graph, &liveness, &steps);
        Ok(Self {
            steps,
            naive_bytes: slots::naive_bytes(graph, &liveness),
            places,
            slots,
        })
    }

    /// Where a tensor of the planned graph is stored.
    #[must_use]
    pub fn place(&self, tensor: TensorId) -> Place {
        self.places[tensor.index()]
    }

    /// The buffers that a run needs besides the weights; [`SlotId::index`] is the position here.
    #[must_use]
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// The dispatches in order.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Memory of all slots.
    #[must_use]
    pub fn planned_bytes(&self) -> u64 {
        self.slots.iter().map(|slot| slot.bytes).sum()
    }

    /// Memory that the same tensors would take without sharing, for comparison.
    #[must_use]
    pub const fn naive_bytes(&self) -> u64 {
        self.naive_bytes
    }
}

fn is_weight(graph: &Graph, id: TensorId) -> bool {
    graph.tensor(id).origin == Origin::Weight
}
