//!use grid valid
// Layer normalisation over the channels of each column, biased variance:
// y = gamma * (x - mean) / sqrt(variance + eps) + beta, with x and y [items, channels, columns],
// gamma = scale[item * affine_stride + c] and beta = shift[item * affine_stride + first_shift + c]: two
// weights with stride 0, or the same tensor of scales and then shifts of each item.
//
// A workgroup normalises TILE neighbouring columns; of a column's channels, each of SLICES
// invocations takes every SLICES-th. Two passes (mean, then squared deviations), since columns are
// short and stay in the cache. Workgroups: items * ceil(columns / TILE).
struct Params {
    items: u32,
    channels: u32,
    columns: u32,
    lengths_numerator: u32,
    lengths_denominator: u32,
    eps: f32,
    affine_stride: u32,
    first_shift: u32,
}

const TILE: u32 = 16;
const SLICES: u32 = 16;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> scale: array<f32>;
@group(0) @binding(4) var<storage, read> shift: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;

var<workgroup> slices: array<f32, TILE * SLICES>;

struct Column {
    item: u32,
    column: u32,
    inside: bool,
    valid: bool,
}

fn column_of(workgroup: u32, local: u32) -> Column {
    let tiles = (params.columns + TILE - 1u) / TILE;
    let item = workgroup / tiles;
    let column = (workgroup - item * tiles) * TILE + local;
    let valid = valid_columns(
        item, params.columns, params.lengths_numerator, params.lengths_denominator);
    return Column(item, column, column < params.columns, column < valid);
}

// Position of a column's first channel.
fn start_of(column: Column) -> u32 {
    return column.item * params.channels * params.columns + column.column;
}

// Sum over the slices of a column.
fn column_sum(value: f32, local: vec3<u32>) -> f32 {
    // The sum before this one has been read by everybody.
    workgroupBarrier();
    slices[local.y * TILE + local.x] = value;
    workgroupBarrier();
    var sum = 0.0;
    for (var slice = 0u; slice < SLICES; slice++) {
        sum += slices[slice * TILE + local.x];
    }
    return sum;
}

// Mean and 1 / sqrt(variance + eps) of a column.
fn statistics(column: Column, local: vec3<u32>) -> vec2<f32> {
    let start = start_of(column);
    var sum = 0.0;
    if (column.valid) {
        for (var c = local.y; c < params.channels; c += SLICES) {
            sum += x[start + c * params.columns];
        }
    }
    let mean = column_sum(sum, local) / f32(params.channels);
    var squares = 0.0;
    if (column.valid) {
        for (var c = local.y; c < params.channels; c += SLICES) {
            let deviation = x[start + c * params.columns] - mean;
            squares += deviation * deviation;
        }
    }
    let variance = column_sum(squares, local) / f32(params.channels);
    return vec2<f32>(mean, 1.0 / sqrt(variance + params.eps));
}

fn normalised(column: Column, at: u32, statistics: vec2<f32>, gamma: f32, beta: f32) -> f32 {
    if (!column.valid) {
        return 0.0;
    }
    return gamma * ((x[at] - statistics.x) * statistics.y) + beta;
}

@compute @workgroup_size(TILE, SLICES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
) {
    let column = column_of(workgroup_index(group, groups), local.x);
    if (column.item >= params.items) {
        return;
    }
    let of_column = statistics(column, local);
    if (!column.inside) {
        return;
    }
    let scales = column.item * params.affine_stride;
    let shifts = scales + params.first_shift;
    for (var c = local.y; c < params.channels; c += SLICES) {
        let at = start_of(column) + c * params.columns;
        y[at] = normalised(column, at, of_column, scale[scales + c], shift[shifts + c]);
    }
}
