//! Attention and linear attention.

use gss_wgpu::graph::{DType, Epilogue, Graph, Shape};
use proptest::prelude::{Just, Strategy, prop_oneof, proptest};

use crate::check::Check;
use crate::shapes::{batch, columns, config, few, lengths, masked};

/// Channels of a head: also whole blocks of sixteen, which have a kernel of their own.
fn head_dim() -> impl Strategy<Value = usize> {
    prop_oneof![few(), Just(16_usize), Just(32), Just(48)]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn attention(parts in batch(), heads in 1_usize..4, dim in prop_oneof![few(), Just(33_usize)], w in columns()) {
        let mut graph = Graph::new();
        let shape = Shape::sequence(parts.len(), heads * dim, w);
        let valid = graph.lengths("lengths", parts.len());
        let [query, key, value] =
            ["query", "key", "value"].map(|name| masked(&mut graph, name, shape, valid));
        let y = graph.attention("attention", query, key, value, heads, 0.4).expect("heads divide");
        graph.output(y);
        Check::new(&graph).integers("lengths", &lengths(&parts, w)).run();
    }

    #[test]
    fn attention_on_another_sequence(
        parts in batch(), keys in batch(), heads in 1_usize..4, dim in few(), wq in columns(), wk in columns(),
    ) {
        let items = parts.len().min(keys.len());
        let (parts, keys) = (&parts[..items], &keys[..items]);
        let mut graph = Graph::new();
        let shape = |w| Shape::sequence(items, heads * dim, w);
        let valid = graph.lengths("lengths", items);
        let query = masked(&mut graph, "query", shape(wq), valid);
        let valid = graph.lengths("key lengths", items);
        let [key, value] = ["key", "value"].map(|name| masked(&mut graph, name, shape(wk), valid));
        let y = graph.attention("attention", query, key, value, heads, 0.4).expect("heads divide");
        graph.output(y);
        Check::new(&graph)
            .integers("lengths", &lengths(parts, wq))
            .integers("key lengths", &lengths(keys, wk))
            .run();
    }

    #[test]
    fn linear_attention(
        parts in batch(), heads in 1_usize..4, dim in head_dim(), h in few(), w in columns(),
    ) {
        let mut graph = Graph::new();
        let valid = graph.lengths("lengths", parts.len());
        let x = masked(&mut graph, "x", Shape::new(parts.len(), 3, h, w), valid);
        let y = graph.linear_attention("attention", x, heads, dim, Epilogue::NONE).expect("shapes agree");
        graph.output(y);
        Check::new(&graph).integers("lengths", &lengths(&parts, w)).run();
    }
}

/// Longer than one invocation of a software adapter can walk: llvmpipe ends its loops after 65,535 turns.
#[test]
fn linear_attention_over_a_minute() {
    let mut graph = Graph::new();
    let shape = Shape::new(1, 3, 80, 3_600);
    let x = graph.input("x", shape, DType::F32);
    let y = graph
        .linear_attention("attention", x, 1, 32, Epilogue::NONE)
        .expect("shapes agree");
    graph.output(y);
    Check::new(&graph).run();
}

#[test]
fn queries_and_keys_have_lengths_of_their_own() {
    let mut graph = Graph::new();
    let shape = Shape::sequence(2, 6, 37);
    let of_query = graph.lengths("query lengths", 2).divided(2);
    let of_key = graph.lengths("key lengths", 2);
    let query = masked(&mut graph, "query", shape, of_query);
    let [key, value] = ["key", "value"].map(|name| masked(&mut graph, name, shape, of_key));
    let y = graph
        .attention("attention", query, key, value, 2, 1.0)
        .expect("2 divides 6");
    graph.output(y);
    Check::new(&graph)
        .integers("query lengths", &[74, 9])
        .integers("key lengths", &[11, 37])
        .run();
}

/// Without the maximum subtracted, e^300 is infinite.
#[test]
fn large_scores_do_not_overflow() {
    let mut graph = Graph::new();
    let shape = Shape::sequence(1, 8, 70);
    let [query, key, value] =
        ["query", "key", "value"].map(|name| graph.input(name, shape, DType::F32));
    let y = graph
        .attention("attention", query, key, value, 1, 50.0)
        .expect("one head");
    graph.output(y);
    // A score of 300 is rounded to 2^-16, and its exponential by as much.
    Check::new(&graph).nmse(1e-8).run();
}

#[test]
fn more_heads_than_one_dimension_has_workgroups() {
    let mut graph = Graph::new();
    let shape = Shape::sequence(65_537, 1, 3);
    let [query, key, value] =
        ["query", "key", "value"].map(|name| graph.input(name, shape, DType::F32));
    let y = graph
        .attention("attention", query, key, value, 1, 1.0)
        .expect("one head");
    graph.output(y);
    Check::new(&graph).run();
}
