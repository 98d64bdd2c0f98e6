//! Products and convolutions with weights whose digits tell the taps apart.

use super::{Case, assert_close};
use crate::graph::epilogue::{Activation, Epilogue};
use crate::graph::op::{Conv1d, Conv2d};
use crate::graph::tensor::Shape;

const DIGITS: [f32; 4] = [1.0, 10.0, 100.0, 1000.0];

#[test]
fn matmul_combines_channels_in_each_column() {
    let mut case = Case::default();
    let x = case.floats("x", Shape::sequence(1, 2, 2), &[1.0, 2.0, 3.0, 4.0]);
    case.weight("m.weight", &[1.0, 10.0, 2.0, 20.0, 3.0, 30.0]);
    case.weight("m.bias", &[100.0, 200.0, 300.0]);
    let y = case
        .graph
        .linear("m", x, 3, Activation::Identity, Epilogue::NONE);
    assert_close(&case.value(y), &[131.0, 142.0, 262.0, 284.0, 393.0, 426.0]);
}

#[test]
fn epilogue_activates_then_scales_then_adds() {
    let mut case = Case::default();
    let x = case.floats("x", Shape::sequence(1, 1, 2), &[-3.0, 2.0]);
    let residual = case.floats("residual", Shape::sequence(1, 1, 2), &[0.5, 0.25]);
    case.weight("m.weight", &[2.0]);
    case.weight("m.bias", &[1.0]);
    case.weight("gain", &[-7.0]);
    let gain = case.graph.weight("gain", Shape::vector(1, 1));
    let epilogue = Epilogue {
        activation: Activation::Relu,
        gain: Some(gain.expect("declared once")),
        residual: Some(residual),
    };
    let y = case.graph.linear("m", x, 1, Activation::Identity, epilogue);
    assert_close(&case.value(y), &[0.5, -7.0 * 5.0 + 0.25]);
}

#[test]
fn prologue_applies_to_what_is_read() {
    let mut case = Case::default();
    let x = case.floats("x", Shape::sequence(1, 1, 3), &[-2.0, 0.0, 4.0]);
    case.weight("c.weight", &[1.0, 10.0, 100.0]);
    case.weight("c.bias", &[0.0]);
    let conv = Conv1d {
        channels: 1,
        kernel: 3,
        dilation: 1,
    };
    let leaky = Activation::LeakyRelu(0.25);
    let y = case.graph.conv1d("c", x, conv, leaky, Epilogue::NONE);
    assert_close(&case.value(y), &[-5.0, -0.5 + 400.0, 40.0]);
}

#[test]
fn activations_are_those_of_their_definitions() {
    let expected = [
        (Activation::Identity, [-2.0, 0.0, 3.0]),
        (Activation::Relu, [0.0, 0.0, 3.0]),
        (Activation::LeakyRelu(0.5), [-1.0, 0.0, 3.0]),
        // x * tanh(ln(1 + e^x)) to eight digits.
        (Activation::Mish, [-0.252_501_483, 0.0, 2.986_535_355]),
        (Activation::Tanh, [-0.964_027_580, 0.0, 0.995_054_754]),
        (Activation::Silu, [-0.238_405_844, 0.0, 2.857_722_380]),
    ];
    for (activation, expected) in expected {
        let mut case = Case::default();
        let x = case.floats("x", Shape::sequence(1, 1, 3), &[-2.0, 0.0, 3.0]);
        case.weight("m.weight", &[1.0]);
        case.weight("m.bias", &[0.0]);
        let epilogue = Epilogue::activation(activation);
        let y = case.graph.linear("m", x, 1, Activation::Identity, epilogue);
        assert_close(&case.value(y), &expected);
    }
}

#[test]
fn mish_of_large_numbers_is_finite() {
    let mut case = Case::default();
    let x = case.floats("x", Shape::sequence(1, 1, 2), &[1e4, -1e4]);
    case.weight("m.weight", &[1.0]);
    case.weight("m.bias", &[0.0]);
    let y = case
        .graph
        .linear("m", x, 1, Activation::Mish, Epilogue::NONE);
    assert_close(&case.value(y), &[1e4, 0.0]);
}

#[test]
fn conv1d_spreads_its_taps_by_the_dilation() {
    let mut case = Case::default();
    let x = case.floats("x", Shape::sequence(1, 1, 5), &[1.0, 2.0, 3.0, 4.0, 5.0]);
    case.weight("c.weight", &DIGITS[..3]);
    case.weight("c.bias", &[0.0]);
    let conv = Conv1d {
        channels: 1,
        kernel: 3,
        dilation: 2,
    };
    let y = case
        .graph
        .conv1d("c", x, conv, Activation::Identity, Epilogue::NONE);
    assert_close(&case.value(y), &[310.0, 420.0, 531.0, 42.0, 53.0]);
}

#[test]
fn conv1d_wider_than_its_input_reads_zeros() {
    let mut case = Case::default();
    let x = case.floats("x", Shape::sequence(1, 1, 2), &[1.0, 2.0]);
    case.weight("c.weight", &DIGITS[..3]);
    case.weight("c.bias", &[0.0]);
    let conv = Conv1d {
        channels: 1,
        kernel: 3,
        dilation: 5,
    };
    let y = case
        .graph
        .conv1d("c", x, conv, Activation::Identity, Epilogue::NONE);
    assert_close(&case.value(y), &[10.0, 20.0]);
}

#[test]
fn conv2d_steps_by_its_stride_and_pads_all_sides() {
    let mut case = Case::default();
    let values: Vec<_> = (1_u8..=9).map(f32::from).collect();
    let x = case.floats("x", Shape::new(1, 1, 3, 3), &values);
    case.weight(
        "c.weight",
        &[1.0, 0.0, 0.0, 0.0, 10.0, 0.0, 0.0, 0.0, 100.0],
    );
    case.weight("c.bias", &[0.0]);
    let conv = Conv2d {
        channels: 1,
        kernel: 3,
        stride: 2,
        padding: 1,
    };
    let y = case.graph.conv2d("c", x, conv, Epilogue::NONE);
    assert_close(&case.value(y), &[510.0, 30.0, 70.0, 95.0]);
}

#[test]
fn conv2d_sums_over_channels() {
    let mut case = Case::default();
    let x = case.floats("x", Shape::new(1, 2, 1, 2), &[1.0, 2.0, 3.0, 4.0]);
    case.weight("c.weight", &[1.0, 10.0, 100.0, 1000.0]);
    case.weight("c.bias", &[0.5, 0.25]);
    let conv = Conv2d {
        channels: 2,
        kernel: 1,
        stride: 1,
        padding: 0,
    };
    let y = case.graph.conv2d("c", x, conv, Epilogue::NONE);
    assert_close(&case.value(y), &[31.5, 42.5, 3100.25, 4200.25]);
}

#[test]
fn conv_transpose1d_overlaps_and_crops() {
    let mut case = Case::default();
    let x = case.floats("x", Shape::sequence(1, 1, 2), &[1.0, 2.0]);
    case.weight("c.weight", &DIGITS);
    case.weight("c.bias", &[0.5]);
    let y = case
        .graph
        .conv_transpose1d("c", x, 1, 4, 2, Activation::Identity);
    assert_close(&case.value(y), &[10.5, 102.5, 1020.5, 200.5]);
}

#[test]
fn conv_transpose1d_weights_have_input_channels_first() {
    let mut case = Case::default();
    let x = case.floats("x", Shape::sequence(1, 2, 1), &[1.0, 2.0]);
    case.weight("c.weight", &DIGITS);
    case.weight("c.bias", &[0.0, 0.0]);
    let y = case
        .graph
        .conv_transpose1d("c", x, 2, 1, 1, Activation::Identity);
    assert_close(&case.value(y), &[201.0, 2010.0]);
}

#[test]
fn conv_transpose2d_is_separable_for_separable_weights() {
    let mut case = Case::default();
    let x = case.floats("x", Shape::new(1, 1, 2, 2), &[1.0, 2.0, 2.0, 4.0]);
    let like = case.floats("like", Shape::new(1, 3, 4, 3), &[0.0; 36]);
    let outer: Vec<_> = DIGITS
        .iter()
        .flat_map(|a| DIGITS.iter().map(move |b| a * b))
        .collect();
    case.weight("c.weight", &outer);
    case.weight("c.bias", &[0.0]);
    let y = case.graph.conv_transpose2d("c", x, 1, like);
    // The one-dimensional result above, along rows and (cropped) columns.
    let rows = [10.0, 102.0, 1020.0, 200.0];
    let expected: Vec<_> = rows
        .iter()
        .flat_map(|a| rows[..3].iter().map(move |b| a * b))
        .collect();
    assert_close(&case.value(y), &expected);
}
