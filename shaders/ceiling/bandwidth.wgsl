// The rate at which memory is read and written: y = x, for buffers larger than most caches.
//
// An invocation copies COPIES elements, LANES apart, so that neighbours touch neighbours.
// Workgroups: elements / LANES / COPIES, where an element is a word (`words`) or four (`vectors`).
const LANES: u32 = 256;
const COPIES: u32 = 8;

@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> y_vectors: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> x_vectors: array<vec4<f32>>;

@compute @workgroup_size(LANES)
fn words(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let first = group.x * LANES * COPIES + lane;
    for (var i = 0u; i < COPIES; i++) {
        y[first + i * LANES] = x[first + i * LANES];
    }
}

@compute @workgroup_size(LANES)
fn vectors(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let first = group.x * LANES * COPIES + lane;
    for (var i = 0u; i < COPIES; i++) {
        y_vectors[first + i * LANES] = x_vectors[first + i * LANES];
    }
}
