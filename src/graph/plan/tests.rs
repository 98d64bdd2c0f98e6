//! Plans of hand-made and of random graphs, checked by replaying them on slots that remember whose
//! value they hold.

use proptest::prelude::{Strategy, any, prop, proptest};

use super::{Demand, Place, Plan};
use crate::graph::epilogue::{Activation, Epilogue};
use crate::graph::error::GraphError;
use crate::graph::op::{Graph, Op, SolverInputs};
use crate::graph::operation::Operation;
use crate::graph::tensor::{DType, Shape, TensorId};

const SHAPE: Shape = Shape::sequence(1, 8, 4);

fn input(graph: &mut Graph, name: &str) -> TensorId {
    graph.input(name, SHAPE, DType::F32)
}

fn linear(graph: &mut Graph, name: &str, x: TensorId) -> TensorId {
    let channels = graph.shape(x).c;
    graph
        .linear(name, x, channels, Activation::Identity, Epilogue::NONE)
        .expect("a square layer fits its input")
}

fn solver_inputs(graph: &mut Graph) -> SolverInputs {
    SolverInputs {
        table: graph.input("table", Shape::new(1, 1, 6, 8), DType::F32),
        step: graph.input("step", Shape::new(1, 1, 1, 1), DType::U32),
        seeds: graph.input("seeds", Shape::new(1, 1, 1, 2), DType::U32),
    }
}

/// What an executor might say: some operations overwrite an operand, one needs scratch.
fn demands(graph: &Graph) -> Vec<Demand> {
    let demand = |op: &Op| match op {
        Op::Add(op) => Demand {
            may_overwrite: Some(op.a),
            ..Demand::default()
        },
        Op::AddPositions(op) => Demand {
            may_overwrite: Some(op.x),
            ..Demand::default()
        },
        Op::GroupNorm(op) => Demand {
            may_overwrite: Some(op.x),
            scratch: vec![Shape::vector(1, op.groups), Shape::vector(3, op.groups)],
        },
        _ => Demand::default(),
    };
    graph.nodes().iter().map(|node| demand(&node.op)).collect()
}

/// The plan of a graph with these demands.
fn planned(graph: &Graph) -> Result<Plan, GraphError> {
    Plan::new(graph, &demands(graph))
}

/// Runs the plan twice on slots that hold the name of a value, and fails when a step reads anything
/// but what the graph says, or when a result is gone at the end.
fn replay(graph: &Graph, plan: &Plan) {
    let homes = graph.homes();
    let slot = |id: TensorId| match plan.place(id) {
        Place::Slot(slot) => Some(slot.index()),
        Place::Weight | Place::Unused => None,
    };
    let mut contents = vec![None; plan.slots().len()];
    for id in graph.inputs() {
        if let Some(slot) = slot(id) {
            assert_eq!(contents[slot], None, "two inputs share a slot");
            contents[slot] = Some(id);
        }
    }
    for _ in 0..2 {
        for step in plan.steps() {
            let node = &graph.nodes()[step.node.index()];
            let mut given = node.op.overwritten();
            given.extend(step.in_place);
            for (name, operand) in node.op.operands() {
                let Some(slot) = slot(operand) else { continue };
                assert_eq!(contents[slot], Some(operand), "{} reads {name}", node.name);
                for (index, &output) in node.outputs.iter().enumerate() {
                    let own = given.get(index) == Some(&operand);
                    let shared = plan.place(output) == plan.place(operand);
                    assert_eq!(shared, own, "{} writes over {name}", node.name);
                }
            }
            for (index, scratch) in step.scratch.iter().enumerate() {
                let touched = node.op.operands().into_iter().map(|(_, id)| id);
                let mut touched = touched.chain(node.outputs.iter().copied());
                assert!(
                    touched.all(|id| slot(id) != Some(scratch.index())),
                    "{} has scratch where its tensors are",
                    node.name
                );
                assert!(!step.scratch[..index].contains(scratch), "two in one slot");
                assert!(!plan.slots()[scratch.index()].persistent);
                contents[scratch.index()] = None;
            }
            for &output in &node.outputs {
                let slot = slot(output).expect("a step's outputs have slots");
                let bytes = graph.shape(output).elements() as u64 * 4;
                assert!(plan.slots()[slot].bytes >= bytes, "the slot is too small");
                contents[slot] = Some(output);
            }
        }
        for &output in graph.outputs() {
            let slot = slot(output).expect("outputs have slots");
            assert_eq!(contents[slot], Some(output), "an output is gone");
        }
        // What the next run finds in the place of an input is that input's new value.
        for content in contents.iter_mut().flatten() {
            *content = homes[content.index()];
        }
    }
    assert!(plan.planned_bytes() <= plan.naive_bytes());
}

fn plan(graph: &Graph) -> Plan {
    let plan = planned(graph).expect("the graph can be planned");
    replay(graph, &plan);
    plan
}

#[test]
fn a_chain_alternates_between_two_slots() {
    let mut graph = Graph::new();
    let mut x = input(&mut graph, "x");
    for layer in 0..10 {
        x = linear(&mut graph, &format!("layer{layer}"), x);
    }
    graph.output(x);
    let plan = plan(&graph);
    assert_eq!(plan.slots().len(), 4, "input, output and two between");
    assert_eq!(plan.planned_bytes(), 4 * 128);
    assert_eq!(plan.naive_bytes(), 11 * 128);
}

#[test]
fn a_diamond_keeps_its_source_until_both_branches_have_read_it() {
    let mut graph = Graph::new();
    let x = input(&mut graph, "x");
    let source = linear(&mut graph, "source", x);
    let left = linear(&mut graph, "left", source);
    let right = linear(&mut graph, "right", source);
    let sum = graph.add("sum", left, right, 1.0).expect("same shapes");
    graph.output(sum);
    let plan = plan(&graph);
    assert_ne!(plan.place(source), plan.place(left));
    assert_ne!(plan.place(source), plan.place(right));
    assert_eq!(plan.place(sum), plan.place(left), "the sum runs in place");
}

#[test]
fn a_residual_lives_across_its_branch_and_refuses_to_be_overwritten() {
    let mut graph = Graph::new();
    let x = input(&mut graph, "x");
    let stem = linear(&mut graph, "stem", x);
    let normed = graph.add_positions("positions", stem).expect("one row");
    let epilogue = Epilogue::residual(stem);
    let y = graph
        .linear("layer", normed, 8, Activation::Identity, epilogue)
        .expect("same shapes");
    graph.output(y);
    let plan = plan(&graph);
    assert_ne!(plan.place(stem), plan.place(normed));
    assert_eq!(plan.steps()[1].in_place, None, "the residual is read later");
}

#[test]
fn nothing_overwrites_an_input_an_output_or_an_operand_read_twice() {
    let mut graph = Graph::new();
    let x = input(&mut graph, "x");
    let over_input = graph.add_positions("a", x).expect("one row");
    let over_output = graph.add_positions("b", over_input).expect("one row");
    let twice = linear(&mut graph, "c", over_output);
    let doubled = graph.add("d", twice, twice, 1.0).expect("same shapes");
    graph.output(over_input);
    graph.output(doubled);
    let plan = plan(&graph);
    assert!(plan.steps().iter().all(|step| step.in_place.is_none()));
}

#[test]
fn scratch_takes_a_slot_that_is_free_meanwhile() {
    let mut graph = Graph::new();
    let x = input(&mut graph, "x");
    let before = linear(&mut graph, "before", x);
    let middle = linear(&mut graph, "middle", before);
    let normed = graph
        .group_norm("norm", middle, 2, Activation::Identity, None)
        .expect("2 divides 8");
    graph.output(normed);
    let plan = plan(&graph);
    assert_eq!(plan.place(normed), plan.place(middle), "in place");
    // In the place of `before`, and in a small slot of its own.
    assert_eq!(Place::Slot(plan.steps()[2].scratch[1]), plan.place(before));
    assert_eq!(plan.slots().len(), 4);
    assert_eq!(plan.naive_bytes(), 4 * 128 + 16 + 32);
}

#[test]
fn an_output_never_shares_its_slot() {
    let mut graph = Graph::new();
    let x = input(&mut graph, "x");
    let early = linear(&mut graph, "early", x);
    graph.output(early);
    let mut y = early;
    for layer in 0..5 {
        y = linear(&mut graph, &format!("layer{layer}"), y);
    }
    graph.output(y);
    let plan = plan(&graph);
    let sharers = graph.tensor_ids();
    let sharers = sharers.filter(|&id| plan.place(id) == plan.place(early));
    assert_eq!(sharers.collect::<Vec<_>>(), [early]);
}

/// Kernels read the lengths of what they mask, although these are no operands.
#[test]
fn the_lengths_of_what_a_node_touches_have_a_place() {
    let mut graph = Graph::new();
    let lengths = graph.lengths("lengths", 1);
    let x = graph.masked_input("x", SHAPE, DType::F32, lengths);
    let unrelated = graph.lengths("unrelated", 1);
    let y = graph.masked_mean("mean", x).expect("one row");
    graph.output(y);
    let plan = plan(&graph);
    assert!(matches!(plan.place(lengths.tensor), Place::Slot(_)));
    assert_eq!(plan.place(unrelated.tensor), Place::Unused);
}

#[test]
fn nodes_without_influence_are_dropped_with_their_inputs_and_weights() {
    let mut graph = Graph::new();
    let x = input(&mut graph, "x");
    let unread = input(&mut graph, "unread");
    let dead = linear(&mut graph, "dead", unread);
    let alive = linear(&mut graph, "alive", x);
    graph.output(alive);
    let plan = plan(&graph);
    assert_eq!(plan.steps().len(), 1);
    for id in [unread, dead] {
        assert_eq!(plan.place(id), Place::Unused);
    }
    for tensor in graph.weights() {
        let id = graph.tensor_ids().find(|&id| graph.tensor(id) == tensor);
        let place = plan.place(id.expect("the weight is one of the tensors"));
        let expected = if tensor.name.starts_with("alive") {
            Place::Weight
        } else {
            Place::Unused
        };
        assert_eq!(place, expected, "{}", tensor.name);
    }
}

#[test]
fn loop_carried_state_stays_in_its_inputs_places() {
    let mut graph = Graph::new();
    let [state, clean, mean] = ["state", "clean", "mean"].map(|name| input(&mut graph, name));
    let solver = solver_inputs(&mut graph);
    let network = linear(&mut graph, "network", state);
    let (new_state, new_clean) = graph
        .diffusion_update("update", state, clean, mean, network, solver)
        .expect("same shapes");
    let new_step = graph
        .advance_step("advance", solver.step)
        .expect("a counter");
    let plan = plan(&graph);
    assert_eq!(plan.steps().len(), 3, "no outputs, yet nothing is dead");
    assert_eq!(plan.place(new_state), plan.place(state));
    assert_eq!(plan.place(new_clean), plan.place(clean));
    assert_eq!(plan.place(new_step), plan.place(solver.step));
    // The carried state must survive the run, so nothing may work in its place.
    let shifted = graph.add_positions("shifted", new_state).expect("one row");
    graph.output(shifted);
    let plan = self::plan(&graph);
    assert_ne!(plan.place(shifted), plan.place(state));
}

#[test]
fn reading_what_was_overwritten_is_an_error() {
    let mut graph = Graph::new();
    let step = graph.input("step", Shape::new(1, 1, 1, 1), DType::U32);
    graph.advance_step("first", step).expect("a counter");
    graph.advance_step("second", step).expect("a counter");
    let error = planned(&graph).expect_err("the counter is gone");
    assert_eq!(
        error.to_string(),
        "first overwrites step, which second reads afterwards"
    );
}

#[test]
fn overwriting_an_output_is_an_error() {
    let mut graph = Graph::new();
    let step = graph.input("step", Shape::new(1, 1, 1, 1), DType::U32);
    graph.advance_step("advance", step).expect("a counter");
    graph.output(step);
    let error = planned(&graph).expect_err("the output is gone");
    assert_eq!(
        error.to_string(),
        "advance overwrites step, which is an output of the graph"
    );
}

#[test]
fn two_outputs_in_one_place_are_an_error() {
    let mut graph = Graph::new();
    let [state, mean, network] = ["state", "mean", "network"].map(|name| input(&mut graph, name));
    let solver = solver_inputs(&mut graph);
    graph
        .diffusion_update("update", state, state, mean, network, solver)
        .expect("same shapes");
    let error = planned(&graph).expect_err("two outputs, one place");
    assert_eq!(
        error.to_string(),
        "update overwrites state, which it reads as another operand, too"
    );
}

#[test]
fn overwriting_a_weight_is_an_error() {
    let mut graph = Graph::new();
    let [clean, mean, network] = ["clean", "mean", "network"].map(|name| input(&mut graph, name));
    let solver = solver_inputs(&mut graph);
    let state = graph.weight("weight", SHAPE).expect("declared once");
    graph
        .diffusion_update("update", state, clean, mean, network, solver)
        .expect("same shapes");
    let error = planned(&graph).expect_err("weights are read only");
    assert_eq!(
        error.to_string(),
        "update overwrites weight, which is a weight"
    );
}

#[test]
fn impossible_graphs_are_errors() {
    let mut graph = Graph::new();
    input(&mut graph, "x");
    input(&mut graph, "x");
    let duplicate = GraphError::DuplicateInput("x".to_owned());
    assert_eq!(planned(&graph), Err(duplicate));

    let mut graph = Graph::new();
    let weight = graph.weight("weight", SHAPE).expect("declared once");
    graph.output(weight);
    let output = GraphError::OutputWeight("weight".to_owned());
    assert_eq!(planned(&graph), Err(output));

    let mut graph = Graph::new();
    let shape = Shape::sequence(1, 8, 0);
    let x = graph.input("x", shape, DType::F32);
    let y = linear(&mut graph, "layer", x);
    graph.output(y);
    let tensor = "x".to_owned();
    assert_eq!(planned(&graph), Err(GraphError::Empty { tensor, shape }));
}

/// One more node on a random graph: what kind, and which earlier tensors it reads.
type Choice = (u8, prop::sample::Index, prop::sample::Index, bool);

fn choices() -> impl Strategy<Value = Vec<Choice>> {
    let choice = (
        0_u8..6,
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        any::<bool>(),
    );
    prop::collection::vec(choice, 1..40)
}

/// Builds a graph with all three kinds of places: fresh, in place where possible, overwritten.
fn random_graph(choices: &[Choice]) -> Graph {
    let mut graph = Graph::new();
    let [state, clean, mean] = ["state", "clean", "mean"].map(|name| input(&mut graph, name));
    let solver = solver_inputs(&mut graph);
    let mut pool = vec![mean, state];
    for (position, (kind, first, second, output)) in choices.iter().enumerate() {
        let (a, b) = (*first.get(&pool), *second.get(&pool));
        let name = format!("node{position}");
        let shape = graph.shape(a);
        let added = match kind {
            0 => graph.add(&name, a, b, 1.0),
            1 => graph.add_positions(&name, a),
            2 if shape.c <= 64 => graph.concat(&name, a, b),
            3 => graph.group_norm(&name, a, 2, Activation::Mish, None),
            4 => graph.linear(&name, a, 8, Activation::Identity, Epilogue::NONE),
            _ => graph.layer_norm(&name, a),
        };
        // Operands of different channels cannot be added: such a choice adds nothing.
        if let Ok(added) = added {
            pool.push(added);
            if *output {
                graph.output(added);
            }
        }
    }
    let last = pool[pool.len() - 1];
    let network = linear(&mut graph, "to_network", last);
    let network = graph
        .linear("network", network, 8, Activation::Identity, Epilogue::NONE)
        .expect("any input fits");
    let (state, _) = graph
        .diffusion_update("update", state, clean, mean, network, solver)
        .expect("same shapes");
    let after = graph.add_positions("after", state).expect("one row");
    graph.output(after);
    graph
        .advance_step("advance", solver.step)
        .expect("a counter");
    graph
}

proptest! {
    /// No two values that are needed at the same time share a slot, no dispatch reads and writes one
    /// buffer except in place, and everything is written before it is read.
    #[test]
    fn random_graphs_replay_correctly(choices in choices()) {
        plan(&random_graph(&choices));
    }

    /// Planning is a function of the graph: the same one gives the same plan.
    #[test]
    fn plans_are_deterministic(choices in choices()) {
        let graph = random_graph(&choices);
        assert_eq!(planned(&graph), planned(&graph.clone()));
    }
}
