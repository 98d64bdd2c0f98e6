//!use grid valid rows
// Affine map of the channels, one for each item:
//
//   y[item, o, w] = offset[item, o] + sum_c map[item, o, c] * x[item, c, w]
//
// x [items, inputs, columns], map [items, outputs, inputs], offset [items, outputs], y [items, outputs,
// columns]; zero beyond the valid columns. A map is as small as its voice's mel, and runs once a
// sentence: no tile is worth its lines here.
//
// Workgroups: as in common/rows.wgsl, over items * outputs.
struct Params {
    // items * outputs
    rows: u32,
    columns: u32,
    inputs: u32,
    outputs: u32,
    lengths_numerator: u32,
    lengths_denominator: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> map: array<f32>;
@group(0) @binding(4) var<storage, read> offset: array<f32>;
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
    let item = tile.row / params.outputs;
    let valid = valid_columns(
        item, params.columns, params.lengths_numerator, params.lengths_denominator);
    let first_factor = tile.row * params.inputs;
    let first_x = item * params.inputs * params.columns;
    for (var column = tile.column; column < tile.end; column += ROW_LANES) {
        var sum = 0.0;
        if (column < valid) {
            sum = offset[tile.row];
            for (var c = 0u; c < params.inputs; c++) {
                sum = fma(map[first_factor + c], x[first_x + c * params.columns + column], sum);
            }
        }
        y[tile.row * params.columns + column] = sum;
    }
}
