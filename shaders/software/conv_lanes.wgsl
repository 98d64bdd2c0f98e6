//!use grid valid activation pairs epilogue block block_weights window
// conv.wgsl for software adapters with subgroups of eight invocations and stride one, where
// conv_pairs.wgsl does not fit: any kernel, any dilation, any number of columns.
//
// An invocation computes 16 output channels, or 32 where WIDE, at the eight columns first, first +
// dilation, ...: the values under one tap are those under the previous one moved up by one position, so
// each tap loads one value. Two input channels a turn: what a turn changes is masked and kept in
// memory. The LANES invocations of a subgroup have the same output channels.
// Workgroups: items * ceil(outputs / width() / TILES) * ceil(output_rows * runs / LANES), the last
// fastest, with ceil(output_columns / (8 dilation)) * dilation runs a row.
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
    dilation: u32,
    padding_rows: u32,
    padding_columns: u32,
    prologue_slope: f32,
    epilogue_slope: f32,
    lengths_numerator: u32,
    lengths_denominator: u32,
}

const LANES: u32 = 8;
const TILES: u32 = 2;

override PROLOGUE: u32 = 0;  // code of the activation

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(6) var<storage, read> x: array<f32>;

@compute @workgroup_size(LANES, TILES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
) {
    let span = 8u * params.dilation;
    let runs = (params.output_columns + span - 1u) / span * params.dilation;
    let tiles = (params.outputs + width() - 1u) / width();
    let tile_groups = (tiles + TILES - 1u) / TILES;
    let run_groups = (params.output_rows * runs + LANES - 1u) / LANES;
    let index = workgroup_index(group, groups);
    let item = index / run_groups / tile_groups;
    let tile = index / run_groups % tile_groups * TILES + local.y;
    // The same in a whole subgroup; the last runs stay to hand on their weights.
    if (item >= params.items || tile >= tiles) {
        return;
    }
    let run = index % run_groups * LANES + local.x;
    let output_row = run / runs;
    let first = run % runs / params.dilation * span + run % params.dilation;
    let channel = tile * width();
    let taps = params.kernel_columns * params.inputs;  // of a kernel row
    let to_high = select(0u, params.kernel_rows * taps, has_high(channel));
    let plane = params.rows * params.columns;

    var low: Block;
    var high: Block;
    for (var i = 0u; i < params.kernel_rows; i++) {
        let r = output_row + i - params.padding_rows;
        let is_row = r < params.rows;
        // Where there is no row, no column is inside.
        let start = select(params.columns, first - params.padding_columns, is_row);
        let step = select(0u, params.dilation, is_row);
        var row = item * params.inputs * plane + select(0u, r, is_row) * params.columns;
        let weights_of_row = (channel / BLOCK * params.kernel_rows + i) * taps;
        for (var c = 0u; c < params.inputs; c += 2u) {
            let rows = rows_of(c, row, start, step, plane);
            var window: Window;
            var next: Window;
            for (var j = 0u; j < 7u; j++) {
                slide_both(&window, &next, rows, j);
            }
            for (var k = 0u; k < params.kernel_columns; k++) {
                slide_both(&window, &next, rows, k + 7u);
                let index = weights_of_row + k * params.inputs + c;
                add_both(index, rows.to_next, local.x, &window, &next, &low);
                if (WIDE) {
                    add_both(index + to_high, rows.to_next, local.x, &window, &next, &high);
                }
            }
            row += 2u * plane;
        }
    }

    if (output_row >= params.output_rows) {
        return;
    }
    let valid = valid_columns(
        item, params.output_columns, params.lengths_numerator, params.lengths_denominator);
    let near_columns = first + vec4(0u, 1u, 2u, 3u) * params.dilation;
    let far_columns = near_columns + 4u * params.dilation;
    let near = positions_at(vec4(output_row), near_columns, valid);
    let far = positions_at(vec4(output_row), far_columns, valid);
    for (var o = 0u; o < min(width(), params.outputs - channel); o++) {
        store_channel(item, channel + o, near, near_of(&low, &high, o));
        store_channel(item, channel + o, far, far_of(&low, &high, o));
    }
}
