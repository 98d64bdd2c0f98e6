//!use grid valid rows
//!in_place a
// y = scale * (a + b), with y and a [items, channels, columns], where the rows of a channel, if any,
// are so many columns more; b is the same, or one value per channel of an item where B_IS_VECTOR.
// Columns beyond the valid ones are zero.
//
// Workgroups: as in common/rows.wgsl. Everything is one row, without lengths, where b is no vector and
// nothing is masked, or both operands alike: zeros of both make zeros of y.
struct Params {
    rows: u32,
    columns: u32,
    // Rows of an item, rows of an element of b where that is a vector.
    rows_per_item: u32,
    rows_per_b: u32,
    lengths_numerator: u32,
    lengths_denominator: u32,
    scale: f32,
}

override B_IS_VECTOR: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> a: array<f32>;
@group(0) @binding(3) var<storage, read> b: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

fn valid_in(row: u32) -> u32 {
    return valid_columns(
        row / params.rows_per_item,
        params.columns,
        params.lengths_numerator,
        params.lengths_denominator,
    );
}

fn index_of_b(row: u32, at: u32) -> u32 {
    if (B_IS_VECTOR) {
        return row / params.rows_per_b;
    }
    return at;
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
    let valid = valid_in(tile.row);
    for (var column = tile.column; column < tile.end; column += ROW_LANES) {
        let at = tile.row * params.columns + column;
        var sum = 0.0;
        if (column < valid) {
            sum = params.scale * (a[at] + b[index_of_b(tile.row, at)]);
        }
        y[at] = sum;
    }
}
