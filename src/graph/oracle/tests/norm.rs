//! Normalisations against their formulas.

use super::{Case, assert_close};
use crate::graph::epilogue::Activation;
use crate::graph::tensor::Shape;

#[test]
fn layer_norm_works_on_each_column() {
    let mut case = Case::default();
    let x = case.floats("x", Shape::sequence(1, 2, 2), &[1.0, 7.0, 3.0, 7.0]);
    case.weight("n.weight", &[2.0, 3.0]);
    case.weight("n.bias", &[10.0, 20.0]);
    let y = case.graph.layer_norm("n", x);
    let rstd = 1.0 / 1.000_01_f64.sqrt();
    let expected = [10.0 - 2.0 * rstd, 10.0, 20.0 + 3.0 * rstd, 20.0];
    assert_close(&case.value(y), &expected);
}

#[test]
fn style_adaptive_layer_norm_takes_scale_then_shift_from_the_style() {
    let mut case = Case::default();
    let x = case.floats("x", Shape::sequence(1, 2, 1), &[1.0, 3.0]);
    let style = case.floats("style", Shape::vector(1, 1), &[2.0]);
    case.weight("n.affine.weight", &[1.0, 2.0, 3.0, 4.0]);
    case.weight("n.affine.bias", &[0.0, 0.0, 0.5, 0.5]);
    let y = case.graph.style_adaptive_layer_norm("n", x, style);
    let rstd = 1.0 / 1.000_01_f64.sqrt();
    assert_close(&case.value(y), &[6.5 - 2.0 * rstd, 8.5 + 4.0 * rstd]);
}

#[test]
fn group_norm_counts_valid_columns_only() {
    let mut case = Case::default();
    let lengths = case.lengths(&[2]);
    let shape = Shape::new(1, 2, 1, 3);
    let x = case.masked("x", shape, &[1.0, 3.0, 0.0, 10.0, 30.0, 0.0], lengths);
    let shift = case.floats("shift", Shape::vector(1, 2), &[0.5, 0.25]);
    case.weight("n.weight", &[2.0, 3.0]);
    case.weight("n.bias", &[1.0, -1.0]);
    let y = case
        .graph
        .group_norm("n", x, 2, Activation::Relu, Some(shift));
    let (first, second) = (1.0 / 1.000_01_f64.sqrt(), 10.0 / 100.000_01_f64.sqrt());
    let expected = [
        (1.0 - 2.0 * first).max(0.0) + 0.5,
        1.0 + 2.0 * first + 0.5,
        0.0,
        (-1.0 - 3.0 * second).max(0.0) + 0.25,
        -1.0 + 3.0 * second + 0.25,
        0.0,
    ];
    assert_close(&case.value(y), &expected);
}

#[test]
fn long_groups_with_a_mean_far_from_zero_keep_their_precision() {
    let (shape, valid) = (Shape::new(1, 2, 80, 900), 777);
    let mut values = vec![0.0; shape.elements()];
    for (row, columns) in (0_u16..).zip(values.chunks_mut(shape.w)) {
        for (column, x) in (0_u16..).zip(&mut columns[..valid]) {
            *x = 5.0 + (3.0 * f32::from(row) + f32::from(column)).sin();
        }
    }
    let mut case = Case::default();
    let lengths = case.lengths(&[777]);
    let x = case.masked("x", shape, &values, lengths);
    case.weight("n.weight", &[1.0, 1.0]);
    case.weight("n.bias", &[0.0, 0.0]);
    let y = case.graph.group_norm("n", x, 2, Activation::Identity, None);
    let y = case.value(y);
    for (group, y) in values.chunks(80 * 900).zip(y.chunks(80 * 900)) {
        let is_valid = |index: usize| index % 900 < valid;
        let elements: Vec<_> = (0..group.len())
            .filter(|&index| is_valid(index))
            .map(|index| f64::from(group[index]))
            .collect();
        let count = elements.len() as f64;
        let mean = elements.iter().sum::<f64>() / count;
        let square = elements.iter().map(|x| x * x).sum::<f64>() / count;
        let deviation = (square - mean * mean + 1e-5).sqrt();
        let expected: Vec<_> = (0..group.len())
            .map(|index| {
                let normal = (f64::from(group[index]) - mean) / deviation;
                if is_valid(index) { normal } else { 0.0 }
            })
            .collect();
        assert_close(y, &expected);
    }
}
