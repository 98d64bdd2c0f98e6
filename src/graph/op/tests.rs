//! The shape rules: what each constructor gives, and what it refuses with which sentence.

use std::fmt::Debug;

use super::{Conv1d, Conv2d, Graph, SolverInputs};
use crate::graph::epilogue::{Activation, Epilogue};
use crate::graph::error::GraphError;
use crate::graph::tensor::{DType, Shape, TensorId};

const PLAIN: Activation = Activation::Identity;
const NONE: Epilogue = Epilogue::NONE;

#[track_caller]
fn refused<T: Debug>(result: Result<T, GraphError>, sentence: &str) {
    let error = result.expect_err("the operands do not fit");
    assert_eq!(error.to_string(), sentence);
}

fn input(graph: &mut Graph, shape: [usize; 4]) -> TensorId {
    let [n, c, h, w] = shape;
    graph.input("input", Shape::new(n, c, h, w), DType::F32)
}

fn integers(graph: &mut Graph, shape: [usize; 4]) -> TensorId {
    let [n, c, h, w] = shape;
    graph.input("integers", Shape::new(n, c, h, w), DType::U32)
}

/// A sequence `[2, 4, 1, 6]` and a spectrogram `[2, 4, 3, 6]`.
fn operands() -> (Graph, TensorId, TensorId) {
    let mut graph = Graph::new();
    let sequence = input(&mut graph, [2, 4, 1, 6]);
    let image = input(&mut graph, [2, 4, 3, 6]);
    (graph, sequence, image)
}

#[test]
fn scopes_make_the_names_of_weights_and_nodes() {
    let (mut graph, x, _) = operands();
    let y = graph.in_scope("encoder", |graph| {
        graph.in_scope("blocks.0", |graph| graph.linear("query", x, 8, PLAIN, NONE))
    });
    let y = y.expect("the operands fit");
    assert_eq!(graph.tensor(y).name, "encoder.blocks.0.query");
    let names: Vec<_> = graph.weights().map(|weight| &weight.name).collect();
    let expected = ["bias", "weight"].map(|name| format!("encoder.blocks.0.query.{name}"));
    assert_eq!(names, expected.each_ref());
}

#[test]
fn a_weight_is_declared_once_for_all_its_uses() {
    let (mut graph, x, _) = operands();
    for _ in 0..2 {
        graph
            .linear("shared", x, 8, PLAIN, NONE)
            .expect("the operands fit");
    }
    assert_eq!(graph.weights().count(), 2);
    refused(
        graph.linear("shared", x, 9, PLAIN, NONE),
        "shared.bias: weight declared as [8, 1, 1, 1] and again as [9, 1, 1, 1]",
    );
}

#[test]
fn lengths_follow_the_rate_of_the_columns() {
    let mut graph = Graph::new();
    let lengths = graph.lengths("lengths", 1);
    let shape = Shape::new(1, 2, 4, 7);
    let image = graph.masked_input("image", shape, DType::F32, lengths);
    let halving = Conv2d {
        channels: 3,
        kernel: 3,
        stride: 2,
        padding: 1,
    };
    let half = graph.conv2d("half", image, halving, NONE).expect("fits");
    let quarter = graph.conv2d("quarter", half, halving, NONE).expect("fits");
    let up = graph
        .conv_transpose2d("up", quarter, 5, half)
        .expect("fits");
    assert_eq!(graph.shape(half), Shape::new(1, 3, 2, 4));
    assert_eq!(graph.shape(quarter), Shape::new(1, 3, 1, 2));
    assert_eq!(graph.shape(up), Shape::new(1, 5, 2, 4));
    let shape = Shape::sequence(1, 2, 7);
    let sequence = graph.masked_input("sequence", shape, DType::F32, lengths);
    let wave = graph
        .conv_transpose1d("wave", sequence, 1, 16, 8, PLAIN)
        .expect("fits");
    assert_eq!(graph.shape(wave), Shape::sequence(1, 1, 56));
    let valid = |id, base| {
        let tensor = graph.tensor(id);
        let lengths = tensor.lengths.expect("derived from masked inputs");
        lengths.valid(base, tensor.shape.w)
    };
    for (base, expected) in [(1, [1, 1, 1, 8]), (5, [3, 2, 3, 40]), (7, [4, 2, 4, 56])] {
        let actual = [half, quarter, up, wave].map(|id| valid(id, base));
        assert_eq!(actual, expected, "{base} columns");
    }
    assert_eq!(valid(half, 1000), 4, "never more than the width");
}

#[test]
fn products_refuse_what_does_not_fit() {
    let (mut graph, x, image) = operands();
    let residual = Epilogue::residual(x);
    refused(
        graph.linear("a", x, 8, PLAIN, residual),
        "a: residual has shape [2, 4, 1, 6], expected [2, 8, 1, 6]",
    );
    let gain = Epilogue {
        gain: Some(x),
        ..NONE
    };
    refused(
        graph.linear("b", x, 4, PLAIN, gain),
        "b: gain has shape [2, 4, 1, 6], expected [1, 1, 1, 1]",
    );
    let conv = |kernel, dilation| Conv1d {
        channels: 4,
        kernel,
        dilation,
    };
    refused(
        graph.conv1d("c", image, conv(3, 1), PLAIN, NONE),
        "c: conv1d input has shape [2, 4, 3, 6], expected one row",
    );
    refused(
        graph.conv1d("d", x, conv(4, 1), PLAIN, NONE),
        "d: conv1d needs an odd kernel and a positive dilation, not 4 and 1",
    );
    refused(
        graph.conv1d("e", x, conv(3, 0), PLAIN, NONE),
        "e: conv1d needs an odd kernel and a positive dilation, not 3 and 0",
    );
    let conv = |kernel, stride| Conv2d {
        channels: 4,
        kernel,
        stride,
        padding: 1,
    };
    for (kernel, stride) in [(5, 1), (3, 0)] {
        let result = graph.conv2d("f", image, conv(kernel, stride), NONE);
        let error = result.expect_err("no such convolution").to_string();
        let rule = "f: conv2d needs kernel = 2 * padding + 1 and a positive stride, not";
        assert!(error.starts_with(rule), "{error}");
    }
    refused(
        graph.conv2d("g", image, conv(3, 2), Epilogue::residual(image)),
        "g: residual has shape [2, 4, 3, 6], expected [2, 4, 2, 3]",
    );
}

#[test]
fn transposed_convolutions_refuse_what_does_not_fit() {
    let (mut graph, x, image) = operands();
    refused(
        graph.conv_transpose1d("a", image, 4, 4, 2, PLAIN),
        "a: input has shape [2, 4, 3, 6], expected one row",
    );
    for (kernel, stride) in [(5, 2), (1, 2), (4, 0)] {
        refused(
            graph.conv_transpose1d("b", x, 4, kernel, stride, PLAIN),
            &format!(
                "b: transposed convolution needs kernel - stride even and not negative, \
                 not {kernel} - {stride}"
            ),
        );
    }
    for like in [[1, 4, 6, 12], [2, 4, 7, 12], [2, 4, 6, 13], [2, 4, 6, 10]] {
        let [n, c, h, w] = like;
        let like = input(&mut graph, like);
        refused(
            graph.conv_transpose2d("c", image, 4, like),
            &format!("c: [2, 4, 3, 6] upsampled by 2 cannot be cropped to [{n}, {c}, {h}, {w}]"),
        );
    }
}

#[test]
fn norms_refuse_what_does_not_fit() {
    let (mut graph, x, image) = operands();
    refused(
        graph.layer_norm("a", image),
        "a: layer norm input has shape [2, 4, 3, 6], expected one row",
    );
    let style = input(&mut graph, [2, 7, 1, 1]);
    refused(
        graph.style_adaptive_layer_norm("b", image, style),
        "b: input has shape [2, 4, 3, 6], expected one row",
    );
    refused(
        graph.style_adaptive_layer_norm("c", x, x),
        "c: style has shape [2, 4, 1, 6], expected [2, 4, 1, 1]",
    );
    for groups in [0, 3] {
        refused(
            graph.group_norm("d", image, groups, PLAIN, None),
            &format!("d: {groups} groups do not divide 4 channels"),
        );
    }
    refused(
        graph.group_norm("e", image, 2, PLAIN, Some(style)),
        "e: shift has shape [2, 7, 1, 1], expected [2, 4, 1, 1]",
    );
}

#[test]
fn attention_refuses_what_does_not_fit() {
    let (mut graph, x, image) = operands();
    let [narrow, other] = [[2, 4, 1, 5], [2, 6, 1, 5]].map(|shape| input(&mut graph, shape));
    refused(
        graph.attention("a", x, other, other, 2, 1.0),
        "a: key has shape [2, 6, 1, 5], expected [2, 4, 1, 5]",
    );
    refused(
        graph.attention("a", x, narrow, x, 2, 1.0),
        "a: value has shape [2, 4, 1, 6], expected [2, 4, 1, 5]",
    );
    refused(
        graph.attention("b", x, x, narrow, 2, 1.0),
        "b: value has shape [2, 4, 1, 5], expected [2, 4, 1, 6]",
    );
    for heads in [0, 3] {
        refused(
            graph.attention("c", x, x, x, heads, 1.0),
            &format!("c: {heads} heads do not divide the channels of a one-row [2, 4, 1, 6]"),
        );
    }
    refused(
        graph.attention("d", image, image, image, 2, 1.0),
        "d: 2 heads do not divide the channels of a one-row [2, 4, 3, 6]",
    );
    refused(
        graph.linear_attention("e", image, 2, 8, Epilogue::residual(x)),
        "e.to_out: residual has shape [2, 4, 1, 6], expected [2, 4, 3, 6]",
    );
}

#[test]
fn sequences_refuse_what_does_not_fit() {
    let (mut graph, x, image) = operands();
    let ids = integers(&mut graph, [2, 2, 1, 6]);
    refused(
        graph.embedding("a", ids, 10, 4),
        "a: ids have shape [2, 2, 1, 6], expected [n, 1, 1, w]",
    );
    let one_row = "input has shape [2, 4, 3, 6], expected one row";
    refused(graph.add_positions("b", image), &format!("b: {one_row}"));
    refused(graph.masked_mean("c", image), &format!("c: {one_row}"));
    let index = integers(&mut graph, [1, 1, 1, 9]);
    refused(
        graph.regulate_length("d", image, index),
        &format!("d: {one_row}"),
    );
    refused(
        graph.regulate_length("e", x, index),
        "e: index has shape [1, 1, 1, 9], expected [2, 1, 1, 9]",
    );
    let map = input(&mut graph, [2, 1, 3, 5]);
    let offset = input(&mut graph, [2, 3, 1, 1]);
    refused(
        graph.transport("t", image, map, offset),
        &format!("t: {one_row}"),
    );
    refused(
        graph.transport("t", x, map, offset),
        "t: map has shape [2, 1, 3, 5], expected [2, 1, 3, 4]",
    );
    let map = input(&mut graph, [2, 1, 5, 4]);
    refused(
        graph.transport("t", x, map, offset),
        "t: offset has shape [2, 3, 1, 1], expected [2, 5, 1, 1]",
    );
    refused(
        graph.glu("f", x, x),
        "f: gated input has shape [2, 4, 1, 6], expected [2, 8, 1, 6]",
    );
    refused(
        graph.add("g", x, image, 1.0),
        "g: cannot add [2, 4, 3, 6] to [2, 4, 1, 6]",
    );
    refused(
        graph.concat("h", x, image),
        "h: second operand has shape [2, 4, 3, 6], expected [2, 4, 1, 6]",
    );
}

#[test]
fn diffusion_refuses_what_does_not_fit() {
    let (mut graph, x, image) = operands();
    let solver = SolverInputs {
        table: input(&mut graph, [1, 1, 6, 8]),
        step: integers(&mut graph, [1, 1, 1, 1]),
        seeds: integers(&mut graph, [1, 1, 2, 2]),
    };
    for dim in [2, 5] {
        refused(
            graph.time_embedding("a", solver, 2, dim, 1000.0),
            &format!("a: dimension {dim}, expected even and at least 4"),
        );
    }
    let table = input(&mut graph, [1, 1, 6, 7]);
    refused(
        graph.time_embedding("b", SolverInputs { table, ..solver }, 2, 8, 1000.0),
        "b: solver table has shape [1, 1, 6, 7], expected [1, 1, 6, 8]",
    );
    let step = integers(&mut graph, [1, 1, 1, 2]);
    refused(
        graph.time_embedding("c", SolverInputs { step, ..solver }, 2, 8, 1000.0),
        "c: step has shape [1, 1, 1, 2], expected [1, 1, 1, 1]",
    );
    refused(
        graph.advance_step("d", step),
        "d: step has shape [1, 1, 1, 2], expected [1, 1, 1, 1]",
    );
    let seeds = integers(&mut graph, [1, 1, 1, 2]);
    let deviation = input(&mut graph, [1, 1, 1, 1]);
    refused(
        graph.diffusion_start("e", image, seeds, deviation),
        "e: seeds has shape [1, 1, 1, 2], expected [1, 1, 2, 2]",
    );
    refused(
        graph.diffusion_start("f", image, solver.seeds, x),
        "f: deviation has shape [2, 4, 1, 6], expected [1, 1, 1, 1]",
    );
    let names = ["clean estimate", "mean", "network output"];
    for (position, name) in names.into_iter().enumerate() {
        let mut others = [image; 3];
        others[position] = x;
        let [clean, mean, network] = others;
        refused(
            graph.diffusion_update("g", image, clean, mean, network, solver),
            &format!("g: {name} has shape [2, 4, 1, 6], expected [2, 4, 3, 6]"),
        );
    }
    let solver = SolverInputs { seeds, ..solver };
    refused(
        graph.diffusion_update("h", image, image, image, image, solver),
        "h: seeds has shape [1, 1, 1, 2], expected [1, 1, 2, 2]",
    );
}

#[test]
fn operands_of_the_wrong_type_are_refused() {
    let (mut graph, x, _) = operands();
    let ids = integers(&mut graph, [2, 1, 1, 6]);
    refused(
        graph.linear("a", ids, 4, PLAIN, NONE),
        "a: x has type u32, expected f32",
    );
    let floats = input(&mut graph, [2, 1, 1, 6]);
    refused(
        graph.embedding("b", floats, 10, 4),
        "b: ids has type f32, expected u32",
    );
    refused(
        graph.regulate_length("c", x, floats),
        "c: index has type f32, expected u32",
    );
    let scalar = input(&mut graph, [1, 1, 1, 1]);
    refused(
        graph.advance_step("d", scalar),
        "d: step has type f32, expected u32",
    );
}

#[test]
fn everything_but_what_is_overwritten_can_be_an_output() {
    let mut graph = Graph::new();
    let step = integers(&mut graph, [1, 1, 1, 1]);
    let first = graph.advance_step("first", step).expect("a counter");
    let second = graph.advance_step("second", first).expect("a counter");
    graph.output_everything();
    assert_eq!(graph.outputs(), [second]);
}
