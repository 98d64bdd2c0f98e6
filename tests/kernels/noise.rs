//! The generator in WGSL: the integers exactly, the logarithm and the cosine at their edges.

use gss_wgpu::graph::noise::philox4x32;
use wgpu::util::DeviceExt;

use crate::support::gpu;

const COMMON: [&str; 2] = [
    include_str!("../../shaders/common/trigonometry.wgsl"),
    include_str!("../../shaders/common/noise.wgsl"),
];

const MAIN: &str = "
@group(0) @binding(0) var<storage, read> given: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<u32>>;

@compute @workgroup_size(1)
fn words(@builtin(workgroup_id) id: vec3<u32>) {
    y[id.x] = philox(given[2u * id.x], given[2u * id.x + 1u].xy);
}

@compute @workgroup_size(1)
fn functions(@builtin(workgroup_id) id: vec3<u32>) {
    let k = given[id.x].x;
    y[id.x] = bitcast<vec4<u32>>(vec4<f32>(log_uniform(k), cosine_uniform(k), 0.0, 0.0));
}
";

/// Runs an entry point of [`MAIN`] once for each of `count` results.
fn run(entry: &str, given: &[[u32; 4]], count: u32) -> Vec<[u32; 4]> {
    let device = gpu().device();
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some("noise test"),
        source: wgpu::ShaderSource::Wgsl([COMMON[0], COMMON[1], MAIN].concat().into()),
    });
    let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some(entry),
        layout: None,
        module: &module,
        entry_point: Some(entry),
        compilation_options: wgpu::PipelineCompilationOptions::default(),
        cache: None,
    });
    let input = device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
        label: None,
        contents: bytemuck::cast_slice(given),
        usage: wgpu::BufferUsages::STORAGE,
    });
    let buffer = |usage| {
        device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: u64::from(count) * 16,
            usage,
            mapped_at_creation: false,
        })
    };
    let output = buffer(wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC);
    let readback = buffer(wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST);
    let group = device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: None,
        layout: &pipeline.get_bind_group_layout(0),
        entries: &[
            wgpu::BindGroupEntry {
                binding: 0,
                resource: input.as_entire_binding(),
            },
            wgpu::BindGroupEntry {
                binding: 1,
                resource: output.as_entire_binding(),
            },
        ],
    });
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
    pass.set_pipeline(&pipeline);
    pass.set_bind_group(0, &group, &[]);
    pass.dispatch_workgroups(count, 1, 1);
    drop(pass);
    encoder.copy_buffer_to_buffer(&output, 0, &readback, 0, readback.size());
    gpu().queue().submit([encoder.finish()]);
    readback.map_async(wgpu::MapMode::Read, .., |result| {
        result.expect("the device is there");
    });
    device
        .poll(wgpu::PollType::wait_indefinitely())
        .expect("the device is there");
    let mapped = readback.get_mapped_range(..).expect("it is mapped");
    bytemuck::pod_collect_to_vec(&mapped)
}

#[test]
fn the_integers_are_exact() {
    let corner = [0, 1, 0xffff, 0x1_0000, 0x8000_0000, u32::MAX];
    let mut given = Vec::new();
    for (at, &a) in corner.iter().enumerate() {
        for &b in &corner {
            given.push([a, b, corner[(at + 2) % 6], b ^ a]);
            given.push([b.rotate_left(7), a.wrapping_mul(77), 0, 0]);
        }
    }
    let expected: Vec<_> = given
        .chunks(2)
        .map(|pair| philox4x32(pair[0], [pair[1][0], pair[1][1]]))
        .collect();
    assert_eq!(run("words", &given, 36), expected);
}

#[test]
fn logarithm_and_cosine_hold_to_their_edges() {
    let last = (1 << 24) - 1;
    let edges = [0_u32, 1 << 21, 1 << 22, 1 << 23, 3 << 22, 0xb5_04f3, last];
    let mut given: Vec<_> = edges
        .iter()
        .flat_map(|&edge| edge.saturating_sub(3)..=(edge + 3).min(last))
        .collect();
    given.extend((0..1000).map(|at| at * 16_777));
    let words: Vec<_> = given.iter().map(|&k| [k, 0, 0, 0]).collect();
    let results = run(
        "functions",
        &words,
        u32::try_from(words.len()).expect("a few"),
    );
    for (&k, result) in given.iter().zip(results) {
        let u = (f64::from(k) + 0.5) / 16_777_216.0;
        let [log, cosine] = [result[0], result[1]].map(|bits| f64::from(f32::from_bits(bits)));
        // Relative where the logarithm is small, since its root is taken.
        assert!((log / u.ln() - 1.0).abs() < 5e-7, "ln({u}) is {log}");
        let expected = (std::f64::consts::TAU * u).cos();
        assert!(
            (cosine - expected).abs() < 2e-7,
            "cos(2 pi {u}) is {cosine}"
        );
    }
}
