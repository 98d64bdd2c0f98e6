//! Products in half precision, with and without cooperative matrices: how far they may be from the exact
//! ones, and what becomes of numbers beyond the range of halfs.

use gss_wgpu::gpu::Capabilities;
use gss_wgpu::graph::{Activation, Conv1d, DType, Epilogue, Graph, Shape};

use crate::check::{Check, HALF, random};
use crate::support::gpu;

/// Half the distance from 1 to the next number in half precision.
const HALF_ULP: f64 = 1.0 / 2048.0;

const COLUMNS: usize = 65;
const OUTPUTS: usize = 33;

/// A convolution of `inputs` channels with three taps.
fn convolution(inputs: usize, epilogue: Epilogue) -> Graph {
    let mut graph = Graph::new();
    let x = graph.input("x", Shape::sequence(1, inputs, COLUMNS), DType::F32);
    let conv = Conv1d {
        channels: OUTPUTS,
        kernel: 3,
        dilation: 1,
    };
    let y = graph
        .conv1d("conv", x, conv, Activation::Identity, epilogue)
        .expect("the kernel is odd");
    graph.output(y);
    graph
}

/// Columns below 2^13 whose magnitudes span twenty octaves.
fn awkward_columns(count: usize) -> Vec<f32> {
    let octaves = random(1, count)
        .into_iter()
        .map(|octave| 64.0_f32.powf(octave));
    let values = random(2, count).into_iter();
    values
        .zip(octaves)
        .map(|(value, octave)| 4.0 * value * octave)
        .collect()
}

/// Weights between 2^-10 and 0.43: normal halfs, of which sixteen times a column stay below the largest.
fn weights(count: usize) -> Vec<f32> {
    let quarter = random(3, count).into_iter().map(|value| 0.25 * value);
    quarter
        .map(|value| value.abs().max(1.0 / 1024.0).copysign(value))
        .collect()
}

/// Kernels in half precision, and how many roundings to it a term of their sums may suffer.
fn variants() -> Vec<(Capabilities, f64)> {
    // Two conversions, and sixteen additions; matrices add in single precision.
    let matrices = Capabilities {
        matrices: gpu().runnable().matrices,
        f16_arithmetic: false,
        ..HALF
    };
    let all = [
        ("half precision", HALF, 18.0),
        ("matrices of halfs", matrices, 2.0),
    ];
    let is_there = |&(what, wanted, _): &(&str, Capabilities, f64)| {
        let is_there = wanted.product_nmse() > Capabilities::PORTABLE.product_nmse()
            && gpu().planning_for(wanted).capabilities() == wanted;
        if !is_there {
            eprintln!("not run: {} has no {what}", gpu().adapter_info().name);
        }
        is_there
    };
    let there = all.into_iter().filter(is_there);
    there
        .map(|(_, capabilities, roundings)| (capabilities, roundings))
        .collect()
}

/// Every sum is as close to the exact one as the kernels' heads promise, however long it is and whatever
/// its terms.
#[test]
fn long_sums_stay_within_their_bound() {
    for inputs in [1, 5, 342, 1367] {
        let graph = convolution(inputs, Epilogue::NONE);
        let (x, weight) = (
            awkward_columns(inputs * COLUMNS),
            weights(OUTPUTS * inputs * 3),
        );
        let bias = vec![0.0; OUTPUTS];
        let magnitudes = |values: &[f32]| values.iter().map(|value| value.abs()).collect();
        let check = |x, weight| {
            Check::new(&graph)
                .floats("x", x)
                .floats("conv.weight", weight)
                .floats("conv.bias", bias.clone())
        };
        // The oracle's sums of magnitudes.
        let magnitudes = check(magnitudes(&x), magnitudes(&weight));
        let (sums, _) = magnitudes.outputs(Capabilities::PORTABLE);
        let check = check(x, weight);
        let terms = 3.0 * inputs as f64;
        for (capabilities, roundings) in variants() {
            let (expected, actual) = check.outputs(capabilities);
            // What single precision adds, and what is lost below 2^-14, where an adapter may take a
            // column (times a weight below 1/2) or a partial sum for zero.
            let relative = roundings * HALF_ULP + terms * f64::from(f32::EPSILON);
            let lost = terms * 1.5 / 16384.0;
            for ((expected, actual), sum) in expected.iter().zip(actual).zip(&sums) {
                let (error, bound) = ((expected - actual).abs(), relative * sum + lost);
                assert!(
                    error <= bound,
                    "{error} of {expected}, {inputs} inputs, {capabilities:?}: {bound} is right"
                );
            }
        }
    }
}

/// A number too large for half precision is seen in what it reaches, and nowhere else; never clamped.
#[test]
fn what_no_half_holds_becomes_no_number() {
    let activations = [
        Activation::Identity,
        Activation::Relu,
        Activation::LeakyRelu(0.1),
        Activation::Mish,
        Activation::Tanh,
        Activation::Silu,
    ];
    for activation in activations {
        let graph = convolution(20, Epilogue::activation(activation));
        let mut x = random(1, 20 * COLUMNS);
        x[7 * COLUMNS + 30] = -1e5;
        let check = Check::new(&graph).floats("x", x);
        for (capabilities, _) in variants() {
            let (expected, actual) = check.outputs(capabilities);
            for (index, (expected, actual)) in expected.into_iter().zip(actual).enumerate() {
                let is_reached = (29..=31).contains(&(index % COLUMNS));
                assert_eq!(
                    actual.is_finite(),
                    !is_reached,
                    "{actual} where {expected} is exact, {capabilities:?}"
                );
            }
        }
        let (_, actual) = check.outputs(HALF.single_precision());
        assert!(actual.into_iter().all(f64::is_finite));
    }
}
