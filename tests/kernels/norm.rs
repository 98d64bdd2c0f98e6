//! Layer, style-adaptive and group normalisation.

use gss_wgpu::gpu::Capabilities;
use gss_wgpu::gpu::lower::lower;
use gss_wgpu::graph::{Activation, DType, Graph, Shape};
use proptest::prelude::{Just, prop_oneof, proptest};

use crate::check::{Check, random};
use crate::shapes::{batch, columns, computed, config, few, lengths, masked};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn layer_norm(parts in batch(), c in prop_oneof![few(), Just(37_usize)], w in columns()) {
        let mut graph = Graph::new();
        let valid = graph.lengths("lengths", parts.len());
        let x = masked(&mut graph, "x", Shape::sequence(parts.len(), c, w), valid);
        let y = graph.layer_norm("norm", x).expect("one row");
        graph.output(y);
        Check::new(&graph).integers("lengths", &lengths(&parts, w)).run();
    }

    #[test]
    fn style_adaptive_layer_norm(parts in batch(), c in prop_oneof![few(), Just(37_usize)], w in columns()) {
        let mut graph = Graph::new();
        let valid = graph.lengths("lengths", parts.len());
        let x = masked(&mut graph, "x", Shape::sequence(parts.len(), c, w), valid);
        let style = graph.input("style", Shape::vector(parts.len(), 6), DType::F32);
        let y = graph.style_adaptive_layer_norm("norm", x, style).expect("one row");
        graph.output(y);
        Check::new(&graph).integers("lengths", &lengths(&parts, w)).run();
    }

    #[test]
    fn group_norm(parts in batch(), groups in few(), h in few(), w in columns(), has_shift in proptest::bool::ANY) {
        let mut graph = Graph::new();
        let shape = Shape::new(parts.len(), 2 * groups, h, w);
        let valid = graph.lengths("lengths", parts.len());
        // In place: nothing needs x after the norm.
        let x = computed(&mut graph, "x", shape, valid);
        let shift = has_shift.then(|| graph.input("shift", Shape::vector(shape.n, shape.c), DType::F32));
        let y = graph.group_norm("norm", x, groups, Activation::Mish, shift).expect("groups divide");
        graph.output(y);
        Check::new(&graph).integers("lengths", &lengths(&parts, w)).run();
    }
}

#[test]
fn every_activation_follows_a_group_norm() {
    let activations = [
        Activation::Identity,
        Activation::Relu,
        Activation::LeakyRelu(0.1),
        Activation::Mish,
        Activation::Tanh,
        Activation::Silu,
    ];
    for activation in activations {
        let mut graph = Graph::new();
        let x = graph.input("x", Shape::new(2, 6, 5, 7), DType::F32);
        let y = graph
            .group_norm("norm", x, 3, activation, None)
            .expect("3 divides 6");
        graph.output(y);
        Check::new(&graph).run();
    }
}

#[test]
fn a_long_group_is_merged_from_its_chunks() {
    // 72,000 elements a group: five chunks, the last one short.
    let mut graph = Graph::new();
    let valid = graph.lengths("lengths", 2);
    let x = masked(&mut graph, "x", Shape::new(2, 4, 80, 450), valid);
    let y = graph
        .group_norm("norm", x, 2, Activation::Identity, None)
        .expect("2 divides 4");
    graph.output(y);
    let lowered = lower(&graph, &graph.nodes()[0], Capabilities::PORTABLE);
    let dispatches = lowered.expect("a size for a GPU").dispatches;
    assert_eq!(dispatches.len(), 3, "statistics of chunks, merged, applied");
    Check::new(&graph).integers("lengths", &[450, 7]).run();
}

#[test]
fn a_chunk_may_be_masked_altogether() {
    let mut graph = Graph::new();
    let valid = graph.lengths("lengths", 2);
    let x = masked(&mut graph, "x", Shape::new(2, 2, 1, 70_001), valid);
    let y = graph
        .group_norm("norm", x, 2, Activation::Identity, None)
        .expect("2 divides 2");
    graph.output(y);
    Check::new(&graph).integers("lengths", &[5, 69_999]).run();
}

/// The variance of one pass, mean of squares minus square of the mean, would be lost here.
#[test]
fn a_mean_far_above_the_spread_does_not_cancel() {
    let shape = Shape::sequence(1, 24, 100);
    let offset = |values: Vec<f32>| values.into_iter().map(|value| 1000.0 + value).collect();
    let mut graph = Graph::new();
    let x = graph.input("x", shape, DType::F32);
    let columns = graph.layer_norm("layer", x).expect("one row");
    let groups = graph
        .group_norm("group", x, 4, Activation::Identity, None)
        .expect("4 divides 24");
    graph.output(columns);
    graph.output(groups);
    Check::new(&graph)
        .floats("x", offset(random(7, shape.elements())))
        // The mean itself is rounded to 2^-15 of the spread.
        .nmse(1e-8)
        .run();
}

#[test]
fn more_columns_than_one_dimension_has_workgroups() {
    let mut graph = Graph::new();
    let x = graph.input("x", Shape::sequence(1, 2, 16 * 65_536 + 5), DType::F32);
    let y = graph.layer_norm("norm", x).expect("one row");
    graph.output(y);
    // Two channels: their difference, down to zero, decides, and so do the roundings of their mean.
    Check::new(&graph).nmse(1e-9).run();
}
