//! Attention by hand and by the quadratic formula.

use super::{Case, assert_close};
use crate::graph::epilogue::Epilogue;
use crate::graph::tensor::Shape;

#[test]
fn attention_mixes_values_by_the_softmax_of_the_scores() {
    let mut case = Case::default();
    let shape = Shape::sequence(1, 2, 3);
    // Two heads of one channel. Scores are scale * q * k with e^scores = 1, 2, 5 for q = 1.
    let (two, five) = (2_f32.ln() / 0.5, 5_f32.ln() / 0.5);
    let query = case.floats("q", shape, &[1.0, 0.0, -1.0, 0.0, 0.0, 0.0]);
    let key = case.floats("k", shape, &[0.0, two, five, 0.0, 0.0, 0.0]);
    let value = case.floats("v", shape, &[8.0, 80.0, 800.0, 1.0, 2.0, 6.0]);
    let y = case.graph.attention("a", query, key, value, 2, 0.5);
    let expected = [521.0, 296.0, 208.0 / 1.7, 3.0, 3.0, 3.0];
    assert_close(&case.value(y), &expected);
}

#[test]
fn attention_on_another_sequence_has_its_own_columns_and_masks() {
    let mut case = Case::default();
    let query_lengths = case.lengths(&[1]);
    let query = case.masked("q", Shape::sequence(1, 1, 2), &[1.0, 0.0], query_lengths);
    let shape = Shape::sequence(1, 1, 3);
    let key = case.floats("k", shape, &[0.0, 2_f32.ln(), 5_f32.ln()]);
    let value = case.floats("v", shape, &[8.0, 16.0, 24.0]);
    let y = case.graph.attention("a", query, key, value, 1, 1.0);
    assert_close(&case.value(y), &[20.0, 0.0]);
}

#[test]
fn attention_ignores_masked_keys_and_writes_zeros_for_masked_queries() {
    let mut case = Case::default();
    let lengths = case.lengths(&[2]);
    let shape = Shape::sequence(1, 1, 3);
    let query = case.masked("q", shape, &[1.0, 1.0, 0.0], lengths);
    let key = case.masked("k", shape, &[0.0, 3_f32.ln(), 0.0], lengths);
    let value = case.masked("v", shape, &[4.0, 8.0, 0.0], lengths);
    let y = case.graph.attention("a", query, key, value, 1, 1.0);
    assert_close(&case.value(y), &[7.0, 7.0, 0.0]);
}

#[test]
fn linear_attention_equals_its_quadratic_form() {
    const HEADS: usize = 2;
    const DIM: usize = 2;
    const INNER: usize = HEADS * DIM;
    const COLUMNS: usize = 3;
    let mut case = Case::default();
    // One input channel: query, key and value of each channel are the input times a weight.
    let x = [0.5_f32, -1.0, 2.0];
    let input = case.floats("x", Shape::new(1, 1, 1, COLUMNS), &x);
    let qkv: Vec<_> = (0_u8..12).map(|i| 0.25 * f32::from(i) - 1.25).collect();
    case.weight("a.to_qkv.weight", &qkv);
    case.weight("a.to_out.weight", &[1.0, 10.0, 100.0, 1000.0]);
    case.weight("a.to_out.bias", &[0.0]);
    let y = case
        .graph
        .linear_attention("a", input, HEADS, DIM, Epilogue::NONE);
    let project = |channel: usize, column: usize| f64::from(qkv[channel]) * f64::from(x[column]);
    let softmax = |channel: usize, column: usize| {
        let sum: f64 = (0..COLUMNS)
            .map(|w| project(INNER + channel, w).exp())
            .sum();
        project(INNER + channel, column).exp() / sum
    };
    let expected: Vec<f64> = (0..COLUMNS)
        .map(|q| {
            let mut y = 0.0;
            for e in 0..INNER {
                let mut mixed = 0.0;
                for k in 0..COLUMNS {
                    let head = e / DIM * DIM;
                    let score: f64 = (head..head + DIM)
                        .map(|d| project(d, q) * softmax(d, k))
                        .sum();
                    mixed += score * project(2 * INNER + e, k);
                }
                y += [1.0, 10.0, 100.0, 1000.0][e] * mixed;
            }
            y
        })
        .collect();
    assert_close(&case.value(y), &expected);
}
