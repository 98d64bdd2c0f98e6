//!use grid rows
// Gated linear unit with residual: y = residual + x[item, c] / (1 + exp(-x[item, channels + c])), with
// x [items, 2 * channels, columns], residual and y [items, channels, columns]. Masked columns of both
// operands are zero, and so is then the result.
//
// Workgroups: as in common/rows.wgsl, a row being all elements of an item.
struct Params {
    items: u32,
    // channels * columns
    elements: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> residual: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(ROW_LANES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let tile = row_tile(workgroup_index(group, groups), lane, params.elements);
    if (tile.row >= params.items) {
        return;
    }
    let values = 2u * tile.row * params.elements;
    let gates = values + params.elements;
    for (var i = tile.column; i < tile.end; i += ROW_LANES) {
        let at = tile.row * params.elements + i;
        // exp overflows beyond 88; there, the quotient would be zero either way.
        let gate = 1.0 / (1.0 + exp(min(-x[gates + i], 80.0)));
        y[at] = residual[at] + x[values + i] * gate;
    }
}
