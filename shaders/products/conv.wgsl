//!use grid valid activation weight epilogue tile
// Convolution along rows and columns as an implicit matrix product; a sequence has one row, a plain
// product a kernel of one row and one column:
//
//   y[n, o, r, t] = epilogue(sum_{c, i, k} weight[o, c, i, k] * prologue(x[n, c, r', t']))
//   with r' = r * stride + i - padding_rows, t' = t * stride + k * dilation - padding_columns
//
// x [items, inputs, rows, columns], y [items, outputs, output_rows, output_columns]; zeros outside x.
//
// LANES rows of invocations by TILES make a workgroup. An invocation computes eight output channels
// at several positions. No shared memory: barriers cost more than the reuse gives on software
// adapters, and caches hold the tiles elsewhere.
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
    stride: u32,
    dilation: u32,
    padding_rows: u32,
    padding_columns: u32,
    prologue_slope: f32,
    epilogue_slope: f32,
    lengths_numerator: u32,
    lengths_denominator: u32,
}

const LANES: u32 = 8;
const TILES: u32 = 8;

override PROLOGUE: u32 = 0;  // code of the activation
// Whether the kernel is three columns wide: unrolled, three taps keep the sums in registers from tap
// to tap (a quarter faster on a software adapter). Wider kernels gain nothing from it.
override THREE_COLUMNS: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(6) var<storage, read> x: array<f32>;

// x at a column of the row that begins at `row`. A column before the first has wrapped around and so
// is beyond the last.
fn fetch(row: u32, column: u32) -> f32 {
    let is_inside = column < params.columns;
    let value = x[row + select(0u, column, is_inside)];
    return select(0.0, activate(PROLOGUE, params.prologue_slope, value), is_inside);
}

// Stride 1. The eight positions of an invocation are the columns first, first + dilation, ...: the
// values under one tap are those under the previous one moved up by one position, so each tap loads
// one value. A row has ceil(output_columns / (8 dilation)) * dilation such runs of positions.
// Workgroups: items * ceil(outputs / 8 / TILES) * ceil(output_rows * runs / LANES), the last fastest.
@compute @workgroup_size(LANES, TILES)
fn sliding(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
) {
    let span = 8u * params.dilation;
    let runs = (params.output_columns + span - 1u) / span * params.dilation;
    let channel_tiles = (params.outputs + 7u) / 8u;
    let channel_groups = (channel_tiles + TILES - 1u) / TILES;
    let run_groups = (params.output_rows * runs + LANES - 1u) / LANES;
    let index = workgroup_index(group, groups);
    let item = index / run_groups / channel_groups;
    let channel_tile = index / run_groups % channel_groups * TILES + local.y;
    let run = index % run_groups * LANES + local.x;
    let output_row = run / runs;
    if (item >= params.items || channel_tile >= channel_tiles || output_row >= params.output_rows) {
        return;
    }
    let taps = select(params.kernel_columns, 3u, THREE_COLUMNS);
    let first = run % runs / params.dilation * span + run % params.dilation;

    let weights_of_tile = first_weights(channel_tile, params.kernel_rows * taps * params.inputs);

    var near: Tile;  // positions 0..4
    var far: Tile;   // positions 4..8
    for (var i = 0u; i < params.kernel_rows; i++) {
        let r = output_row + i - params.padding_rows;
        if (r >= params.rows) {
            continue;
        }
        let weights_of_row = weights_of_tile + 2u * i * taps * params.inputs;
        for (var c = 0u; c < params.inputs; c++) {
            let row = ((item * params.inputs + c) * params.rows + r) * params.columns;
            var column = first - params.padding_columns;
            var below: vec4<f32>;
            var above: vec4<f32>;
            for (var j = 0u; j < 7u; j++) {
                below = vec4(below.yzw, above.x);
                above = vec4(above.yzw, fetch(row, column));
                column += params.dilation;
            }
            for (var k = 0u; k < taps; k++) {
                below = vec4(below.yzw, above.x);
                above = vec4(above.yzw, fetch(row, column));
                column += params.dilation;
                let weights = weights_at(weights_of_row + 2u * (k * params.inputs + c));
                multiply_add(&near, weights, below);
                multiply_add(&far, weights, above);
            }
        }
    }

    let valid = valid_columns(
        item, params.output_columns, params.lengths_numerator, params.lengths_denominator);
    let steps = vec4(0u, 1u, 2u, 3u);
    let near_columns = first + steps * params.dilation;
    let far_columns = first + (steps + 4u) * params.dilation;
    store_tile(item, 8u * channel_tile, positions_at(vec4(output_row), near_columns, valid), &near);
    store_tile(item, 8u * channel_tile, positions_at(vec4(output_row), far_columns, valid), &far);
}

// Any stride. The positions of an item are its output_rows * output_columns, in order; the four of an
// invocation are LANES apart, so that neighbouring invocations read and write neighbouring positions.
// Workgroups: items * ceil(outputs / 8 / TILES) * ceil(positions / 4 / LANES), the last fastest.
@compute @workgroup_size(LANES, TILES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
) {
    let positions = params.output_rows * params.output_columns;
    let channel_tiles = (params.outputs + 7u) / 8u;
    let channel_groups = (channel_tiles + TILES - 1u) / TILES;
    let position_groups = (positions + 4u * LANES - 1u) / (4u * LANES);
    let index = workgroup_index(group, groups);
    let item = index / position_groups / channel_groups;
    let channel_tile = index / position_groups % channel_groups * TILES + local.y;
    if (item >= params.items || channel_tile >= channel_tiles) {
        return;
    }
    let first = index % position_groups * 4u * LANES + local.x;
    let position = first + vec4(0u, 1u, 2u, 3u) * LANES;
    let output_row = position / params.output_columns;
    let output_column = position % params.output_columns;

    let plane = params.rows * params.columns;
    var tile: Tile;
    var next_weights = first_weights(
        channel_tile, params.kernel_rows * params.kernel_columns * params.inputs);
    for (var i = 0u; i < params.kernel_rows; i++) {
        let r = output_row * params.stride + i - params.padding_rows;
        for (var k = 0u; k < params.kernel_columns; k++) {
            // Outside the rows there is no column either.
            let t = select(
                vec4(params.columns),
                output_column * params.stride + k * params.dilation - params.padding_columns,
                r < vec4(params.rows));
            var row = item * params.inputs * plane + min(r, vec4(params.rows - 1u)) * params.columns;
            for (var c = 0u; c < params.inputs; c++) {
                let values = vec4(
                    fetch(row.x, t.x), fetch(row.y, t.y), fetch(row.z, t.z), fetch(row.w, t.w));
                multiply_add(&tile, weights_at(next_weights), values);
                next_weights += 2u;
                row += plane;
            }
        }
    }

    let valid = valid_columns(
        item, params.output_columns, params.lengths_numerator, params.lengths_denominator);
    store_tile(item, 8u * channel_tile, positions_at(output_row, output_column, valid), &tile);
}
