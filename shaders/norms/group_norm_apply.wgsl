//!use grid valid rows activation group_map
//!in_place x
// y = activation(gamma[c] * (x - mean) * rstd + beta[c]) + shift[item, c], with x and y
// [items, channels, rows, columns], and mean and rstd of each group from statistics
// [items, groups, 2]; columns beyond the valid ones are zero.
//
// Workgroups: as in common/rows.wgsl, over items * channels * rows.
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(7) var<storage, read_write> y: array<f32>;

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
