//!use grid trigonometry nan solver
// Sinusoidal embedding of the time of the current solver step, the same for every item:
// with half = dim / 2, f_k = exp(-k * ln(10000) / (half - 1)) and u = scale * time,
// y[item, k] = sin(u * f_k), y[item, half + k] = cos(u * f_k).
// The phase is an f32, so its error grows to about u * 2^-23. Limit: u below 12,800
// (common/trigonometry.wgsl).
//
// One invocation per element of y.
struct Params {
    // items * dim
    elements: u32,
    dim: u32,
    steps: u32,
    scale: f32,
    // -log2(10000) / (half - 1)
    octaves_per_frequency: f32,
}

const LANES: u32 = 64;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> table: array<f32>;
@group(0) @binding(2) var<storage, read> step: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(LANES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let index = workgroup_index(group, groups) * LANES + lane;
    if (index >= params.elements) {
        return;
    }
    let half = params.dim / 2u;
    let k = index % params.dim;
    let frequency = exp2(f32(k % half) * params.octaves_per_frequency);
    let phase = params.scale * coefficient(step[0], TIME) * frequency;
    if (k < half) {
        y[index] = sine(phase);
    } else {
        y[index] = cosine(phase);
    }
}
