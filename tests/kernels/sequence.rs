//! Embedding, positions, length regulation, pooling and pointwise combinations.

use gss_wgpu::graph::{DType, Graph, Shape};
use proptest::prelude::proptest;

use crate::check::Check;
use crate::shapes::{batch, columns, computed, config, few, lengths, masked};

/// Positions and times are angles of up to some hundred radians in single precision, so 2^-24 of them
/// is the error of a sine; the tolerance is that of 500 radians, 3e-5, squared.
const ANGLES: f64 = 1e-9;

/// Ids below `bound`, in no order.
fn ids(count: usize, bound: u32) -> Vec<u32> {
    (0..)
        .map(|at: u32| at.wrapping_mul(2_654_435_761) % bound)
        .take(count)
        .collect()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn add(parts in batch(), c in few(), h in few(), w in columns()) {
        let mut graph = Graph::new();
        let shape = Shape::new(parts.len(), c, h, w);
        let valid = graph.lengths("lengths", parts.len());
        let x = computed(&mut graph, "x", shape, valid);
        let other = masked(&mut graph, "other", shape, valid);
        let vector = graph.input("vector", Shape::vector(shape.n, c), DType::F32);
        let sum = graph.add("sum", x, other, 0.3).expect("same shape");
        let sum = graph.add("broadcast", sum, vector, 1.0).expect("a vector per item");
        let whole = graph.input("whole", shape, DType::F32);
        let y = graph.add("masks", sum, whole, 1.0).expect("same shape");
        graph.output(y);
        Check::new(&graph).integers("lengths", &lengths(&parts, w)).run();
    }

    #[test]
    fn glu(parts in batch(), c in few(), w in columns()) {
        let mut graph = Graph::new();
        let valid = graph.lengths("lengths", parts.len());
        let x = masked(&mut graph, "x", Shape::sequence(parts.len(), 2 * c, w), valid);
        let residual = masked(&mut graph, "residual", Shape::sequence(parts.len(), c, w), valid);
        let y = graph.glu("glu", x, residual).expect("twice the channels");
        graph.output(y);
        Check::new(&graph).integers("lengths", &lengths(&parts, w)).run();
    }

    #[test]
    fn concat(parts in batch(), c in few(), h in few(), w in columns()) {
        let mut graph = Graph::new();
        let valid = graph.lengths("lengths", parts.len());
        let a = masked(&mut graph, "a", Shape::new(parts.len(), c, h, w), valid);
        let b = masked(&mut graph, "b", Shape::new(parts.len(), 3, h, w), valid);
        let y = graph.concat("concat", a, b).expect("same extents");
        graph.output(y);
        Check::new(&graph).integers("lengths", &lengths(&parts, w)).nmse(0.0).run();
    }

    #[test]
    fn embedding(parts in batch(), c in few(), w in columns()) {
        let mut graph = Graph::new();
        let n = parts.len();
        let valid = graph.lengths("lengths", n);
        let tokens = graph.masked_input("ids", Shape::sequence(n, 1, w), DType::U32, valid);
        let y = graph.embedding("table", tokens, 11, c).expect("one row of ids");
        graph.output(y);
        let lengths = lengths(&parts, w);
        let mut values = ids(n * w, 11);
        for (row, &length) in values.chunks_mut(w).zip(&lengths) {
            row[length as usize..].fill(0);
        }
        Check::new(&graph).integers("lengths", &lengths).integers("ids", &values).nmse(0.0).run();
    }

    #[test]
    fn add_positions(parts in batch(), c in few(), w in columns()) {
        let mut graph = Graph::new();
        let valid = graph.lengths("lengths", parts.len());
        let x = computed(&mut graph, "x", Shape::sequence(parts.len(), c, w), valid);
        let y = graph.add_positions("positions", x).expect("one row");
        graph.output(y);
        Check::new(&graph).integers("lengths", &lengths(&parts, w)).nmse(ANGLES).run();
    }

    #[test]
    fn regulate_length(parts in batch(), c in few(), tokens in 1_u32..9, w in columns()) {
        let mut graph = Graph::new();
        let n = parts.len();
        let x = graph.input("x", Shape::sequence(n, c, tokens as usize), DType::F32);
        let valid = graph.lengths("lengths", n);
        let index = graph.masked_input("index", Shape::sequence(n, 1, w), DType::U32, valid);
        let y = graph.regulate_length("regulate", x, index).expect("one index a frame");
        graph.output(y);
        let lengths = lengths(&parts, w);
        let mut values = ids(n * w, tokens);
        for (row, &length) in values.chunks_mut(w).zip(&lengths) {
            row[length as usize..].fill(0);
        }
        Check::new(&graph).integers("lengths", &lengths).integers("index", &values).nmse(0.0).run();
    }

    #[test]
    fn transport(parts in batch(), c in few(), outputs in few(), w in columns()) {
        let mut graph = Graph::new();
        let n = parts.len();
        let valid = graph.lengths("lengths", n);
        let x = masked(&mut graph, "x", Shape::sequence(n, c, w), valid);
        let map = graph.input("map", Shape::new(n, 1, outputs, c), DType::F32);
        let offset = graph.input("offset", Shape::vector(n, outputs), DType::F32);
        let y = graph.transport("transport", x, map, offset).expect("a map for each item");
        graph.output(y);
        Check::new(&graph).integers("lengths", &lengths(&parts, w)).run();
    }

    #[test]
    fn masked_mean(parts in batch(), c in few(), w in columns()) {
        let mut graph = Graph::new();
        let valid = graph.lengths("lengths", parts.len());
        let x = masked(&mut graph, "x", Shape::sequence(parts.len(), c, w), valid.divided(3));
        let y = graph.masked_mean("mean", x).expect("one row");
        graph.output(y);
        let lengths: Vec<_> = lengths(&parts, w).iter().map(|length| 3 * length - 2).collect();
        Check::new(&graph).integers("lengths", &lengths).run();
    }
}

/// Two minutes of frames: the reduction of large angles has to hold.
#[test]
fn positions_far_from_the_start() {
    let mut graph = Graph::new();
    let x = graph.input("x", Shape::sequence(1, 4, 7_600), DType::F32);
    let y = graph.add_positions("positions", x).expect("one row");
    graph.output(y);
    Check::new(&graph).run();
}

#[test]
fn ids_and_indices_outside_their_table_are_not_numbers() {
    let mut graph = Graph::new();
    let tokens = graph.input("ids", Shape::sequence(1, 1, 4), DType::U32);
    let embedded = graph.embedding("table", tokens, 3, 2).expect("one row");
    let index = graph.input("index", Shape::sequence(1, 1, 3), DType::U32);
    let y = graph
        .regulate_length("regulate", embedded, index)
        .expect("one index a frame");
    graph.output(y);
    // The oracle gives NaN for ids 3 and 2^32 - 1, and for index 4; a neighbour's value would differ.
    Check::new(&graph)
        .integers("ids", &[0, 3, u32::MAX, 2])
        .integers("index", &[0, 4, 3])
        .nmse(0.0)
        .run();
}

#[test]
fn more_rows_than_one_dimension_has_workgroups() {
    let mut graph = Graph::new();
    let shape = Shape::sequence(2, 65_537, 3);
    let valid = graph.lengths("lengths", 2);
    let a = masked(&mut graph, "a", shape, valid);
    let b = masked(&mut graph, "b", shape, valid);
    let sum = graph.add("sum", a, b, 1.0).expect("same shape");
    let y = graph.masked_mean("mean", sum).expect("one row");
    graph.output(y);
    Check::new(&graph).integers("lengths", &[3, 2]).run();
}
