//! Sharing slots between tensors that are not needed at the same time: greedy by size (Pisarchyk and
//! Lee, arXiv 2001.03288), the smallest free slot first.

use std::cmp::Reverse;

use super::liveness::{Lifetime, Liveness};
use super::{Demand, Place, Slot, SlotId, Step};
use crate::graph::op::Graph;
use crate::graph::operation::Operation;
use crate::graph::tensor::{Origin, Shape, TensorId};

/// Slots are whole `vec4`s, so that kernels may read four elements at once.
const GRANULE: u64 = 16;

/// What is stored in one place.
#[derive(Debug, Clone)]
pub(super) struct Group {
    content: Content,
    lifetime: Lifetime,
    persistent: bool,
    bytes: u64,
}

#[derive(Debug, Clone)]
enum Content {
    /// Tensors, one after another.
    Tensors(Vec<TensorId>),
    /// One of a step's scratch buffers.
    Scratch { step: usize, index: usize },
}

/// Gives every tensor in use and every step's scratch a place.
pub(super) fn assign(
    graph: &Graph,
    liveness: &Liveness,
    mut groups: Vec<Group>,
    steps: &mut [Step],
) -> (Vec<Slot>, Vec<Place>) {
    // Stable, so equal sizes keep the order of the graph and a plan is the same every time.
    groups.sort_by_key(|group| Reverse(group.bytes));
    let mut slots: Vec<(Slot, Vec<Lifetime>)> = Vec::new();
    let mut places: Vec<_> = graph
        .tensor_ids()
        .map(|id| match liveness.lifetime(id) {
            Some(_) if is_weight(graph, id) => Place::Weight,
            _ => Place::Unused,
        })
        .collect();
    for group in groups {
        let index = match best_fit(&slots, &group) {
            Some(index) => index,
            None => {
                let slot = Slot {
                    bytes: group.bytes,
                    persistent: group.persistent,
                };
                slots.push((slot, Vec::new()));
                slots.len() - 1
            }
        };
        slots[index].1.push(group.lifetime);
        let slot = SlotId(u32::try_from(index).expect("fewer than 2^32 slots"));
        match group.content {
            Content::Tensors(members) => {
                for member in members {
                    places[member.index()] = Place::Slot(slot);
                }
            }
            Content::Scratch { step, index } => steps[step].scratch[index] = slot,
        }
    }
    (slots.into_iter().map(|(slot, _)| slot).collect(), places)
}

/// Memory of all tensors in use and of all scratch, each by itself.
pub(super) fn naive_bytes(graph: &Graph, liveness: &Liveness, groups: &[Group]) -> u64 {
    let stored = |id: &TensorId| liveness.lifetime(*id).is_some() && !is_weight(graph, *id);
    let stored = graph.tensor_ids().filter(stored);
    let tensors: u64 = stored.map(|id| tensor_bytes(graph, id)).sum();
    let is_scratch = |group: &&Group| matches!(group.content, Content::Scratch { .. });
    let scratch = groups.iter().filter(is_scratch);
    tensors + scratch.map(|group| group.bytes).sum::<u64>()
}

/// The smallest slot that is free during the group's lifetime. Groups come largest first, so every
/// slot is large enough.
fn best_fit(slots: &[(Slot, Vec<Lifetime>)], group: &Group) -> Option<usize> {
    if group.persistent {
        return None;
    }
    let free = |(slot, lifetimes): &(Slot, Vec<Lifetime>)| {
        !slot.persistent
            && !lifetimes
                .iter()
                .any(|lifetime| lifetime.overlaps(group.lifetime))
    };
    let free = slots.iter().enumerate().filter(|(_, slot)| free(slot));
    free.min_by_key(|(_, (slot, _))| slot.bytes)
        .map(|(index, _)| index)
}

/// What is stored together, in the order of the graph; then the scratch of each step.
pub(super) fn groups(
    graph: &Graph,
    liveness: &Liveness,
    steps: &[Step],
    demands: &[Demand],
) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut group_of = vec![None; graph.tensors().len()];
    let predecessors = predecessors(graph, steps);
    // An operand's id is lower than the output's, so its group exists when the output is reached.
    for id in graph.tensor_ids().filter(|&id| !is_weight(graph, id)) {
        let Some(lifetime) = liveness.lifetime(id) else {
            continue;
        };
        let persistent = liveness.is_persistent(id);
        let predecessor = predecessors[id.index()];
        let joined: Option<usize> = predecessor.and_then(|operand| group_of[operand.index()]);
        match joined.map(|index| &mut groups[index]) {
            Some(Group {
                content: Content::Tensors(members),
                lifetime: whole,
                persistent: any,
                ..
            }) => {
                members.push(id);
                *whole = whole.union(lifetime);
                *any |= persistent;
                group_of[id.index()] = joined;
            }
            _ => {
                group_of[id.index()] = Some(groups.len());
                groups.push(Group {
                    content: Content::Tensors(vec![id]),
                    lifetime,
                    persistent,
                    bytes: tensor_bytes(graph, id),
                });
            }
        }
    }
    for (step, Step { node, .. }) in steps.iter().enumerate() {
        let scratch = &demands[node.index()].scratch;
        groups.extend(scratch.iter().enumerate().map(|(index, shape)| Group {
            content: Content::Scratch { step, index },
            lifetime: Lifetime {
                first: step,
                last: step,
            },
            persistent: false,
            bytes: bytes(*shape),
        }));
    }
    groups
}

/// For each tensor, the operand whose place it takes.
fn predecessors(graph: &Graph, steps: &[Step]) -> Vec<Option<TensorId>> {
    let mut predecessors = vec![None; graph.tensors().len()];
    for step in steps {
        let node = &graph.nodes()[step.node.index()];
        let overwritten = node.op.overwritten().into_iter();
        for (operand, output) in overwritten.chain(step.in_place).zip(&node.outputs) {
            predecessors[output.index()] = Some(operand);
        }
    }
    predecessors
}

fn is_weight(graph: &Graph, id: TensorId) -> bool {
    graph.tensor(id).origin == Origin::Weight
}

fn tensor_bytes(graph: &Graph, id: TensorId) -> u64 {
    bytes(graph.shape(id))
}

/// Size of a tensor (both element types have four bytes), rounded up.
fn bytes(shape: Shape) -> u64 {
    (shape.elements() as u64 * 4).next_multiple_of(GRANULE)
}
