//!use grid valid activation weight epilogue tile
// Matrix product, the same at every position:
//
//   y[n, o, p] = epilogue(sum_c weight[o, c] * prologue(x[n, c, p]))
//
// x [items, inputs, rows, columns], y [items, outputs, rows, columns], where the number of positions
// p = row * columns + column is one (`vector`) or a multiple of four (`quads`); conv.wgsl has the rest.
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
const TILES: u32 = 8;
const VECTOR_LANES: u32 = 64;

override PROLOGUE: u32 = 0;  // code of the activation

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(6) var<storage, read> x: array<vec4<f32>>;

fn prologue(value: f32) -> f32 {
    return activate(PROLOGUE, params.prologue_slope, value);
}

// Four neighbouring positions.
fn fetch(quad: u32) -> vec4<f32> {
    let values = x[quad];
    return vec4(prologue(values.x), prologue(values.y), prologue(values.z), prologue(values.w));
}

fn store_quad(item: u32, channel: u32, quad: u32, tile: ptr<function, Tile>) {
    let position = 4u * quad + vec4(0u, 1u, 2u, 3u);
    let valid = valid_columns(
        item, params.output_columns, params.lengths_numerator, params.lengths_denominator);
    let row = position / params.output_columns;
    let column = position % params.output_columns;
    store_tile(item, channel, positions_at(row, column, valid), tile);
}

// LANES rows of invocations by TILES make a workgroup; an invocation computes eight output channels
// at two quads of positions, LANES apart. Quads beyond the last repeat it and are not stored.
// Workgroups: items * ceil(outputs / 8 / TILES) * ceil(positions / 8 / LANES), the last fastest.
@compute @workgroup_size(LANES, TILES)
fn quads(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
) {
    let plane = params.output_rows * params.output_columns / 4u;
    let channel_tiles = (params.outputs + 7u) / 8u;
    let channel_groups = (channel_tiles + TILES - 1u) / TILES;
    let quad_groups = (plane + 2u * LANES - 1u) / (2u * LANES);
    let index = workgroup_index(group, groups);
    let item = index / quad_groups / channel_groups;
    let channel_tile = index / quad_groups % channel_groups * TILES + local.y;
    if (item >= params.items || channel_tile >= channel_tiles) {
        return;
    }
    let near_quad = index % quad_groups * 2u * LANES + local.x;
    let far_quad = near_quad + LANES;

    var near: Tile;
    var far: Tile;
    var near_index = item * params.inputs * plane + min(near_quad, plane - 1u);
    var far_index = item * params.inputs * plane + min(far_quad, plane - 1u);
    var next_weights = first_weights(channel_tile, params.inputs);
    for (var c = 0u; c < params.inputs; c++) {
        let weights = weights_at(next_weights);
        next_weights += 2u;
        multiply_add(&near, weights, fetch(near_index));
        multiply_add(&far, weights, fetch(far_index));
        near_index += plane;
        far_index += plane;
    }
    store_quad(item, 8u * channel_tile, near_quad, &near);
    store_quad(item, 8u * channel_tile, far_quad, &far);
}

var<workgroup> partial: array<Weights, VECTOR_LANES>;

// One position: the VECTOR_LANES invocations of a workgroup share the inputs among them and then add
// up their parts of eight output channels.
// Workgroups: items * ceil(outputs / 8), the last fastest.
@compute @workgroup_size(VECTOR_LANES)
fn vector(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let channel_tiles = (params.outputs + 7u) / 8u;
    let index = workgroup_index(group, groups);
    let item = index / channel_tiles;
    let channel_tile = index % channel_tiles;
    if (item >= params.items) {
        return;
    }

    let weights_of_tile = first_weights(channel_tile, params.inputs);
    var sum = Weights(vec4(0.0), vec4(0.0));
    for (var c = lane; c < params.inputs; c += VECTOR_LANES) {
        let position = item * params.inputs + c;
        let value = prologue(x[position / 4u][position % 4u]);
        let weights = weights_at(weights_of_tile + 2u * c);
        sum.low = fma(weights.low, vec4(value), sum.low);
        sum.high = fma(weights.high, vec4(value), sum.high);
    }
    partial[lane] = sum;
    for (var half = VECTOR_LANES / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if (lane < half) {
            partial[lane].low += partial[lane + half].low;
            partial[lane].high += partial[lane + half].high;
        }
    }
    workgroupBarrier();
    if (lane < 8u) {
        let sums = partial[0];
        let products = select(sums.high, sums.low, lane < 4u);
        let valid = valid_columns(
            item, 1u, params.lengths_numerator, params.lengths_denominator);
        let here = Positions(vec4(0u), vec4(true, false, false, false), vec4(valid == 1u));
        store_channel(item, 8u * channel_tile + lane, here, vec4(products[lane % 4u]));
    }
}
