//!use grid valid activation pairs epilogue block block_weights window
// conv_transpose.wgsl for software adapters with subgroups of eight invocations. An invocation computes
// 16 output channels, or 32 where WIDE, at eight neighbouring columns of one phase's grid. With
// m = (M - 1) - j, the taps of a phase read the columns w = q + shift - (M - 1) + j in ascending order:
// a window slides over them as in conv_lanes.wgsl.
// Workgroups: items * phases * ceil(outputs / width() / TILES) * ceil(grid_rows * runs / LANES), the
// last fastest, with ceil(grid_columns / RUN) runs a row.
struct Params {
    items: u32,
    inputs: u32,
    rows: u32,
    columns: u32,
    outputs: u32,
    output_rows: u32,
    output_columns: u32,
    kernel_rows: u32,
    kernel_columns: u32,
    stride_rows: u32,
    stride_columns: u32,
    padding_rows: u32,
    padding_columns: u32,
    prologue_slope: f32,
    epilogue_slope: f32,
    lengths_numerator: u32,
    lengths_denominator: u32,
}

const LANES: u32 = 8;
const TILES: u32 = 2;
const RUN: u32 = 8;

override PROLOGUE: u32 = 0;  // code of the activation

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(6) var<storage, read> x: array<f32>;

@compute @workgroup_size(LANES, TILES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
) {
    let grid_rows = (params.output_rows + params.stride_rows - 1u) / params.stride_rows;
    let grid_columns = (params.output_columns + params.stride_columns - 1u) / params.stride_columns;
    let runs = (grid_columns + RUN - 1u) / RUN;
    let tiles = (params.outputs + width() - 1u) / width();
    let tile_groups = (tiles + TILES - 1u) / TILES;
    let run_groups = (grid_rows * runs + LANES - 1u) / LANES;
    let phases = params.stride_rows * params.stride_columns;
    let index = workgroup_index(group, groups);
    let item = index / run_groups / tile_groups / phases;
    let phase = index / run_groups / tile_groups % phases;
    let tile = index / run_groups % tile_groups * TILES + local.y;
    // The same in a whole subgroup; the last runs stay to hand on their weights.
    if (item >= params.items || tile >= tiles) {
        return;
    }
    let run = index % run_groups * LANES + local.x;
    let grid_row = run / runs;
    let first = run % runs * RUN;
    let channel = tile * width();
    let plane = params.rows * params.columns;
    let kernel = params.kernel_rows * params.kernel_columns * params.inputs;
    let to_high = select(0u, kernel, has_high(channel));

    let phase_row = phase / params.stride_columns;
    let phase_column = phase % params.stride_columns;
    let row_shift = phase_row + params.padding_rows;
    let column_shift = phase_column + params.padding_columns;
    // Taps of the phase along a row, and the last of them, which sees the first column.
    let first_tap = column_shift % params.stride_columns;
    let taps = (params.kernel_columns - first_tap + params.stride_columns - 1u) / params.stride_columns;
    let last_tap = first_tap + (taps - 1u) * params.stride_columns;

    var low: Block;
    var high: Block;
    var r = grid_row + row_shift / params.stride_rows;
    for (var i = row_shift % params.stride_rows; i < params.kernel_rows; i += params.stride_rows) {
        let is_row = r < params.rows;
        let start = select(
            params.columns, first + column_shift / params.stride_columns - (taps - 1u), is_row);
        let step = select(0u, 1u, is_row);
        var row = item * params.inputs * plane + select(0u, r, is_row) * params.columns;
        let weights_of_row = channel / BLOCK * kernel + i * params.kernel_columns * params.inputs;
        for (var c = 0u; c < params.inputs; c += 2u) {
            let rows = rows_of(c, row, start, step, plane);
            var window: Window;
            var next: Window;
            for (var j = 0u; j < 7u; j++) {
                slide_both(&window, &next, rows, j);
            }
            for (var j = 0u; j < taps; j++) {
                slide_both(&window, &next, rows, j + 7u);
                let tap = last_tap - j * params.stride_columns;
                let index = weights_of_row + tap * params.inputs + c;
                add_both(index, rows.to_next, local.x, &window, &next, &low);
                if (WIDE) {
                    add_both(index + to_high, rows.to_next, local.x, &window, &next, &high);
                }
            }
            row += 2u * plane;
        }
        r -= 1u;
    }

    if (grid_row >= grid_rows) {
        return;
    }
    let output_row = vec4(grid_row * params.stride_rows + phase_row);
    let valid = valid_columns(
        item, params.output_columns, params.lengths_numerator, params.lengths_denominator);
    let near_columns =
        (first + vec4(0u, 1u, 2u, 3u)) * params.stride_columns + phase_column;
    let far_columns = near_columns + 4u * params.stride_columns;
    let near = positions_at(output_row, near_columns, valid);
    let far = positions_at(output_row, far_columns, valid);
    for (var o = 0u; o < min(width(), params.outputs - channel); o++) {
        store_channel(item, channel + o, near, near_of(&low, &high, o));
        store_channel(item, channel + o, far, far_of(&low, &high, o));
    }
}
