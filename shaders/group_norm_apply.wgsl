//!use grid valid rows activation
// y = activation(gamma[c] * (x - mean) * rstd + beta[c]) + shift[item, c], with x and y
// [items, channels, rows, columns], and mean and rstd of each group from statistics
// [items, groups, 2]; columns beyond the valid ones are zero.
//
// Workgroups: as in common/rows.wgsl, over items * channels * rows.
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

override ACTIVATION: u32 = 0;
override HAS_SHIFT: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> statistics: array<f32>;
@group(0) @binding(4) var<storage, read> gamma: array<f32>;  // [channels]
@group(0) @binding(5) var<storage, read> beta: array<f32>;  // [channels]
@group(0) @binding(6) var<storage, read> shift: array<f32>;  // [items, channels]
@group(0) @binding(7) var<storage, read_write> y: array<f32>;

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

fn mapped(map: RowMap, value: f32) -> f32 {
    let affine = map.scale * (value - map.mean) + map.beta;
    return activate(ACTIVATION, params.slope, affine) + map.shift;
}

@compute @workgroup_size(ROW_LANES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let tile = row_tile(workgroup_index(group, groups), lane, params.columns);
    if (tile.row >= params.rows) {
        return;
    }
    let map = row_map(tile.row);
    for (var column = tile.column; column < tile.end; column += ROW_LANES) {
        let at = tile.row * params.columns + column;
        var value = 0.0;
        if (column < map.valid) {
            value = mapped(map, x[at]);
        }
        y[at] = value;
    }
}

// y holds x and is overwritten.
@compute @workgroup_size(ROW_LANES)
fn in_place(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let tile = row_tile(workgroup_index(group, groups), lane, params.columns);
    if (tile.row >= params.rows) {
        return;
    }
    let map = row_map(tile.row);
    for (var column = tile.column; column < tile.end; column += ROW_LANES) {
        let at = tile.row * params.columns + column;
        var value = 0.0;
        if (column < map.valid) {
            value = mapped(map, y[at]);
        }
        y[at] = value;
    }
}
