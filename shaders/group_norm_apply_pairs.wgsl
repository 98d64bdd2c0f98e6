//!use grid valid activation pairs
// group_norm_apply.wgsl for software adapters with subgroups of eight invocations, where rows have an
// even number of columns: a subgroup takes a whole row, so that what a row needs to normalise its
// elements is loaded once for all of them.
//
// Workgroups: ceil(items * channels * rows / ROWS).
struct Params {
    // items * channels * rows
    rows: u32,
    columns: u32,
    channels: u32,
    rows_per_channel: u32,
    rows_per_group: u32,
    lengths_numerator: u32,
    lengths_denominator: u32,
    slope: f32,
}

const LANES: u32 = 8;
const ROWS: u32 = 8;

override ACTIVATION: u32 = 0;
override HAS_SHIFT: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> x: array<u64>;
@group(0) @binding(3) var<storage, read> statistics: array<f32>;
@group(0) @binding(4) var<storage, read> gamma: array<f32>;  // [channels]
@group(0) @binding(5) var<storage, read> beta: array<f32>;  // [channels]
@group(0) @binding(6) var<storage, read> shift: array<f32>;  // [items, channels]
@group(0) @binding(7) var<storage, read_write> y: array<u64>;

// What a row needs to normalise its elements.
struct RowMap {
    mean: f32,
    scale: f32,
    beta: f32,
    shift: f32,
    valid: u32,
}

fn row_map(row: u32) -> RowMap {
    let item_and_channel = row / params.rows_per_channel;
    let item = item_and_channel / params.channels;
    let channel = item_and_channel - item * params.channels;
    let group = row / params.rows_per_group;
    var map: RowMap;
    map.mean = statistics[2u * group];
    map.scale = gamma[channel] * statistics[2u * group + 1u];
    map.beta = beta[channel];
    map.shift = 0.0;
    if (HAS_SHIFT) {
        map.shift = shift[item_and_channel];
    }
    map.valid = valid_columns(
        item, params.columns, params.lengths_numerator, params.lengths_denominator);
    return map;
}

fn mapped(map: RowMap, column: u32, bits: u64) -> u64 {
    let affine = map.scale * (pair_of(bits) - map.mean) + map.beta;
    let activated = vec2(
        activate(ACTIVATION, params.slope, affine.x),
        activate(ACTIVATION, params.slope, affine.y),
    );
    let is_valid = vec2(column, column + 1u) < vec2(map.valid);
    return bits_of(select(vec2(0.0), activated + map.shift, is_valid));
}

@compute @workgroup_size(LANES, ROWS)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
) {
    let row = workgroup_index(group, groups) * ROWS + local.y;
    if (row >= params.rows) {
        return;
    }
    let map = row_map(row);
    for (var column = 2u * local.x; column < params.columns; column += 2u * LANES) {
        let at = (row * params.columns + column) / 2u;
        y[at] = mapped(map, column, x[at]);
    }
}

// y holds x and is overwritten.
@compute @workgroup_size(LANES, ROWS)
fn in_place(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
) {
    let row = workgroup_index(group, groups) * ROWS + local.y;
    if (row >= params.rows) {
        return;
    }
    let map = row_map(row);
    for (var column = 2u * local.x; column < params.columns; column += 2u * LANES) {
        let at = (row * params.columns + column) / 2u;
        y[at] = mapped(map, column, y[at]);
    }
}
