//!use grid valid reduce
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

// Invocations side by side in a row, and rows at a time.
const ACROSS: u32 = 64;
const DOWN: u32 = 4;
const LANES: u32 = ACROSS * DOWN;
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
    let across = lane % ACROSS;
    let down = lane / ACROSS;

    var highest = LOWEST;
    for (var row = down; row < params.rows; row += DOWN) {
        for (var column = across; column < valid; column += ACROSS) {
            highest = max(highest, qkv[start + row * params.columns + column]);
        }
    }
    highest = workgroup_max(highest, lane);

    var sum = 0.0;
    for (var row = down; row < params.rows; row += DOWN) {
        for (var column = across; column < valid; column += ACROSS) {
            sum += exp(qkv[start + row * params.columns + column] - highest);
        }
    }
    sum = workgroup_sum(sum, lane);
    if (lane == 0u) {
        y[2u * index] = highest;
        y[2u * index + 1u] = 1.0 / sum;
    }
}
