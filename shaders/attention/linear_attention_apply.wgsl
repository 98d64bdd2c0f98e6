//!use grid
// y[item, head, e, p] = sum_d context[item, head, d, e] * query[item, head, d, p] at every position p
// of all rows and columns, where the queries are the first third of the channels of qkv
// [items, 3 * heads * dim, positions]. Masked queries are zero, so nothing is masked here.
//
// An invocation computes CHANNELS channels e at 4 positions, LANES apart.
// Workgroups: items * heads * ceil(dim / CHANNELS) * ceil(positions / POSITIONS).
struct Params {
    items: u32,
    heads: u32,
    dim: u32,
    positions: u32,
}

const LANES: u32 = 64;
const CHANNELS: u32 = 8;
const POSITIONS: u32 = 4 * LANES;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> qkv: array<f32>;
@group(0) @binding(2) var<storage, read> context: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

fn four(channels: vec4<u32>, row: u32) -> vec4<f32> {
    return vec4<f32>(
        context[row + channels.x],
        context[row + channels.y],
        context[row + channels.z],
        context[row + channels.w],
    );
}

fn store(head: u32, channel: u32, position: u32, value: f32) {
    if (channel < params.dim) {
        y[(head * params.dim + channel) * params.positions + position] = value;
    }
}

@compute @workgroup_size(LANES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let across = (params.positions + POSITIONS - 1u) / POSITIONS;
    let down = (params.dim + CHANNELS - 1u) / CHANNELS;
    let index = workgroup_index(group, groups);
    let head = index / (across * down);
    let item = head / params.heads;
    if (item >= params.items) {
        return;
    }
    let tile = index - head * across * down;
    let e_low = CHANNELS * (tile / across) + vec4<u32>(0u, 1u, 2u, 3u);
    let e_high = e_low + 4u;
    let p = (tile % across) * POSITIONS + lane + LANES * vec4<u32>(0u, 1u, 2u, 3u);
    if (p.x >= params.positions) {
        return;
    }
    // Channels and positions beyond the end repeat the last one; they are not stored.
    let last = vec4<u32>(params.dim - 1u);
    let square = head * params.dim * params.dim;
    let third = params.heads * params.dim;
    let channel = (head - item * params.heads) * params.dim + 3u * item * third;
    let queries = min(p, vec4<u32>(params.positions - 1u)) + channel * params.positions;
    // A column per position, a row per channel e.
    var low = mat4x4<f32>();
    var high = mat4x4<f32>();
    for (var d = 0u; d < params.dim; d++) {
        let of_low = four(min(e_low, last), square + d * params.dim);
        let of_high = four(min(e_high, last), square + d * params.dim);
        for (var i = 0u; i < 4u; i++) {
            let query = qkv[queries[i] + d * params.positions];
            low[i] += of_low * query;
            high[i] += of_high * query;
        }
    }
    for (var i = 0u; i < 4u; i++) {
        if (p[i] < params.positions) {
            for (var j = 0u; j < 4u; j++) {
                store(head, e_low[j], p[i], low[i][j]);
                store(head, e_high[j], p[i], high[i][j]);
            }
        }
    }
}
