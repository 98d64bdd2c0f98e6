//!use grid valid walk context
// y[item, head, d, e] = sum over all rows and valid columns of softmax(key)[d] * value[e], where
// softmax(key) = exp(key - max) * rsum with (max, rsum) from statistics [items, heads, dim, 2], and
// qkv is [items, (queries, keys, values), heads, dim, rows, columns].
//
// A workgroup computes KEYS x VALUES elements of y: its invocations take different columns, leave
// their sums in shared memory, and each then adds up those of one element.
// Workgroups: items * heads * ceil(dim / KEYS) * ceil(dim / VALUES).
const LANES: u32 = 64;
const KEYS: u32 = 4;
const VALUES: u32 = 8;
const ELEMENTS: u32 = KEYS * VALUES;

@group(0) @binding(2) var<storage, read> qkv: array<f32>;
@group(0) @binding(3) var<storage, read> statistics: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

// [element][invocation], the elements of a value channel side by side.
var<workgroup> sums: array<f32, ELEMENTS * LANES>;

fn four(start: vec4<u32>, at: u32) -> vec4<f32> {
    return vec4<f32>(
        qkv[start.x + at], qkv[start.y + at], qkv[start.z + at], qkv[start.w + at]);
}

// Member 0 (max) or 1 (rsum) of the statistics of four channels.
fn four_statistics(channels: vec4<u32>, member: u32) -> vec4<f32> {
    let at = 2u * channels + member;
    return vec4<f32>(statistics[at.x], statistics[at.y], statistics[at.z], statistics[at.w]);
}

@compute @workgroup_size(LANES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let part = part_at(workgroup_index(group, groups));
    if (part.item >= params.items) {
        return;
    }
    // Channels beyond the end repeat the last one; they are not stored.
    let last = vec4<u32>(params.dim - 1u);
    let d = min(part.first_d + vec4<u32>(0u, 1u, 2u, 3u), last);
    let e_low = min(part.first_e + vec4<u32>(0u, 1u, 2u, 3u), last);
    let e_high = min(part.first_e + vec4<u32>(4u, 5u, 6u, 7u), last);
    let plane = params.rows * params.columns;
    let keys = part.keys + d * plane;
    let values_low = part.values + e_low * plane;
    let values_high = part.values + e_high * plane;
    let highest = four_statistics(part.head * params.dim + d, 0u);
    let valid = valid_columns(
        part.item, params.columns, params.lengths_numerator, params.lengths_denominator);

    // A column per value channel, a row per key channel.
    var low = mat4x4<f32>();
    var high = mat4x4<f32>();
    let stride = place_after(0u, 0u, LANES, valid);
    var place = place_after(0u, 0u, lane, valid);
    while (place.row < params.rows) {
        let at = place.row * params.columns + place.column;
        let powers = exp(four(keys, at) - highest);
        let of_low = four(values_low, at);
        low[0] += powers * of_low.x;
        low[1] += powers * of_low.y;
        low[2] += powers * of_low.z;
        low[3] += powers * of_low.w;
        let of_high = four(values_high, at);
        high[0] += powers * of_high.x;
        high[1] += powers * of_high.y;
        high[2] += powers * of_high.z;
        high[3] += powers * of_high.w;
        place = advance(place, stride, valid);
    }
    for (var i = 0u; i < 4u; i++) {
        for (var j = 0u; j < 4u; j++) {
            sums[(KEYS * i + j) * LANES + lane] = low[i][j];
            sums[(KEYS * (i + 4u) + j) * LANES + lane] = high[i][j];
        }
    }
    workgroupBarrier();
    let own_d = part.first_d + lane % KEYS;
    let own_e = part.first_e + lane / KEYS;
    if (lane >= ELEMENTS || own_d >= params.dim || own_e >= params.dim) {
        return;
    }
    var total = 0.0;
    for (var i = 0u; i < LANES; i++) {
        // Each invocation begins elsewhere, and so in another bank of the memory.
        total += sums[lane * LANES + (lane + i) % LANES];
    }
    let channel = part.head * params.dim + own_d;
    let rsum = statistics[2u * channel + 1u];
    y[channel * params.dim + own_e] = total * rsum;
}
