//!use grid valid activation pairs block block_weights epilogue_pairs
// conv.wgsl for software adapters with subgroups of eight invocations, where the kernel is three
// columns wide, the padding of the columns is one, the dilation is one, the stride one or two, and rows
// of x and y have an even number of columns:
//
//   y[n, o, r, t] = epilogue(sum_{c, i, k} weight[o, c, i, k] * prologue(x[n, c, r', t']))
//   with r' = r * stride + i - padding_rows, t' = t * stride + k - 1
//
// An invocation computes 16 output channels, or 32 where WIDE, at a run of eight columns, from six
// pairs of inputs for each input channel and kernel row, nine where the stride is two. The LANES
// invocations of a subgroup have the same channels.
// Workgroups: items * ceil(outputs / width() / TILES) * ceil(output_rows * runs / LANES), the last
// fastest, with ceil(output_columns / RUN) runs a row.
struct Params {
    items: u32,
    inputs: u32,
    rows: u32,
    columns: u32,
    outputs: u32,
    output_rows: u32,
    output_columns: u32,
    kernel_rows: u32,
    padding_rows: u32,
    prologue_slope: f32,
    epilogue_slope: f32,
    lengths_numerator: u32,
    lengths_denominator: u32,
}

const LANES: u32 = 8;
const TILES: u32 = 2;
const RUN: u32 = 8;

override PROLOGUE: u32 = 0;  // code of the activation
override HALVING: bool = false;  // whether the stride is two

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(6) var<storage, read> x: array<u64>;

// x at two columns, from an even one on, of the row that begins at `row`. A column before the first
// has wrapped around and so is beyond the last.
fn fetch(row: u32, column: u32) -> vec2<f32> {
    let is_inside = column < params.columns;
    let values = pair_of(x[(row + select(0u, column, is_inside)) / 2u]);
    let activated = vec2(
        activate(PROLOGUE, params.prologue_slope, values.x),
        activate(PROLOGUE, params.prologue_slope, values.y),
    );
    return select(vec2(0.0), activated, is_inside);
}

// What the eight positions see of one row of an input channel under each tap.
struct Taps {
    left_near: vec4<f32>,  // positions 0..4
    left_far: vec4<f32>,   // positions 4..8
    middle_near: vec4<f32>,
    middle_far: vec4<f32>,
    right_near: vec4<f32>,
    right_far: vec4<f32>,
}

// Of the row that begins at `row`, from the pair before the first position's on. `step` is 2, or 0 where
// there is no row and `start` is outside.
fn taps_of(row: u32, start: u32, step: u32) -> Taps {
    let a = fetch(row, start);
    let b = fetch(row, start + step);
    let c = fetch(row, start + 2u * step);
    let d = fetch(row, start + 3u * step);
    let e = fetch(row, start + 4u * step);
    let f = fetch(row, start + 5u * step);
    if (!HALVING) {
        return Taps(
            vec4(a.y, b, c.x), vec4(c.y, d, e.x),
            vec4(b, c), vec4(d, e),
            vec4(b.y, c, d.x), vec4(d.y, e, f.x),
        );
    }
    let g = fetch(row, start + 6u * step);
    let h = fetch(row, start + 7u * step);
    let i = fetch(row, start + 8u * step);
    return Taps(
        vec4(a.y, b.y, c.y, d.y), vec4(e.y, f.y, g.y, h.y),
        vec4(b.x, c.x, d.x, e.x), vec4(f.x, g.x, h.x, i.x),
        vec4(b.y, c.y, d.y, e.y), vec4(f.y, g.y, h.y, i.y),
    );
}

// Adds the products of one row of an input channel to a block, `weights` being those of the left tap.
fn add_taps(weights: u32, lane: u32, taps: Taps, block: ptr<function, Block>) {
    let left = weights_of_lane(weights, lane);
    let middle = weights_of_lane(weights + params.inputs, lane);
    let right = weights_of_lane(weights + 2u * params.inputs, lane);
    multiply_add(block, left, taps.left_near, taps.left_far);
    multiply_add(block, middle, taps.middle_near, taps.middle_far);
    multiply_add(block, right, taps.right_near, taps.right_far);
}

@compute @workgroup_size(LANES, TILES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
) {
    let runs = (params.output_columns + RUN - 1u) / RUN;
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
    let first = run % runs * RUN;
    let channel = tile * width();
    let stride = select(1u, 2u, HALVING);
    let length = 3u * params.inputs;  // weights of a kernel row
    let to_high = select(0u, params.kernel_rows * length, has_high(channel));

    var low: Block;
    var high: Block;
    for (var i = 0u; i < params.kernel_rows; i++) {
        let r = output_row * stride + i - params.padding_rows;
        let is_row = r < params.rows;
        let start = select(params.columns, first * stride - 2u, is_row);
        let step = select(0u, 2u, is_row);
        var row = (item * params.inputs * params.rows + select(0u, r, is_row)) * params.columns;
        var weights = (channel / BLOCK * params.kernel_rows + i) * length;
        for (var c = 0u; c < params.inputs; c++) {
            let taps = taps_of(row, start, step);
            add_taps(weights, local.x, taps, &low);
            if (WIDE) {
                add_taps(weights + to_high, local.x, taps, &high);
            }
            row += params.rows * params.columns;
            weights += 1u;
        }
    }

    if (output_row < params.output_rows) {
        store_blocks(item, channel, output_row, first, &low, &high);
    }
}
