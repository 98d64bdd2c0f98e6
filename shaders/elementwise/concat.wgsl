//!use grid rows
// Channels of a, then channels of b: y [items, elements of a + elements of b].
//
// Workgroups: as in common/rows.wgsl, a row being all elements of an item.
struct Params {
    items: u32,
    // Elements of an item.
    elements_a: u32,
    elements_b: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(ROW_LANES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let width = params.elements_a + params.elements_b;
    let tile = row_tile(workgroup_index(group, groups), lane, width);
    if (tile.row >= params.items) {
        return;
    }
    for (var i = tile.column; i < tile.end; i += ROW_LANES) {
        var value: f32;
        if (i < params.elements_a) {
            value = a[tile.row * params.elements_a + i];
        } else {
            value = b[tile.row * params.elements_b + i - params.elements_a];
        }
        y[tile.row * width + i] = value;
    }
}
