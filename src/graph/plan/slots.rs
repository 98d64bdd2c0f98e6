//! Sharing slots between tensors that are not needed at the same time: greedy by size (Pisarchyk and
//! Lee, arXiv 2001.03288), the smallest free slot first.

use std::cmp::Reverse;

use super::liveness::{Lifetime, Liveness};
use super::{Place, Slot, SlotId, Step, is_weight};
use crate::graph::builder::Graph;
use crate::graph::tensor::TensorId;

/// Slots are whole `vec4`s, so that kernels may read four elements at once.
const GRANULE: u64 = 16;

/// Tensors that are stored in one place, one after another.
#[derive(Debug, Clone)]
struct Group {
    members: Vec<TensorId>,
    lifetime: Lifetime,
    persistent: bool,
    bytes: u64,
}

/// Gives every tensor in use a place.
pub(super) fn assign(
    graph: &Graph,
    liveness: &Liveness,
    steps: &[Step],
) -> (Vec<Slot>, Vec<Place>) {
    let mut groups = groups(graph, liveness, steps);
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
        let slot =
            SlotId(u32::try_from(index).expect("no more slots than tensors, whose ids are u32"));
        for member in group.members {
            places[member.index()] = Place::Slot(slot);
        }
    }
    (slots.into_iter().map(|(slot, _)| slot).collect(), places)
}

/// Memory of all tensors in use, each by itself.
pub(super) fn naive_bytes(graph: &Graph, liveness: &Liveness) -> u64 {
    let stored = |id: &TensorId| liveness.lifetime(*id).is_some() && !is_weight(graph, *id);
    let stored = graph.tensor_ids().filter(stored);
    stored.map(|id| bytes(graph, id)).sum()
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

fn groups(graph: &Graph, liveness: &Liveness, steps: &[Step]) -> Vec<Group> {
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
        let joined = predecessor.and_then(|operand| group_of[operand.index()]);
        let index = joined.unwrap_or(groups.len());
        group_of[id.index()] = Some(index);
        match groups.get_mut(index) {
            Some(group) => {
                group.members.push(id);
                group.lifetime = group.lifetime.union(lifetime);
                group.persistent |= persistent;
            }
            None => groups.push(Group {
                members: vec![id],
                lifetime,
                persistent,
                bytes: bytes(graph, id),
            }),
        }
    }
    groups
}

/// For each tensor, the operand whose place it takes.
fn predecessors(graph: &Graph, steps: &[Step]) -> Vec<Option<TensorId>> {
    let mut predecessors = vec![None; graph.tensors().len()];
    for step in steps {
        let node = &graph.nodes()[step.node.index()];
        let overwritten = node.op.overwritten().into_iter();
        let optional = node.op.may_overwrite().filter(|_| step.in_place);
        for (operand, output) in overwritten.chain(optional).zip(&node.outputs) {
            predecessors[output.index()] = Some(operand);
        }
    }
    predecessors
}

/// Size of a tensor (both element types have four bytes), rounded up.
fn bytes(graph: &Graph, id: TensorId) -> u64 {
    (graph.shape(id).elements() as u64 * 4).next_multiple_of(GRANULE)
}
