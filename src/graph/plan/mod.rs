//! The planner: which nodes run, in which buffer each tensor is stored, and what runs in place.
//!
//! A [`Plan`] is pure data. Activations live in *slots*, each a separate buffer of the executor
//! (wgpu refuses one buffer that a dispatch both reads and writes, even at different offsets). A slot
//! serves one tensor after another; a node's output never shares a slot with an operand of the same
//! node, except where the node runs in place:
//!
//! - [`Operation::overwritten`](super::Operation::overwritten) operands always hand their place to the
//!   outputs;
//! - [`Demand::may_overwrite`] operands do when they are results of another node that nothing needs
//!   afterwards.
//!
//! How an executor computes a node is its own affair, but the memory that it needs meanwhile is planned
//! with everything else: it says so in a [`Demand`].
//!
//! Inputs and outputs have slots of their own, which nothing else uses. An input that a node
//! overwrites keeps its new value for the next run of the same plan: this is how the loop of the
//! reverse diffusion runs, with `state`, `clean` and `step` written by the host only once.

mod liveness;
mod slots;
#[cfg(test)]
mod tests;

use super::error::GraphError;
use super::op::Graph;
use super::tensor::{NodeId, Shape, TensorId};
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

/// What an executor needs for a node besides its tensors, and what it offers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Demand {
    /// Buffers that nothing but this node uses.
    pub scratch: Vec<Shape>,
    /// The operand whose place the first output may take when nothing reads that operand afterwards.
    pub may_overwrite: Option<TensorId>,
}

/// A node in its turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The node to run.
    pub node: NodeId,
    /// The [`Demand::may_overwrite`] operand, if the first output takes its place. Operands that a node
    /// has to overwrite ([`super::Operation::overwritten`]) are not a matter of planning.
    pub in_place: Option<TensorId>,
    /// Where each of [`Demand::scratch`] is.
    pub scratch: Vec<SlotId>,
}

/// An order of nodes and a place for every tensor of one graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    places: Vec<Place>,
    slots: Vec<Slot>,
    steps: Vec<Step>,
    naive_bytes: u64,
}

impl Plan {
    /// Plans a graph, given the demand of each of its nodes. Nodes whose results reach neither an output
    /// nor an overwritten input are dropped.
    ///
    /// # Errors
    /// When a node overwrites a weight, an output, or something that is read again; when an output is
    /// a weight; when a tensor has no elements; when two inputs have one name.
    ///
    /// # Panics
    /// When there are fewer demands than nodes.
    pub fn new(graph: &Graph, demands: &[Demand]) -> Result<Self, GraphError> {
        graph.check()?;
        let liveness = Liveness::of(graph);
        liveness.check_overwrites(graph)?;
        let mut steps: Vec<_> = (0..)
            .zip(liveness.nodes())
            .map(|(step, &node)| {
                let demand = &demands[node.index()];
                let in_place = demand.may_overwrite;
                Step {
                    node,
                    in_place: in_place.filter(|&it| liveness.may_run_in_place(graph, step, it)),
                    // Until every place is given.
                    scratch: vec![SlotId(u32::MAX); demand.scratch.len()],
                }
            })
            .collect();
        let groups = slots::groups(graph, &liveness, &steps, demands);
        let naive_bytes = slots::naive_bytes(graph, &liveness, &groups);
        let (slots, places) = slots::assign(graph, &liveness, groups, &mut steps);
        Ok(Self {
            places,
            slots,
            steps,
            naive_bytes,
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

    /// The nodes that run, in order.
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
