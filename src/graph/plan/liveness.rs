//! Which nodes run, and from when to when each tensor's value is needed.

use crate::graph::error::GraphError;
use crate::graph::op::Graph;
use crate::graph::operation::Operation;
use crate::graph::tensor::{NodeId, Origin, TensorId};

/// First and last step at which a tensor occupies its place, both inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lifetime {
    pub(super) first: usize,
    pub(super) last: usize,
}

impl Lifetime {
    pub(super) const fn overlaps(self, other: Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }

    pub(super) fn union(self, other: Self) -> Self {
        Self {
            first: self.first.min(other.first),
            last: self.last.max(other.last),
        }
    }
}

/// The live part of a graph.
#[derive(Debug)]
pub(super) struct Liveness {
    nodes: Vec<NodeId>,
    lifetimes: Vec<Option<Lifetime>>,
    persistent: Vec<bool>,
}

impl Liveness {
    pub(super) fn of(graph: &Graph) -> Self {
        let carried = carried(graph);
        let nodes = live_nodes(graph, &carried);
        let mut lifetimes: Vec<Option<Lifetime>> = vec![None; graph.tensors().len()];
        for &id in graph.outputs() {
            lifetimes[id.index()] = Some(Lifetime { first: 0, last: 0 });
        }
        for (step, &id) in nodes.iter().enumerate() {
            let node = &graph.nodes()[id.index()];
            for &output in &node.outputs {
                lifetimes[output.index()] = Some(Lifetime {
                    first: step,
                    last: step,
                });
            }
            for read in reads(graph, id) {
                let lifetime = &mut lifetimes[read.index()];
                let first = lifetime.map_or(0, |lifetime| lifetime.first);
                *lifetime = Some(Lifetime { first, last: step });
            }
        }
        let mut persistent = carried;
        for &id in graph.outputs() {
            persistent[id.index()] = true;
        }
        Self {
            nodes,
            lifetimes,
            persistent,
        }
    }

    /// Nodes that run, one a step.
    pub(super) fn nodes(&self) -> &[NodeId] {
        &self.nodes
    }

    /// `None` for a tensor that no step touches.
    pub(super) fn lifetime(&self, id: TensorId) -> Option<Lifetime> {
        self.lifetimes[id.index()]
    }

    /// Whether the tensor is an input, stored in the place of one, or an output.
    pub(super) fn is_persistent(&self, id: TensorId) -> bool {
        self.persistent[id.index()]
    }

    /// Fails where [`Operation::overwritten`] would destroy a value that is needed.
    pub(super) fn check_overwrites(&self, graph: &Graph) -> Result<(), GraphError> {
        for (step, &id) in self.nodes.iter().enumerate() {
            let op = &graph.nodes()[id.index()].op;
            for operand in op.overwritten() {
                if let Some(problem) = self.claim(graph, step, operand) {
                    return Err(GraphError::Overwrite {
                        node: graph.nodes()[id.index()].name.clone(),
                        tensor: graph.tensor(operand).name.clone(),
                        problem,
                    });
                }
            }
        }
        Ok(())
    }

    /// Why the operand of this step must not be overwritten, if so.
    fn claim(&self, graph: &Graph, step: usize, operand: TensorId) -> Option<String> {
        if graph.tensor(operand).origin == Origin::Weight {
            return Some("is a weight".to_owned());
        }
        if graph.outputs().contains(&operand) {
            return Some("is an output of the graph".to_owned());
        }
        if times_read(graph, self.nodes[step], operand) > 1 {
            return Some("it reads as another operand, too".to_owned());
        }
        let last = self.lifetime(operand)?.last;
        (last > step).then(|| {
            let reader = &graph.nodes()[self.nodes[last].index()].name;
            format!("{reader} reads afterwards")
        })
    }

    /// Whether this operand of this step is a node's result that nothing needs afterwards, of the shape of
    /// the first output.
    pub(super) fn may_run_in_place(&self, graph: &Graph, step: usize, operand: TensorId) -> bool {
        let id = self.nodes[step];
        let output = graph.nodes()[id.index()].outputs[0];
        matches!(graph.tensor(operand).origin, Origin::Node(_))
            && !self.is_persistent(operand)
            && self.lifetime(operand).is_some_and(|it| it.last == step)
            && times_read(graph, id, operand) == 1
            && graph.shape(operand) == graph.shape(output)
    }
}

/// For each tensor, whether it is an input or stored in the place of one.
fn carried(graph: &Graph) -> Vec<bool> {
    let homes = graph.homes().into_iter();
    homes
        .map(|home| graph.tensor(home).origin == Origin::Input)
        .collect()
}

/// Nodes that an output or an overwritten input depends on.
fn live_nodes(graph: &Graph, carried: &[bool]) -> Vec<NodeId> {
    let mut needed = vec![false; graph.tensors().len()];
    for &id in graph.outputs() {
        needed[id.index()] = true;
    }
    let mut live = Vec::new();
    for (id, node) in graph.node_ids().zip(graph.nodes()).rev() {
        let mut outputs = node.outputs.iter();
        if outputs.any(|output| needed[output.index()] || carried[output.index()]) {
            live.push(id);
            for read in reads(graph, id) {
                needed[read.index()] = true;
            }
        }
    }
    live.reverse();
    live
}

/// What a node reads: its operands, and the lengths of everything that it touches.
fn reads(graph: &Graph, id: NodeId) -> Vec<TensorId> {
    let node = &graph.nodes()[id.index()];
    let mut reads: Vec<_> = node.op.operands().into_iter().map(|(_, id)| id).collect();
    let touched = reads.iter().chain(&node.outputs);
    let lengths: Vec<_> = touched
        .filter_map(|&id| Some(graph.tensor(id).lengths?.tensor))
        .collect();
    reads.extend(lengths);
    reads
}

/// How often a node reads a tensor.
fn times_read(graph: &Graph, id: NodeId, tensor: TensorId) -> usize {
    let reads = reads(graph, id);
    reads.iter().filter(|read| **read == tensor).count()
}
