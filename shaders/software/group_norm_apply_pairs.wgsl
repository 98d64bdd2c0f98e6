//!use grid valid activation pairs group_map
//!in_place x
// group_norm_apply.wgsl for software adapters with subgroups of eight invocations, where rows have an
// even number of columns: a subgroup takes a whole row, so that what a row needs to normalise its
// elements is loaded once for all of them.
//
// Workgroups: ceil(items * channels * rows / ROWS).
const LANES: u32 = 8;
const ROWS: u32 = 8;

@group(0) @binding(2) var<storage, read> x: array<u64>;
@group(0) @binding(7) var<storage, read_write> y: array<u64>;

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
