//! The reverse diffusion: definitions, and the loop as repeated runs.

use super::{Case, assert_close, floats};
use crate::graph::error::GraphError;
use crate::graph::noise::standard_normal;
use crate::graph::op::SolverInputs;
use crate::graph::tensor::Shape;

/// A table without clipping: `(time, p, q, a, b, c, noise, clip)`.
const TABLE: [[f32; 8]; 2] = [
    [0.5, 2.0, 3.0, 0.5, 0.25, 0.125, 0.0, 1e9],
    [0.25, 1.0, 0.0, 1.0, 1.0, 1.0, 2.0, 1.0],
];

fn solver_inputs(case: &mut Case, step: u32) -> SolverInputs {
    let scalar = Shape::new(1, 1, 1, 1);
    SolverInputs {
        table: case.floats("table", Shape::new(1, 1, 2, 8), TABLE.as_flattened()),
        step: case.integers("step", scalar, &[step]),
        seeds: case.integers("seeds", Shape::new(1, 1, 1, 2), &[7, 8]),
    }
}

#[test]
fn time_embedding_is_sines_then_cosines() {
    let mut case = Case::default();
    let solver = solver_inputs(&mut case, 0);
    let y = case.graph.time_embedding("t", solver, 2, 4, 1000.0);
    let item = [500_f64.sin(), 0.05_f64.sin(), 500_f64.cos(), 0.05_f64.cos()];
    assert_close(&case.value(y), &[item, item].concat());
}

#[test]
fn the_start_is_noise_around_the_mean() {
    let mut case = Case::default();
    let mean = case.floats("mean", Shape::new(1, 1, 2, 2), &[1.0, 2.0, 3.0, 4.0]);
    let deviation = case.floats("deviation", Shape::new(1, 1, 1, 1), &[0.5]);
    let seeds = case.integers("seeds", Shape::new(1, 1, 1, 2), &[7, 8]);
    let y = case.graph.diffusion_start("s", mean, seeds, deviation);
    let noise = |row, column| 0.5 * standard_normal([7, 8], column, row, 0);
    let expected = [
        1.0 + noise(0, 0),
        2.0 + noise(0, 1),
        3.0 + noise(1, 0),
        4.0 + noise(1, 1),
    ];
    assert_close(&case.value(y), &expected);
}

#[test]
fn repeated_runs_are_the_loop_of_the_solver() {
    let mut case = Case::default();
    let shape = Shape::sequence(1, 1, 2);
    let state = case.floats("state", shape, &[3.0, 5.0]);
    let clean = case.floats("clean", shape, &[8.0, 16.0]);
    let mean = case.floats("mean", shape, &[1.0, 2.0]);
    let network = case.floats("network", shape, &[0.5, 1.0]);
    let solver = solver_inputs(&mut case, 0);
    let (new_state, new_clean) = case
        .graph
        .diffusion_update("u", state, clean, mean, network, solver)
        .expect("same shapes");
    let new_step = case
        .graph
        .advance_step("n", solver.step)
        .expect("a counter");
    let mut oracle = case.oracle().expect("all is given");

    let values = oracle.run().expect("the first step");
    // D = (2, 3), clean' = 2 D + 3 network = (5.5, 9), D' = D / 2 + clean' / 4 + clean / 8.
    assert_close(&floats(&values, new_clean), &[5.5, 9.0]);
    assert_close(&floats(&values, new_state), &[4.375, 7.75]);
    assert_close(&floats(&values, new_step), &[1.0]);

    let values = oracle.run().expect("the second step");
    // D = (3.375, 5.75), clean' = clamp(D, -1, 1), D' = D + clean' + clean + 2 z of stream 2.
    let z = [0, 1].map(|column| standard_normal([7, 8], column, 0, 2));
    let expected = [
        1.0 + 3.375 + 1.0 + 5.5 + 2.0 * z[0],
        2.0 + 5.75 + 1.0 + 9.0 + 2.0 * z[1],
    ];
    assert_close(&floats(&values, new_clean), &[1.0, 1.0]);
    assert_close(&floats(&values, new_state), &expected);

    let error = oracle.run().expect_err("the table has two rows");
    assert_eq!(
        error,
        GraphError::Step {
            node: "u".to_owned(),
            step: 2,
            rows: 2
        }
    );
}

#[test]
fn clipping_is_symmetric() {
    let mut case = Case::default();
    let shape = Shape::sequence(1, 1, 2);
    let state = case.floats("state", shape, &[-9.0, -0.5]);
    let [clean, mean, network] =
        ["clean", "mean", "network"].map(|name| case.floats(name, shape, &[0.0; 2]));
    let solver = solver_inputs(&mut case, 1);
    let outputs = case
        .graph
        .diffusion_update("u", state, clean, mean, network, solver);
    assert_close(&case.value(outputs.map(|(_, clean)| clean)), &[-1.0, -0.5]);
}
