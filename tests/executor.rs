//! The executor: inputs, runs, copies between plans, readback, and errors as values.

mod support;

use gss_wgpu::gpu::{
    AdapterChoice, Executable, Gpu, GpuError, WeightData, WeightFormat, WeightStore,
};
use gss_wgpu::graph::{DType, Epilogue, Graph, Shape, TensorId};
use pollster::block_on;
use support::gpu;

/// `output = 0.5 * (a + b)`
fn average(shape: Shape) -> (Graph, TensorId) {
    let mut graph = Graph::new();
    let a = graph.input("a", shape, DType::F32);
    let b = graph.input("b", shape, DType::F32);
    let sum = graph.add("average", a, b, 0.5).expect("shapes agree");
    graph.output(sum);
    (graph, sum)
}

fn executable(graph: &Graph) -> Executable {
    let program = gpu().plan(graph).expect("the graph is sound");
    Executable::new(gpu(), graph, &program, &WeightStore::new()).expect("the plan is runnable")
}

#[test]
fn an_executable_runs_again_with_new_inputs() {
    let (graph, output) = average(Shape::sequence(1, 2, 3));
    let executable = executable(&graph);
    for run in 0..3_u8 {
        let a = [f32::from(run); 6];
        executable.write_f32("a", &a).expect("a is an input");
        executable
            .write_f32("b", &[2.0, 4.0, 6.0, 8.0, 10.0, 12.0])
            .expect("b is an input");
        executable.run(1).expect("the device is there");
        let values = block_on(executable.read_f32(output)).expect("an output");
        let half = f32::from(run) / 2.0;
        assert_eq!(
            values,
            [1.0, 2.0, 3.0, 4.0, 5.0, 6.0].map(|value| value + half)
        );
    }
}

#[test]
fn an_output_feeds_another_plan_without_leaving_the_device() {
    let (graph, output) = average(Shape::vector(1, 4));
    let (first, second) = (executable(&graph), executable(&graph));
    first.write_f32("a", &[2.0; 4]).expect("a is an input");
    first.write_f32("b", &[4.0; 4]).expect("b is an input");
    first.run(1).expect("the device is there");
    first
        .copy_output(output, &second, "a")
        .expect("the sizes agree");
    second.write_f32("b", &[5.0; 4]).expect("b is an input");
    second.run(1).expect("the device is there");
    let values = block_on(second.read_f32(output)).expect("an output");
    assert_eq!(values, [4.0; 4]);
}

#[test]
fn a_dispatch_beyond_the_limit_of_one_dimension_reaches_every_element() {
    // 64 invocations a workgroup: 65,535 workgroups end before this tensor does.
    let shape = Shape::new(1, 3, 1, 65_536 * 64 / 3 + 7);
    let (graph, output) = average(shape);
    let executable = executable(&graph);
    let ramp: Vec<f32> = (0..shape.elements()).map(|index| index as f32).collect();
    executable.write_f32("a", &ramp).expect("a is an input");
    executable.write_f32("b", &ramp).expect("b is an input");
    executable.run(1).expect("the device is there");
    let values = block_on(executable.read_f32(output)).expect("an output");
    assert!(values == ramp);
}

#[test]
fn guards_stay_intact_and_poison_reaches_what_was_not_written() {
    let (graph, output) = average(Shape::sequence(1, 1, 5));
    let program = gpu().plan(&graph).expect("the graph is sound");
    let executable = Executable::guarded(gpu(), &graph, &program, &WeightStore::new())
        .expect("the plan is runnable");
    executable.poison().expect("the device is there");
    executable.write_f32("a", &[1.0; 5]).expect("a is an input");
    executable.run(1).expect("the device is there");
    let values = block_on(executable.read_f32(output)).expect("an output");
    assert!(
        values.iter().all(|value| value.is_nan()),
        "b was never written: {values:?}"
    );
    let damaged = block_on(executable.check_guards()).expect("the device is there");
    assert!(damaged.is_empty(), "slots {damaged:?} overflow");
}

#[test]
fn wrong_names_sizes_and_types_are_errors() {
    let (graph, output) = average(Shape::vector(1, 4));
    let executable = executable(&graph);
    let error = executable
        .write_f32("c", &[0.0; 4])
        .expect_err("there is no c");
    assert!(error.to_string().contains("there are: a, b"), "{error}");
    let error = executable
        .write_f32("a", &[0.0; 3])
        .expect_err("a has 4 elements");
    assert!(error.to_string().contains("4 elements"), "{error}");
    assert!(matches!(
        executable.write_u32("a", &[0; 4]),
        Err(GpuError::Tensor { .. })
    ));
    assert!(matches!(
        block_on(executable.read_u32(output)),
        Err(GpuError::Tensor { .. })
    ));
}

#[test]
fn an_unknown_adapter_is_an_error_that_lists_what_there_is() {
    let known = gpu().adapter_info().name.clone();
    let choice = AdapterChoice::Name("no such adapter".to_owned());
    let error = block_on(Gpu::new(&choice)).expect_err("nobody names an adapter so");
    assert!(matches!(error, GpuError::NoAdapter { .. }));
    assert!(error.to_string().contains(&known), "{error}");
}

#[test]
fn missing_and_truncated_weights_are_errors() {
    let mut graph = Graph::new();
    let x = graph.input("x", Shape::vector(1, 4), DType::F32);
    let y = graph
        .conv1d(
            "layer",
            x,
            gss_wgpu::graph::Conv1d {
                channels: 2,
                kernel: 1,
                dilation: 1,
            },
            gss_wgpu::graph::Activation::Identity,
            Epilogue::NONE,
        )
        .expect("shapes agree");
    graph.output(y);
    let mut store = WeightStore::new();
    let error = store
        .upload(gpu(), &graph, &|_| None)
        .expect_err("nothing is there");
    assert!(error.to_string().contains("layer.weight"), "{error}");
    let short = |_: &str| {
        Some(WeightData {
            format: WeightFormat::F32,
            bytes: &[0; 8],
        })
    };
    let error = store
        .upload(gpu(), &graph, &short)
        .expect_err("8 weights are 32 bytes");
    assert!(error.to_string().contains("8 bytes"), "{error}");
    let program = gpu().plan(&graph).expect("the graph is sound");
    let error = Executable::new(gpu(), &graph, &program, &store).expect_err("no weights");
    assert!(matches!(error, GpuError::Weight { .. }), "{error}");
}

#[test]
fn a_lost_device_is_an_error_from_then_on() {
    let own = block_on(Gpu::new(&AdapterChoice::Auto)).expect("there is an adapter");
    let (graph, output) = average(Shape::vector(1, 4));
    let program = gpu().plan(&graph).expect("the graph is sound");
    let executable =
        Executable::new(&own, &graph, &program, &WeightStore::new()).expect("the plan is runnable");
    own.device().destroy();
    let poll = own.device().poll(wgpu::PollType::Poll);
    assert!(poll.is_ok());
    let results = [
        executable.write_f32("a", &[0.0; 4]),
        executable.run(1),
        block_on(executable.read_f32(output)).map(drop),
    ];
    for result in results {
        assert!(
            matches!(result, Err(GpuError::DeviceLost { .. })),
            "{result:?}"
        );
    }
}
