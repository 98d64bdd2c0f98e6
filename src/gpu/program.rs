//! A graph as dispatches, and where everything is stored: what a device runs, still without one.

use super::context::Gpu;
use super::error::GpuError;
use super::lower::{Dispatch, Lowered, Operand, lower};
use super::planning::Planning;
use crate::graph::{Demand, Graph, NodeId, Place, Plan, Shape};

/// A graph lowered and planned for one device.
#[derive(Debug, Clone, PartialEq)]
pub struct Program {
    plan: Plan,
    dispatches: Vec<Planned>,
    /// Shapes of each step's scratch.
    scratch: Vec<Vec<Shape>>,
}

/// A dispatch in its turn.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// Position of its node among the plan's steps.
    pub step: usize,
    /// The node that it helps to compute.
    pub node: NodeId,
    /// What runs.
    pub dispatch: Dispatch,
}

impl Program {
    /// Lowers every node, and plans the memory of all of them together.
    ///
    /// # Errors
    /// When an operation cannot run on a GPU at this size, or the graph cannot be planned
    /// ([`Plan::new`]).
    pub fn new(graph: &Graph, planning: &Planning) -> Result<Self, GpuError> {
        let lowered = graph
            .nodes()
            .iter()
            .map(|node| lower(graph, node, planning.capabilities_for(graph, node)))
            .collect::<Result<Vec<Lowered>, _>>()?;
        let demands: Vec<Demand> = lowered.iter().map(|node| node.demand.clone()).collect();
        let plan = Plan::new(graph, &demands)?;
        let mut dispatches = Vec::new();
        let mut scratch = Vec::new();
        for (index, step) in plan.steps().iter().enumerate() {
            let output = graph.nodes()[step.node.index()].outputs[0];
            let node = &lowered[step.node.index()];
            scratch.push(node.demand.scratch.clone());
            dispatches.extend(node.dispatches.iter().map(|dispatch| {
                let dispatch = dispatch.clone();
                Planned {
                    step: index,
                    node: step.node,
                    dispatch: match step.in_place {
                        None => dispatch,
                        Some(operand) => dispatch.in_place(operand, output),
                    },
                }
            }));
        }
        Ok(Self {
            plan,
            dispatches,
            scratch,
        })
    }

    /// Where every tensor is stored, and the memory that it takes.
    #[must_use]
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What runs, in order.
    #[must_use]
    pub fn dispatches(&self) -> &[Planned] {
        &self.dispatches
    }

    /// Where an operand of a dispatch is stored.
    pub(super) fn place(&self, planned: &Planned, operand: Operand) -> Place {
        match operand {
            Operand::Tensor(id) => self.plan.place(id),
            Operand::Scratch(index) => Place::Slot(self.plan.steps()[planned.step].scratch[index]),
        }
    }

    /// Shape of an operand of a dispatch.
    #[must_use]
    pub fn shape(&self, graph: &Graph, planned: &Planned, operand: Operand) -> Shape {
        match operand {
            Operand::Tensor(id) => graph.shape(id),
            Operand::Scratch(index) => self.scratch[planned.step][index],
        }
    }
}

impl Gpu {
    /// Lowers and plans a graph for this device.
    ///
    /// # Errors
    /// As [`Program::new`].
    #[doc(hidden)] // for this project's programs and tests
    pub fn plan(&self, graph: &Graph) -> Result<Program, GpuError> {
        Program::new(graph, self.planning())
    }
}
