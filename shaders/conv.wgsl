//!use grid valid activation weight epilogue
// Convolution along rows and columns as an implicit matrix product; a sequence has one row:
//
//   y[n, o, r, t] = gain * activation(bias[o] + sum_{c, i, k} weight[o, c, i, k] * prologue(x[n, c, r', t'])) + residual
//   with r' = r * stride + i - padding_rows, t' = t * stride + k * dilation - padding_columns
//
// x [items, inputs, rows, columns], y [items, outputs, output_rows, output_columns]; zeros outside x;
// columns beyond an item's valid ones are written as zero.
//
// The positions of an item are its output_rows * output_columns, in order. An invocation computes
// eight output channels at four positions, LANES apart, so that neighbouring invocations read and
// write neighbouring positions; TILES of such rows of lanes make a workgroup. No shared memory:
// barriers cost more than the caches give on software adapters, and little is lost elsewhere.
// Workgroups: items * ceil(outputs / 8 / TILES) * ceil(positions / 4 / LANES), the last fastest.
struct Params {
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
    items: u32,
    prologue_slope: f32,
    epilogue_slope: f32,
    lengths_numerator: u32,
    lengths_denominator: u32,
}

override LANES: u32 = 16;
override TILES: u32 = 4;
override PROLOGUE: u32 = 0;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(6) var<storage, read> x: array<f32>;
@group(0) @binding(7) var<storage, read_write> y: array<f32>;

// Where the four positions of an invocation lie in x, for one tap; 0xffffffff outside.
fn source(position: u32, i: u32, k: u32) -> u32 {
    let row = position / params.output_columns * params.stride + i;
    let column = position % params.output_columns * params.stride + k * params.dilation;
    // Unsigned: what lies before the first row or column wraps around and is beyond the last.
    let r = row - params.padding_rows;
    let t = column - params.padding_columns;
    if (r < params.rows && t < params.columns) {
        return r * params.columns + t;
    }
    return 0xffffffffu;
}

fn fetch(base: u32, offset: u32) -> f32 {
    if (offset == 0xffffffffu) {
        return 0.0;
    }
    return activate(PROLOGUE, params.prologue_slope, x[base + offset]);
}

fn store(item: u32, channel: u32, position: u32, sum: f32) {
    let positions = params.output_rows * params.output_columns;
    if (channel >= params.outputs || position >= positions) {
        return;
    }
    let index = (item * params.outputs + channel) * positions + position;
    let valid = valid_columns(
        item, params.output_columns, params.lengths_numerator, params.lengths_denominator);
    if (position % params.output_columns < valid) {
        y[index] = epilogue(sum + bias_of(channel), params.epilogue_slope, index);
    } else {
        y[index] = 0.0;
    }
}

@compute @workgroup_size(LANES, TILES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
) {
    let positions = params.output_rows * params.output_columns;
    let channel_tiles = (params.outputs + 7u) / 8u;
    let position_groups = (positions + 4u * LANES - 1u) / (4u * LANES);
    let channel_groups = (channel_tiles + TILES - 1u) / TILES;
    let index = workgroup_index(group, groups);
    let item = index / position_groups / channel_groups;
    let tile = index / position_groups % channel_groups * TILES + local.y;
    if (item >= params.items || tile >= channel_tiles) {
        return;
    }
    let p0 = index % position_groups * 4u * LANES + local.x;
    let p1 = p0 + LANES;
    let p2 = p1 + LANES;
    let p3 = p2 + LANES;

    var low0 = vec4(0.0);
    var low1 = vec4(0.0);
    var low2 = vec4(0.0);
    var low3 = vec4(0.0);
    var high0 = vec4(0.0);
    var high1 = vec4(0.0);
    var high2 = vec4(0.0);
    var high3 = vec4(0.0);
    let plane = params.rows * params.columns;
    var w = tile * params.kernel_rows * params.kernel_columns * params.inputs;
    for (var i = 0u; i < params.kernel_rows; i++) {
        for (var k = 0u; k < params.kernel_columns; k++) {
            let s0 = source(p0, i, k);
            let s1 = source(p1, i, k);
            let s2 = source(p2, i, k);
            let s3 = source(p3, i, k);
            var base = item * params.inputs * plane;
            for (var c = 0u; c < params.inputs; c++) {
                let weights = weights_at(w);
                let x0 = fetch(base, s0);
                let x1 = fetch(base, s1);
                let x2 = fetch(base, s2);
                let x3 = fetch(base, s3);
                low0 = fma(weights.low, vec4(x0), low0);
                low1 = fma(weights.low, vec4(x1), low1);
                low2 = fma(weights.low, vec4(x2), low2);
                low3 = fma(weights.low, vec4(x3), low3);
                high0 = fma(weights.high, vec4(x0), high0);
                high1 = fma(weights.high, vec4(x1), high1);
                high2 = fma(weights.high, vec4(x2), high2);
                high3 = fma(weights.high, vec4(x3), high3);
                base += plane;
                w += 1u;
            }
        }
    }

    for (var o = 0u; o < 4u; o++) {
        let channel = 8u * tile + o;
        store(item, channel, p0, low0[o]);
        store(item, channel, p1, low1[o]);
        store(item, channel, p2, low2[o]);
        store(item, channel, p3, low3[o]);
        store(item, channel + 4u, p0, high0[o]);
        store(item, channel + 4u, p1, high1[o]);
        store(item, channel + 4u, p2, high2[o]);
        store(item, channel + 4u, p3, high3[o]);
    }
}
