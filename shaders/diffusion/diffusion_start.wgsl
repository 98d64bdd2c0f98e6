//!use grid valid rows trigonometry noise
// Start of the reverse diffusion: y = mean + deviation * z, with mean and y [items, channels and rows,
// columns] and z standard normal, stream 0 (common/noise.wgsl); zero beyond the valid columns.
//
// Workgroups: as in common/rows.wgsl, over items * channels * rows.
struct Params {
    // items * channels * rows
    rows: u32,
    columns: u32,
    // channels * rows
    rows_per_item: u32,
    lengths_numerator: u32,
    lengths_denominator: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> mean: array<f32>;
@group(0) @binding(3) var<storage, read> seeds: array<u32>;  // [items, 2], low word first
@group(0) @binding(4) var<storage, read> deviation: array<f32>;  // [1]
@group(0) @binding(5) var<storage, read_write> y: array<f32>;

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
    let item = tile.row / params.rows_per_item;
    let row = tile.row - item * params.rows_per_item;
    let seed = vec2<u32>(seeds[2u * item], seeds[2u * item + 1u]);
    let valid = valid_columns(
        item, params.columns, params.lengths_numerator, params.lengths_denominator);
    for (var column = tile.column; column < tile.end; column += ROW_LANES) {
        let at = tile.row * params.columns + column;
        var value = 0.0;
        if (column < valid) {
            value = mean[at] + deviation[0] * standard_normal(column, row, 0u, seed);
        }
        y[at] = value;
    }
}
