//!use grid rows
// Classifier-free guidance (Ho and Salimans, arXiv 2207.12598):
// y = null_network + guidance * (network - null_network), all three [elements]. Masked columns of both
// operands are zero, and so is then the result.
//
// Workgroups: as in common/rows.wgsl, everything being one row.
struct Params {
    elements: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> network: array<f32>;
@group(0) @binding(2) var<storage, read> null_network: array<f32>;
@group(0) @binding(3) var<storage, read> guidance: array<f32>;  // [1]
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(ROW_LANES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let tile = row_tile(workgroup_index(group, groups), lane, params.elements);
    if (tile.row >= 1u) {
        return;
    }
    for (var i = tile.column; i < tile.end; i += ROW_LANES) {
        y[i] = null_network[i] + guidance[0] * (network[i] - null_network[i]);
    }
}
