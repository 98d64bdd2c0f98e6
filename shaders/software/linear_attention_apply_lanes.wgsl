//!use grid pairs block
// linear_attention_apply.wgsl for software adapters with subgroups of eight invocations, where the
// channels of a head are a multiple of BLOCK and the positions are even in number: a product whose
// weights are the context, handed on by the invocation that loaded them.
//
// An invocation computes 16 channels e, or 32 where WIDE, at a run of eight positions, two channels d a
// turn. The LANES invocations of a subgroup have the same channels.
// Workgroups: ceil(items * heads * dim / width() / TILES) * ceil(runs / LANES), the last fastest, with
// ceil(positions / RUN) runs.
struct Params {
    // items * heads * dim
    outputs: u32,
    heads: u32,
    dim: u32,
    positions: u32,
}

const LANES: u32 = 8;
const TILES: u32 = 2;
const RUN: u32 = 8;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> qkv: array<u64>;
@group(0) @binding(2) var<storage, read> context: array<u64>;
@group(0) @binding(3) var<storage, read_write> y: array<u64>;

// Adds the products with the queries of one channel d, which begin at `queries`; `row` is where the
// block's part of the context's row begins.
fn add_channel(
    queries: vec4<u32>,
    row: u32,
    lane: u32,
    low: ptr<function, Block>,
    high: ptr<function, Block>,
) {
    let near = vec4(pair_of(qkv[queries.x]), pair_of(qkv[queries.y]));
    let far = vec4(pair_of(qkv[queries.z]), pair_of(qkv[queries.w]));
    multiply_add(low, pair_of(context[row / 2u + lane]), near, far);
    if (WIDE) {
        multiply_add(high, pair_of(context[(row + BLOCK) / 2u + lane]), near, far);
    }
}

@compute @workgroup_size(LANES, TILES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
) {
    let runs = (params.positions + RUN - 1u) / RUN;
    let run_groups = (runs + LANES - 1u) / LANES;
    let index = workgroup_index(group, groups);
    let channel = (index / run_groups * TILES + local.y) * width();
    // The same in a whole subgroup; the last runs stay to hand on their part of the context.
    if (channel >= params.outputs) {
        return;
    }
    let first = (index % run_groups * LANES + local.x) * RUN;
    let head = channel / params.dim;
    let item = head / params.heads;
    let third = params.heads * params.dim;
    // Queries are the first third of an item's channels. Pairs beyond the last position repeat it; they
    // are not stored.
    let pairs = min(first / 2u + vec4(0u, 1u, 2u, 3u), vec4(params.positions / 2u - 1u));
    let query = (head - item * params.heads) * params.dim + 3u * item * third;
    let row = head * params.dim * params.dim + channel % params.dim;

    var low: Block;
    var high: Block;
    for (var d = 0u; d < params.dim; d += 2u) {
        let queries = pairs + (query + d) * (params.positions / 2u);
        let at = row + d * params.dim;
        add_channel(queries, at, local.x, &low, &high);
        add_channel(
            queries + params.positions / 2u, at + params.dim, local.x, &low, &high);
    }

    for (var o = 0u; o < width(); o++) {
        let start = (channel + o) * params.positions;
        let near = near_of(&low, &high, o);
        let far = far_of(&low, &high, o);
        store_pair(start, first, near.xy);
        store_pair(start, first + 2u, near.zw);
        store_pair(start, first + 4u, far.xy);
        store_pair(start, first + 6u, far.zw);
    }
}

fn store_pair(start: u32, position: u32, sums: vec2<f32>) {
    if (position < params.positions) {
        y[(start + position) / 2u] = bits_of(sums);
    }
}
