//!use grid valid walk reduce
// Softmax statistics of each key channel over all rows and valid columns:
// y[item, channel] = (max, 1 / sum exp(key - max)), where the keys are the middle third of the
// channels of qkv [items, 3 * channels, rows, columns].
//
// A workgroup reduces one channel. Workgroups: items * channels.
struct Params {
    items: u32,
    channels: u32,
    rows: u32,
    columns: u32,
    lengths_numerator: u32,
    lengths_denominator: u32,
}

const LANES: u32 = 128;
alias Element = f32;

// Below every key that f32 holds.
const LOWEST: f32 = -3.4028234e38;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> qkv: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(LANES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let index = workgroup_index(group, groups);
    let item = index / params.channels;
    if (item >= params.items) {
        return;
    }
    let valid = valid_columns(
        item, params.columns, params.lengths_numerator, params.lengths_denominator);
    let channel = index - item * params.channels;
    let start = ((3u * item + 1u) * params.channels + channel) * params.rows * params.columns;
    let first = place_after(0u, 0u, lane, valid);
    let stride = place_after(0u, 0u, LANES, valid);

    var highest = LOWEST;
    for (var at = first; at.row < params.rows; at = advance(at, stride, valid)) {
        highest = max(highest, qkv[start + at.row * params.columns + at.column]);
    }
    highest = workgroup_max(highest, lane);

    var sum = 0.0;
    for (var at = first; at.row < params.rows; at = advance(at, stride, valid)) {
        sum += exp(qkv[start + at.row * params.columns + at.column] - highest);
    }
    sum = workgroup_sum(sum, lane);
    if (lane == 0u) {
        y[2u * index] = highest;
        y[2u * index + 1u] = 1.0 / sum;
    }
}
