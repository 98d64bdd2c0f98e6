//!use grid valid rows nan
// y[item, c, w] = table[ids[item, w], c], with y [items, channels, columns] and table [symbols,
// channels]; not a number where an id lies outside the table; zero beyond the valid columns.
//
// Workgroups: as in common/rows.wgsl, over items * channels.
struct Params {
    // items * channels
    rows: u32,
    columns: u32,
    channels: u32,
    symbols: u32,
    lengths_numerator: u32,
    lengths_denominator: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> ids: array<u32>;
@group(0) @binding(3) var<storage, read> table: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

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
    let item = tile.row / params.channels;
    let channel = tile.row - item * params.channels;
    let valid = valid_columns(
        item, params.columns, params.lengths_numerator, params.lengths_denominator);
    for (var column = tile.column; column < tile.end; column += ROW_LANES) {
        var value = 0.0;
        if (column < valid) {
            let id = ids[item * params.columns + column];
            if (id < params.symbols) {
                value = table[id * params.channels + channel];
            } else {
                value = not_a_number();
            }
        }
        y[tile.row * params.columns + column] = value;
    }
}
