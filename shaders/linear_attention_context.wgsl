//!use grid valid reduce
// y[item, head, d, e] = sum over all rows and valid columns of softmax(key)[d] * value[e], where
// softmax(key) = exp(key - max) * rsum with (max, rsum) from statistics [items, heads, dim, 2], and
// qkv is [items, (queries, keys, values), heads, dim, rows, columns].
//
// A workgroup computes TILE x TILE elements of y: its invocations take different columns, and their sums
// are added at the end. Workgroups: items * heads * ceil(dim / TILE)^2.
struct Params {
    items: u32,
    heads: u32,
    dim: u32,
    rows: u32,
    columns: u32,
    lengths_numerator: u32,
    lengths_denominator: u32,
}

const LANES: u32 = 64;
const TILE: u32 = 4;
alias Element = vec4<f32>;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> qkv: array<f32>;
@group(0) @binding(3) var<storage, read> statistics: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

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
    let tiles = (params.dim + TILE - 1u) / TILE;
    let index = workgroup_index(group, groups);
    let head = index / (tiles * tiles);
    let item = head / params.heads;
    if (item >= params.items) {
        return;
    }
    let tile = index - head * tiles * tiles;
    let d = TILE * (tile / tiles) + vec4<u32>(0u, 1u, 2u, 3u);
    let e = TILE * (tile % tiles) + vec4<u32>(0u, 1u, 2u, 3u);
    // Channels beyond the end repeat the last one; they are not stored.
    let last = vec4<u32>(params.dim - 1u);
    let plane = params.rows * params.columns;
    // Of the channels of an item, the keys are the second third, the values the last.
    let third = params.heads * params.dim;
    let channel = (head - item * params.heads) * params.dim + 3u * item * third;
    let keys = (channel + third + min(d, last)) * plane;
    let values = (channel + 2u * third + min(e, last)) * plane;
    let highest = four_statistics(head * params.dim + min(d, last), 0u);
    let valid = valid_columns(
        item, params.columns, params.lengths_numerator, params.lengths_denominator);

    // A column per value channel e, a row per key channel d.
    var sums = mat4x4<f32>();
    for (var row = 0u; row < params.rows; row++) {
        for (var column = lane; column < valid; column += LANES) {
            let at = row * params.columns + column;
            let powers = exp(four(keys, at) - highest);
            let value = four(values, at);
            sums[0] += powers * value.x;
            sums[1] += powers * value.y;
            sums[2] += powers * value.z;
            sums[3] += powers * value.w;
        }
    }
    let rsum = four_statistics(head * params.dim + min(d, last), 1u);
    for (var i = 0u; i < 4u; i++) {
        let total = workgroup_sum(sums[i], lane) * rsum;
        // One invocation a row.
        if (lane < 4u && d[lane] < params.dim && e[i] < params.dim) {
            y[(head * params.dim + d[lane]) * params.dim + e[i]] = total[lane];
        }
    }
}
