//!use grid valid rows trigonometry noise nan solver
// One step of any solver, in place. With D = state - mean and the coefficients of the current step
// (common/solver.wgsl):
// clean' = clamp(CLEAN_OF_STATE * D + CLEAN_OF_NETWORK * network, -CLIP, CLIP)
// state' = mean + STATE_OF_STATE * D + STATE_OF_CLEAN * clean' + STATE_OF_PREVIOUS * clean + NOISE * z
// where z is standard normal, stream step + 1 (common/noise.wgsl). All tensors are [items, channels
// and rows, columns]; columns beyond the valid ones are zero.
//
// Workgroups: as in common/rows.wgsl, over items * channels * rows.
struct Params {
    // items * channels * rows
    rows: u32,
    columns: u32,
    // channels * rows
    rows_per_item: u32,
    steps: u32,
    lengths_numerator: u32,
    lengths_denominator: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read_write> state: array<f32>;
@group(0) @binding(3) var<storage, read_write> clean: array<f32>;
@group(0) @binding(4) var<storage, read> mean: array<f32>;
@group(0) @binding(5) var<storage, read> network: array<f32>;
@group(0) @binding(6) var<storage, read> table: array<f32>;
@group(0) @binding(7) var<storage, read> step: array<u32>;
@group(0) @binding(8) var<storage, read> seeds: array<u32>;  // [items, 2], low word first

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
    let now = step[0];
    let clean_of_state = coefficient(now, CLEAN_OF_STATE);
    let clean_of_network = coefficient(now, CLEAN_OF_NETWORK);
    let state_of_state = coefficient(now, STATE_OF_STATE);
    let state_of_clean = coefficient(now, STATE_OF_CLEAN);
    let state_of_previous = coefficient(now, STATE_OF_PREVIOUS);
    let noise = coefficient(now, NOISE);
    let clip = coefficient(now, CLIP);
    for (var column = tile.column; column < tile.end; column += ROW_LANES) {
        let at = tile.row * params.columns + column;
        var new_clean = 0.0;
        var new_state = 0.0;
        if (column < valid) {
            let difference = state[at] - mean[at];
            new_clean = clamp(
                clean_of_state * difference + clean_of_network * network[at], -clip, clip);
            new_state = mean[at]
                + state_of_state * difference
                + state_of_clean * new_clean
                + state_of_previous * clean[at];
            // Deterministic solvers and last steps have none: spare them the generator.
            if (noise != 0.0) {
                new_state += noise * standard_normal(column, row, now + 1u, seed);
            }
        }
        clean[at] = new_clean;
        state[at] = new_state;
    }
}
