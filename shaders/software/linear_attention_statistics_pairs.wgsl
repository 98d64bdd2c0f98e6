//!use grid valid pairs
// linear_attention_statistics.wgsl for software adapters with subgroups of eight invocations, where rows
// have an even number of columns: a subgroup reduces a channel alone, without barriers, and each key is
// loaded once.
//
// An invocation keeps its maximum so far and the sum of the exponentials relative to it; where BLOCK
// pairs of keys raise the maximum by d, the sum before them shrinks by exp(-d).
// Workgroups: items * channels.
struct Params {
    items: u32,
    channels: u32,
    rows: u32,
    columns: u32,
    lengths_numerator: u32,
    lengths_denominator: u32,
}

const LANES: u32 = 8;
const BLOCK: u32 = 8;

// Below every key that f32 holds.
const LOWEST: f32 = -3.4028234e38;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> qkv: array<u64>;
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
    let elements = params.rows * params.columns;
    let start = (index + (2u * item + 1u) * params.channels) * elements;
    // The columns pass by as the elements do, modulo their number.
    let step = 2u * LANES % params.columns;
    var column = 2u * lane % params.columns;

    var highest = LOWEST;
    var sum = 0.0;
    for (var first = 2u * lane; first < elements; first += 2u * LANES * BLOCK) {
        var keys: array<vec2<f32>, BLOCK>;
        var highest_of_block = vec2(highest);
        for (var i = 0u; i < BLOCK; i++) {
            let at = first + 2u * LANES * i;
            let is_inside = at < elements;
            let is_valid = vec2(column, column + 1u) < vec2(valid) & vec2(is_inside);
            let pair = pair_of(qkv[(start + select(0u, at, is_inside)) / 2u]);
            keys[i] = select(vec2(LOWEST), pair, is_valid);
            highest_of_block = max(highest_of_block, keys[i]);
            column += step;
            column -= select(0u, params.columns, column >= params.columns);
        }
        let next = max(highest_of_block.x, highest_of_block.y);
        var powers = vec2(sum * exp(highest - next), 0.0);
        for (var i = 0u; i < BLOCK; i++) {
            powers += select(exp(keys[i] - next), vec2(0.0), keys[i] == vec2(LOWEST));
        }
        highest = next;
        sum = powers.x + powers.y;
    }

    let highest_of_all = subgroupMax(highest);
    let sum_of_all = subgroupAdd(sum * exp(highest - highest_of_all));
    if (lane == 0u) {
        y[2u * index] = highest_of_all;
        y[2u * index + 1u] = 1.0 / sum_of_all;
    }
}
