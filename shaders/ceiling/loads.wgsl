// The rate of loads from storage that the nearest cache can serve: invocations read the same WORDS
// over and over, neighbours reading neighbours, and add them up.
//
// Workgroups: as many as y has elements / LANES. Words loaded: invocations * rounds * 16 (`words`),
// four times as many (`vectors`).
struct Params {
    rounds: u32,
}

const LANES: u32 = 256;
const WORDS: u32 = 4096;  // 16 KiB, in the smallest first-level cache

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> x_vectors: array<vec4<f32>>;

// Words apart of the loads of one turn: the last begins half way through the buffer, and the first
// starts in the other half at most.
const STRIDE: u32 = WORDS / 32u;

@compute @workgroup_size(LANES)
fn words(@builtin(global_invocation_id) id: vec3<u32>) {
    var a = 0.0;
    var b = 0.0;
    for (var i = 0u; i < params.rounds; i++) {
        let first = (id.x + i) % (WORDS / 2u);
        a += x[first] + x[first + STRIDE] + x[first + 2u * STRIDE] + x[first + 3u * STRIDE];
        b += x[first + 4u * STRIDE] + x[first + 5u * STRIDE] + x[first + 6u * STRIDE] + x[first + 7u * STRIDE];
        a += x[first + 8u * STRIDE] + x[first + 9u * STRIDE] + x[first + 10u * STRIDE] + x[first + 11u * STRIDE];
        b += x[first + 12u * STRIDE] + x[first + 13u * STRIDE] + x[first + 14u * STRIDE] + x[first + 15u * STRIDE];
    }
    y[id.x] = a + b;
}

@compute @workgroup_size(LANES)
fn vectors(@builtin(global_invocation_id) id: vec3<u32>) {
    const COUNT = WORDS / 4u;
    const STEP = COUNT / 32u;
    var a = vec4(0.0);
    var b = vec4(0.0);
    for (var i = 0u; i < params.rounds; i++) {
        let first = (id.x + i) % (COUNT / 2u);
        a += x_vectors[first] + x_vectors[first + STEP] + x_vectors[first + 2u * STEP] + x_vectors[first + 3u * STEP];
        b += x_vectors[first + 4u * STEP] + x_vectors[first + 5u * STEP] + x_vectors[first + 6u * STEP] + x_vectors[first + 7u * STEP];
        a += x_vectors[first + 8u * STEP] + x_vectors[first + 9u * STEP] + x_vectors[first + 10u * STEP] + x_vectors[first + 11u * STEP];
        b += x_vectors[first + 12u * STEP] + x_vectors[first + 13u * STEP] + x_vectors[first + 14u * STEP] + x_vectors[first + 15u * STEP];
    }
    let sum = a + b;
    y[id.x] = sum.x + sum.y + sum.z + sum.w;
}
