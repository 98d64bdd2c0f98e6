//!use grid valid activation weight epilogue
// Convolution along rows and columns as an implicit matrix product; a sequence has one row, a plain
// product a kernel of one row and one column:
//
//   y[n, o, r, t] = epilogue(sum_{c, i, k} weight[o, c, i, k] * prologue(x[n, c, r', t']))
//   with r' = r * stride + i - padding_rows, t' = t * stride + k * dilation - padding_columns
//
// x [items, inputs, rows, columns], y [items, outputs, output_rows, output_columns]; zeros outside x.
//
// The positions of an item are its output_rows * output_columns, in order. An invocation computes
// eight output channels at four positions, LANES apart, so that neighbouring invocations read and
// write neighbouring positions; TILES of such rows of lanes make a workgroup. No shared memory:
// barriers cost more than the reuse gives on software adapters, and caches hold the tiles elsewhere.
// Workgroups: items * ceil(outputs / 8 / TILES) * ceil(positions / 4 / LANES), the last fastest.
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

const LANES: u32 = 16;
const TILES: u32 = 4;
override PROLOGUE: u32 = 0;  // code of the activation

const OUTSIDE: u32 = 0xffffffff;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(6) var<storage, read> x: array<f32>;

// Where tap (i, k) of a position reads in a channel of x.
fn source(position: u32, i: u32, k: u32) -> u32 {
    let row = position / params.output_columns;
    let column = position % params.output_columns;
    // What lies before the first row or column wraps around and so is beyond the last.
    let r = row * params.stride + i - params.padding_rows;
    let t = column * params.stride + k * params.dilation - params.padding_columns;
    if (r < params.rows && t < params.columns) {
        return r * params.columns + t;
    }
    return OUTSIDE;
}

fn fetch(channel: u32, offset: u32) -> f32 {
    if (offset == OUTSIDE) {
        return 0.0;
    }
    return activate(PROLOGUE, params.prologue_slope, x[channel + offset]);
}

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
    let position = vec4(first, first + LANES, first + 2u * LANES, first + 3u * LANES);

    let plane = params.rows * params.columns;
    var tile: Tile;
    var next_weights = channel_tile * params.kernel_rows * params.kernel_columns * params.inputs;
    for (var i = 0u; i < params.kernel_rows; i++) {
        for (var k = 0u; k < params.kernel_columns; k++) {
            let s0 = source(position.x, i, k);
            let s1 = source(position.y, i, k);
            let s2 = source(position.z, i, k);
            let s3 = source(position.w, i, k);
            var channel = item * params.inputs * plane;
            for (var c = 0u; c < params.inputs; c++) {
                let values = vec4(
                    fetch(channel, s0), fetch(channel, s1), fetch(channel, s2), fetch(channel, s3));
                multiply_add(&tile, weights_at(next_weights), values);
                next_weights += 1u;
                channel += plane;
            }
        }
    }

    let row = position / params.output_columns;
    let column = position % params.output_columns;
    for (var o = 0u; o < 8u; o++) {
        let sums = sums_of(&tile, o);
        store(item, 8u * channel_tile + o, row.x, column.x, sums.x);
        store(item, 8u * channel_tile + o, row.y, column.y, sums.y);
        store(item, 8u * channel_tile + o, row.z, column.z, sums.z);
        store(item, 8u * channel_tile + o, row.w, column.w, sums.w);
    }
}
