//!use grid valid activation weight epilogue
// conv.wgsl and matmul.wgsl for adapters with fast workgroup memory: an implicit product of the weights
// [outputs, depth] with the columns [depth, positions] that a convolution sees, depth = taps * inputs,
// positions = output_rows * output_columns of an item. A plain product is a kernel of one row and one
// column.
//
// A workgroup of SIDE x SIDE invocations computes TILE output channels at TILE positions, DEPTH terms of
// the sums at a time, which it loads into workgroup memory; an invocation computes 4 x 4.
// Workgroups: items * ceil(outputs / TILE) * ceil(positions / TILE), the last fastest.
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

const SIDE: u32 = 16;
const TILE: u32 = 4 * SIDE;
const DEPTH: u32 = 16;
// Output channels whose weights lie together.
const PACKED: u32 = 16;

override PROLOGUE: u32 = 0;  // code of the activation

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(6) var<storage, read> x: array<f32>;

// [DEPTH][TILE / 4]: four output channels, four positions.
var<workgroup> weight_tile: array<vec4<f32>, DEPTH * SIDE>;
var<workgroup> column_tile: array<vec4<f32>, DEPTH * SIDE>;

// The weights of four output channels for one term of the sums. Beyond the last they are zero: what is
// beyond may be no number.
fn four_weights(channel: u32, term: u32, depth: u32) -> vec4<f32> {
    if (channel >= params.outputs || term >= depth) {
        return vec4(0.0);
    }
    let eight = weights_at((channel / PACKED * depth + term) * 2u + channel % PACKED / 8u);
    return select(eight.low, eight.high, channel % 8u >= 4u);
}

// Where an invocation's position lies in its channel, for the first row and column of the kernel; what
// is before the first wraps around.
struct Origin {
    row: u32,
    column: u32,
}

fn origin_of(position: u32) -> Origin {
    let row = position / params.output_columns;
    let column = position - row * params.output_columns;
    return Origin(
        row * params.stride - params.padding_rows,
        column * params.stride - params.padding_columns,
    );
}

fn fetch(channel: u32, origin: Origin, tap_row: u32, tap_column: u32) -> f32 {
    let row = origin.row + tap_row;
    let column = origin.column + tap_column * params.dilation;
    if (row >= params.rows || column >= params.columns) {
        return 0.0;
    }
    let value = x[(channel * params.rows + row) * params.columns + column];
    return activate(PROLOGUE, params.prologue_slope, value);
}

@compute @workgroup_size(SIDE, SIDE)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
) {
    let positions = params.output_rows * params.output_columns;
    let across = (positions + TILE - 1u) / TILE;
    let down = (params.outputs + TILE - 1u) / TILE;
    let index = workgroup_index(group, groups);
    let item = index / across / down;
    if (item >= params.items) {
        return;
    }
    let first_channel = index / across % down * TILE;
    let first_position = index % across * TILE + 4u * local.x;
    let depth = params.kernel_rows * params.kernel_columns * params.inputs;
    // Positions beyond the last are computed from whatever is there, and not stored.
    let origin0 = origin_of(first_position);
    let origin1 = origin_of(first_position + 1u);
    let origin2 = origin_of(first_position + 2u);
    let origin3 = origin_of(first_position + 3u);

    var sum0: vec4<f32>;  // of channel 0 at the four positions
    var sum1: vec4<f32>;
    var sum2: vec4<f32>;
    var sum3: vec4<f32>;
    for (var start = 0u; start < depth; start += DEPTH) {
        // Everybody loads four weights and four columns of the row local.y of the tiles.
        let term = start + local.y;
        let tap = term / params.inputs;
        let channel = item * params.inputs + term - tap * params.inputs;
        let tap_row = tap / params.kernel_columns;
        let tap_column = tap - tap_row * params.kernel_columns;
        let at = local.y * SIDE + local.x;
        weight_tile[at] = four_weights(first_channel + 4u * local.x, term, depth);
        var columns = vec4(0.0);
        if (term < depth) {
            columns = vec4(
                fetch(channel, origin0, tap_row, tap_column),
                fetch(channel, origin1, tap_row, tap_column),
                fetch(channel, origin2, tap_row, tap_column),
                fetch(channel, origin3, tap_row, tap_column),
            );
        }
        column_tile[at] = columns;
        workgroupBarrier();
        for (var i = 0u; i < DEPTH; i++) {
            let weights = weight_tile[i * SIDE + local.y];
            let values = column_tile[i * SIDE + local.x];
            sum0 = fma(vec4(weights.x), values, sum0);
            sum1 = fma(vec4(weights.y), values, sum1);
            sum2 = fma(vec4(weights.z), values, sum2);
            sum3 = fma(vec4(weights.w), values, sum3);
        }
        // The tiles have been read by everybody.
        workgroupBarrier();
    }

    let valid = valid_columns(
        item, params.output_columns, params.lengths_numerator, params.lengths_denominator);
    let position = first_position + vec4(0u, 1u, 2u, 3u);
    let row = position / params.output_columns;
    let here = positions_at(row, position - row * params.output_columns, valid);
    let channel = first_channel + 4u * local.y;
    store_channel(item, channel, here, sum0);
    store_channel(item, channel + 1u, here, sum1);
    store_channel(item, channel + 2u, here, sum2);
    store_channel(item, channel + 3u, here, sum3);
}
