//! The reverse diffusion: time embedding, start, and steps in a loop.

use gss_wgpu::graph::{DType, Graph, Shape, SolverInputs};
use proptest::prelude::proptest;

use crate::check::Check;
use crate::shapes::{batch, columns, config, few, lengths, masked};

/// Rows of `(time, p, q, a, b, c, noise, clip)`: every term alive, one step without noise, one whose
/// clip cuts.
const TABLE: [[f32; 8]; 3] = [
    [0.9, 1.3, -0.7, 0.8, 0.4, -0.2, 0.5, 100.0],
    [0.5, 0.9, 0.2, 0.6, 0.3, 0.1, 0.0, 100.0],
    [0.1, 1.1, -0.1, 0.2, 0.9, -0.3, 0.25, 0.6],
];

fn solver(graph: &mut Graph, items: usize) -> SolverInputs {
    SolverInputs {
        table: graph.input("table", Shape::new(1, 1, TABLE.len(), 8), DType::F32),
        step: graph.input("step", Shape::new(1, 1, 1, 1), DType::U32),
        seeds: graph.input("seeds", Shape::new(1, 1, items, 2), DType::U32),
    }
}

/// Two words for each item.
fn seeds(items: usize) -> Vec<u32> {
    (0..)
        .map(|at: u32| at.wrapping_mul(0x9e37_79b9) ^ 0x0bad_cafe)
        .take(2 * items)
        .collect()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn diffusion_start(parts in batch(), h in few(), w in columns()) {
        let mut graph = Graph::new();
        let n = parts.len();
        let valid = graph.lengths("lengths", n);
        let mean = masked(&mut graph, "mean", Shape::new(n, 2, h, w), valid);
        let seed = graph.input("seeds", Shape::new(1, 1, n, 2), DType::U32);
        let deviation = graph.input("deviation", Shape::new(1, 1, 1, 1), DType::F32);
        let y = graph.diffusion_start("start", mean, seed, deviation).expect("shapes agree");
        graph.output(y);
        Check::new(&graph)
            .integers("lengths", &lengths(&parts, w))
            .integers("seeds", &seeds(n))
            .floats("deviation", vec![0.67])
            .run();
    }

    #[test]
    fn guide(parts in batch(), h in few(), w in columns()) {
        let mut graph = Graph::new();
        let n = parts.len();
        let shape = Shape::new(n, 2, h, w);
        let valid = graph.lengths("lengths", n);
        let [network, null_network] =
            ["network", "null_network"].map(|name| masked(&mut graph, name, shape, valid));
        let guidance = graph.input("guidance", Shape::new(1, 1, 1, 1), DType::F32);
        let y = graph.guide("guide", network, null_network, guidance).expect("shapes agree");
        graph.output(y);
        Check::new(&graph)
            .integers("lengths", &lengths(&parts, w))
            .floats("guidance", vec![2.5])
            .run();
    }

    #[test]
    fn diffusion_update(parts in batch(), h in few(), w in columns(), steps in 1_usize..4) {
        let mut graph = Graph::new();
        let n = parts.len();
        let shape = Shape::new(n, 2, h, w);
        let valid = graph.lengths("lengths", n);
        let [state, clean, mean, network] = ["state", "clean", "mean", "network"]
            .map(|name| masked(&mut graph, name, shape, valid));
        let solver = solver(&mut graph, n);
        let (state, clean) = graph
            .diffusion_update("update", state, clean, mean, network, solver)
            .expect("shapes agree");
        let step = graph.advance_step("advance", solver.step).expect("one number");
        for output in [state, clean, step] {
            graph.output(output);
        }
        Check::new(&graph)
            .integers("lengths", &lengths(&parts, w))
            .integers("seeds", &seeds(n))
            .integers("step", &[0])
            .floats("table", TABLE.concat())
            .runs(steps)
            .run();
    }
}

#[test]
fn time_embedding_follows_the_step() {
    for (step, dim) in [(0, 4), (1, 6), (2, 32), (1, 130)] {
        let mut graph = Graph::new();
        let solver = solver(&mut graph, 3);
        let y = graph
            .time_embedding("time", solver, 3, dim, 1000.0)
            .expect("an even dimension");
        graph.output(y);
        Check::new(&graph)
            .integers("step", &[step])
            .integers("seeds", &seeds(3))
            .floats("table", TABLE.concat())
            // An angle of 900 radians is rounded to 2^-15, and its sine is off by as much.
            .nmse(4e-9)
            .run();
    }
}
