//! The measured choice of kernels: it is one that runs, and changes no result but by rounding.

mod support;

use gss_wgpu::gpu::{Executable, Gpu, Tuning, WeightData, WeightFormat, WeightStore};
use gss_wgpu::graph::{Activation, Conv1d, Conv2d, DType, Epilogue, Graph, Shape, TensorId};
use pollster::block_on;
use support::gpu;

/// A product of each kind that has variants.
fn products() -> (Graph, TensorId) {
    let mut graph = Graph::new();
    let x = graph.input("x", Shape::sequence(1, 16, 96), DType::F32);
    let conv = Conv1d {
        channels: 32,
        kernel: 5,
        dilation: 1,
    };
    let y = graph
        .conv1d("conv1d", x, conv, Activation::Identity, Epilogue::NONE)
        .expect("the kernel is odd");
    let conv = Conv2d {
        channels: 48,
        kernel: 3,
        stride: 1,
        padding: 1,
    };
    let y = graph
        .conv2d("conv2d", y, conv, Epilogue::NONE)
        .expect("the kernel fits its padding");
    let y = graph
        .linear("linear", y, 40, Activation::Relu, Epilogue::NONE)
        .expect("any shape fits");
    graph.output(y);
    (graph, y)
}

fn run(gpu: &Gpu) -> Vec<f32> {
    let (graph, y) = products();
    let weight: Vec<f32> = (0_u8..=250)
        .cycle()
        .map(|value| f32::from(value) / 500.0 - 0.2)
        .take(48 * 32 * 9)
        .collect();
    let elements = |name: &str| {
        let mut weights = graph.weights();
        let weight = weights.find(|weight| weight.name == name)?;
        Some(weight.shape.elements())
    };
    let mut weights = WeightStore::new();
    weights
        .upload(gpu, &graph, &|name| {
            Some(WeightData {
                format: WeightFormat::F32,
                bytes: bytemuck::cast_slice(&weight[..elements(name)?]),
            })
        })
        .expect("all weights are there");
    let program = gpu.plan(&graph).expect("the graph is sound");
    let executable =
        Executable::new(gpu, &graph, &program, &weights).expect("the plan is runnable");
    let x: Vec<f32> = (0_u16..16 * 96).map(|i| f32::from(i % 17) - 8.0).collect();
    executable.write_f32("x", &x).expect("x is an input");
    executable.run(1).expect("the device is there");
    block_on(executable.read_f32(y)).expect("it is an output")
}

#[test]
fn a_measured_choice_is_kept_and_changes_results_by_rounding_only() {
    let (graph, _) = products();
    let tuning = Tuning::measure(gpu(), &[&graph, &graph]).expect("the device is there");
    assert!(
        tuning.len() <= 3,
        "a product was measured twice: {tuning:?}"
    );

    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = tuning.keep(folder.path(), gpu()).expect("it is writable");
    assert!(path.starts_with(folder.path()));
    assert_eq!(Tuning::kept(folder.path(), gpu()), tuning);

    let (tuned, default) = (run(&gpu().tuned(tuning)), run(gpu()));
    let largest = default
        .iter()
        .fold(0.0_f32, |largest, value| largest.max(value.abs()));
    assert!(largest > 0.0, "the products are all zero");
    for (tuned, default) in tuned.iter().zip(&default) {
        assert!((tuned - default).abs() <= 1e-5 * largest);
    }
}
