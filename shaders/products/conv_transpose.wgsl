//!use grid valid activation weight epilogue tile
// Transposed convolution along rows and columns, phase by phase; a sequence has one row:
//
//   y[n, o, r, t] = bias[o] + sum_{c, i, k} weight[c, o, i, k] * prologue(x[n, c, h, w])
//   over all h * stride_rows + i - padding_rows = r, w * stride_columns + k - padding_columns = t
//
// x [items, inputs, rows, columns], y [items, outputs, output_rows, output_columns].
//
// Outputs r = q * stride + phase of one phase see the same taps: i = i0 + m * stride with
// i0 = (phase + padding) % stride, at the input h = q + (phase + padding) / stride - m; likewise for
// the columns. So each of the stride_rows * stride_columns phases is a small convolution over the
// grid of the q, and only the taps that matter are visited. An invocation computes eight output
// channels at four positions of one phase's grid, LANES apart; see conv.wgsl.
// Workgroups: items * phases * ceil(outputs / 8 / TILES) * ceil(positions / 4 / LANES), the last fastest.
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
const TILES: u32 = 8;
override PROLOGUE: u32 = 0;  // code of the activation

const OUTSIDE: u32 = 0xffffffff;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(6) var<storage, read> x: array<f32>;

// Where position (h, w) lies in a channel of x; what is before the first wraps around.
fn source(h: u32, w: u32) -> u32 {
    if (h < params.rows && w < params.columns) {
        return h * params.columns + w;
    }
    return OUTSIDE;
}

fn fetch(channel: u32, offset: u32) -> f32 {
    let is_inside = offset != OUTSIDE;
    let value = x[channel + select(0u, offset, is_inside)];
    return select(0.0, activate(PROLOGUE, params.prologue_slope, value), is_inside);
}

@compute @workgroup_size(LANES, TILES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
) {
    let grid_rows = (params.output_rows + params.stride_rows - 1u) / params.stride_rows;
    let grid_columns = (params.output_columns + params.stride_columns - 1u) / params.stride_columns;
    let channel_tiles = (params.outputs + 7u) / 8u;
    let channel_groups = (channel_tiles + TILES - 1u) / TILES;
    let position_groups = (grid_rows * grid_columns + 4u * LANES - 1u) / (4u * LANES);
    let phases = params.stride_rows * params.stride_columns;
    let index = workgroup_index(group, groups);
    let item = index / position_groups / channel_groups / phases;
    let phase = index / position_groups / channel_groups % phases;
    let channel_tile = index / position_groups % channel_groups * TILES + local.y;
    if (item >= params.items || channel_tile >= channel_tiles) {
        return;
    }
    let first = index % position_groups * 4u * LANES + local.x;
    let position = first + vec4(0u, 1u, 2u, 3u) * LANES;
    let grid_row = position / grid_columns;
    let grid_column = position % grid_columns;

    let phase_row = phase / params.stride_columns;
    let phase_column = phase % params.stride_columns;
    let row_shift = phase_row + params.padding_rows;
    let column_shift = phase_column + params.padding_columns;
    let plane = params.rows * params.columns;
    let weights_of_tile = first_weights(
        channel_tile, params.kernel_rows * params.kernel_columns * params.inputs);
    var tile: Tile;
    var h = grid_row + row_shift / params.stride_rows;
    for (var i = row_shift % params.stride_rows; i < params.kernel_rows; i += params.stride_rows) {
        var w = grid_column + column_shift / params.stride_columns;
        for (var k = column_shift % params.stride_columns; k < params.kernel_columns; k += params.stride_columns) {
            let s0 = source(h.x, w.x);
            let s1 = source(h.y, w.y);
            let s2 = source(h.z, w.z);
            let s3 = source(h.w, w.w);
            var next_weights = weights_of_tile + 2u * (i * params.kernel_columns + k) * params.inputs;
            var channel = item * params.inputs * plane;
            for (var c = 0u; c < params.inputs; c++) {
                let values = vec4(
                    fetch(channel, s0), fetch(channel, s1), fetch(channel, s2), fetch(channel, s3));
                multiply_add(&tile, weights_at(next_weights), values);
                next_weights += 2u;
                channel += plane;
            }
            w -= vec4(1u);
        }
        h -= vec4(1u);
    }

    let row = grid_row * params.stride_rows + phase_row;
    let column = grid_column * params.stride_columns + phase_column;
    let valid = valid_columns(
        item, params.output_columns, params.lengths_numerator, params.lengths_denominator);
    store_tile(item, 8u * channel_tile, positions_at(row, column, valid), &tile);
}
