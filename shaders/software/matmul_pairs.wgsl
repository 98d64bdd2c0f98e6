//!use grid valid activation pairs block block_weights epilogue_pairs
// matmul.wgsl for software adapters with subgroups of eight invocations, where rows have an even number
// of columns:
//
//   y[n, o, p] = epilogue(sum_c weight[o, c] * prologue(x[n, c, p]))
//
// An invocation computes 16 output channels, or 32 where WIDE, at a run of eight columns, two input
// channels a turn: what a turn changes is masked and kept in memory, which one channel does not pay
// for. The LANES invocations of a subgroup have the same output channels.
// Workgroups: items * ceil(outputs / width() / TILES) * ceil(output_rows * runs / LANES), the last
// fastest, with ceil(output_columns / RUN) runs a row.
struct Params {
    items: u32,
    inputs: u32,
    outputs: u32,
    output_rows: u32,
    output_columns: u32,
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
@group(0) @binding(6) var<storage, read> x: array<u64>;

fn fetch(pair: u32) -> vec2<f32> {
    let values = pair_of(x[pair]);
    return vec2(
        activate(PROLOGUE, params.prologue_slope, values.x),
        activate(PROLOGUE, params.prologue_slope, values.y),
    );
}

// Adds the products with input channel `c`. `pairs` and `weights`, for either block, are those of
// channel 0; channels beyond the last repeat it and count nothing.
fn add_input(
    c: u32,
    pairs: vec4<u32>,
    weights: vec2<u32>,
    lane: u32,
    low: ptr<function, Block>,
    high: ptr<function, Block>,
) {
    let is_input = c < params.inputs;
    let step = min(c, params.inputs - 1u);
    let at = pairs + step * (params.output_rows * params.output_columns / 2u);
    let near = select(vec4(0.0), vec4(fetch(at.x), fetch(at.y)), is_input);
    let far = select(vec4(0.0), vec4(fetch(at.z), fetch(at.w)), is_input);
    multiply_add(low, weights_of_lane(weights.x + step, lane), near, far);
    if (WIDE) {
        multiply_add(high, weights_of_lane(weights.y + step, lane), near, far);
    }
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
    let row = run / runs;
    let first = run % runs * RUN;
    let channel = tile * width();
    let plane = params.output_rows * params.output_columns / 2u;
    // Pairs beyond the last of an input channel repeat it; they are not stored.
    let steps = vec4(0u, 1u, 2u, 3u);
    let pairs = min((row * params.output_columns + first) / 2u + steps, vec4(plane - 1u))
        + item * params.inputs * plane;
    let weights_of_low = channel / BLOCK * params.inputs;
    let weights_to_high = select(0u, params.inputs, has_high(channel));
    let weights = weights_of_low + vec2(0u, weights_to_high);

    var low: Block;
    var high: Block;
    for (var c = 0u; c < params.inputs; c += 2u) {
        add_input(c, pairs, weights, local.x, &low, &high);
        add_input(c + 1u, pairs, weights, local.x, &low, &high);
    }

    if (row < params.output_rows) {
        store_blocks(item, channel, row, first, &low, &high);
    }
}
