//! Embedding, positions, length regulation, pooling and pointwise combinations by hand.

use super::{Case, assert_close};
use crate::graph::tensor::Shape;

#[test]
fn glu_gates_the_first_half_with_the_second() {
    let mut case = Case::default();
    let x = case.floats("x", Shape::sequence(1, 2, 2), &[4.0, 8.0, 0.0, 3_f32.ln()]);
    let residual = case.floats("r", Shape::sequence(1, 1, 2), &[0.5, 0.25]);
    let y = case.graph.glu("g", x, residual);
    assert_close(&case.value(y), &[2.5, 6.25]);
}

#[test]
fn add_takes_tensors_and_vectors() {
    let mut case = Case::default();
    let shape = Shape::sequence(1, 2, 2);
    let a = case.floats("a", shape, &[1.0, 2.0, 3.0, 4.0]);
    let b = case.floats("b", shape, &[10.0, 20.0, 30.0, 40.0]);
    let vector = case.floats("v", Shape::vector(1, 2), &[100.0, 200.0]);
    let sum = case.graph.add("s", a, b, 0.5);
    let shifted = case.graph.add("t", a, vector, 1.0);
    assert_close(&case.value(sum), &[5.5, 11.0, 16.5, 22.0]);
    assert_close(&case.value(shifted), &[101.0, 102.0, 203.0, 204.0]);
}

#[test]
fn a_vector_added_to_a_masked_tensor_leaves_the_mask() {
    let mut case = Case::default();
    let lengths = case.lengths(&[1]);
    let a = case.masked("a", Shape::sequence(1, 1, 2), &[1.0, 0.0], lengths);
    let vector = case.floats("v", Shape::vector(1, 1), &[100.0]);
    let y = case.graph.add("t", a, vector, 1.0);
    assert_close(&case.value(y), &[101.0, 0.0]);
}

#[test]
fn concat_puts_the_channels_of_a_before_those_of_b() {
    let mut case = Case::default();
    let a = case.floats("a", Shape::new(2, 1, 1, 2), &[1.0, 2.0, 3.0, 4.0]);
    let values = [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0];
    let b = case.floats("b", Shape::new(2, 2, 1, 2), &values);
    let y = case.graph.concat("c", a, b);
    let expected = [
        1.0, 2.0, 10.0, 20.0, 30.0, 40.0, 3.0, 4.0, 50.0, 60.0, 70.0, 80.0,
    ];
    assert_close(&case.value(y), &expected);
}

#[test]
fn embedding_looks_up_columns_and_refuses_foreign_ids() {
    let mut case = Case::default();
    let ids = case.integers("ids", Shape::sequence(1, 1, 3), &[1, 0, 2]);
    case.weight("e.weight", &[1.0, 2.0, 10.0, 20.0]);
    let y = case.graph.embedding("e", ids, 2, 2);
    let y = case.value(y);
    assert_close(&[y[0], y[1], y[3], y[4]], &[10.0, 1.0, 20.0, 2.0]);
    assert!(y[2].is_nan() && y[5].is_nan());
}

#[test]
fn positions_alternate_sine_and_cosine() {
    let mut case = Case::default();
    let x = case.floats("x", Shape::sequence(1, 4, 2), &[1.0; 8]);
    let y = case.graph.add_positions("p", x);
    let expected = [
        1.0,
        1.0 + 1_f64.sin(),
        2.0,
        1.0 + 1_f64.cos(),
        1.0,
        1.0 + 0.01_f64.sin(),
        2.0,
        1.0 + 0.01_f64.cos(),
    ];
    assert_close(&case.value(y), &expected);
}

#[test]
fn length_regulation_repeats_tokens_and_refuses_foreign_ones() {
    let mut case = Case::default();
    let x = case.floats("x", Shape::sequence(1, 2, 2), &[1.0, 2.0, 10.0, 20.0]);
    let index = case.integers("index", Shape::sequence(1, 1, 4), &[0, 0, 1, 2]);
    let y = case.graph.regulate_length("r", x, index);
    let y = case.value(y);
    assert_close(&y[..3], &[1.0, 1.0, 2.0]);
    assert_close(&y[4..7], &[10.0, 10.0, 20.0]);
    assert!(y[3].is_nan() && y[7].is_nan());
}

#[test]
fn transport_maps_each_item_its_own_way() {
    let mut case = Case::default();
    let lengths = case.lengths(&[2, 1]);
    let values = [1.0, 2.0, 10.0, 20.0, 3.0, 0.0, 30.0, 0.0];
    let x = case.masked("x", Shape::sequence(2, 2, 2), &values, lengths);
    let map = [1.0, 0.5, -1.0, 0.0, 0.0, 1.0, 2.0, 0.1];
    let map = case.floats("map", Shape::new(2, 1, 2, 2), &map);
    let offset = case.floats("offset", Shape::vector(2, 2), &[0.0, 100.0, 1.0, -1.0]);
    let y = case.graph.transport("t", x, map, offset);
    let expected = [6.0, 12.0, 99.0, 98.0, 31.0, 0.0, 8.0, 0.0];
    assert_close(&case.value(y), &expected);
}

#[test]
fn masked_mean_divides_by_the_valid_columns() {
    let mut case = Case::default();
    let lengths = case.lengths(&[2, 1]);
    let values = [1.0, 3.0, 0.0, 5.0, 0.0, 0.0];
    let x = case.masked("x", Shape::sequence(2, 1, 3), &values, lengths);
    let y = case.graph.masked_mean("m", x);
    assert_close(&case.value(y), &[2.0, 5.0]);
}
