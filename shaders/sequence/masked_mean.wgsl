//!use grid valid reduce
// Mean over the valid columns: y[item, c] of x [items, channels, columns].
//
// A workgroup adds up one row. Workgroups: items * channels.
struct Params {
    // items * channels
    rows: u32,
    columns: u32,
    channels: u32,
    lengths_numerator: u32,
    lengths_denominator: u32,
}

const LANES: u32 = 64;
alias Element = f32;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(LANES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let row = workgroup_index(group, groups);
    if (row >= params.rows) {
        return;
    }
    let valid = valid_columns(
        row / params.channels,
        params.columns,
        params.lengths_numerator,
        params.lengths_denominator,
    );
    var sum = 0.0;
    for (var column = lane; column < valid; column += LANES) {
        sum += x[row * params.columns + column];
    }
    sum = workgroup_sum(sum, lane);
    if (lane == 0u) {
        y[row] = sum / f32(max(valid, 1u));
    }
}
