//!use grid valid activation weight epilogue implicit_product
// conv.wgsl and matmul.wgsl for adapters with fast workgroup memory, as an implicit product.
//
// A workgroup of SIDE x SIDE invocations computes TILE output channels at TILE positions, DEPTH terms of
// the sums at a time, which it loads into workgroup memory; an invocation computes 4 x 4.
const SIDE: u32 = 16;
const TILE: u32 = 4 * SIDE;
const DEPTH: u32 = 16;

// [DEPTH][TILE / 4]: four output channels, four positions.
var<workgroup> weight_tile: array<vec4<f32>, DEPTH * SIDE>;
var<workgroup> column_tile: array<vec4<f32>, DEPTH * SIDE>;

@compute @workgroup_size(SIDE, SIDE)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
) {
    let corner = corner_of(group, groups);
    if (corner.item >= params.items) {
        return;
    }
    let depth = depth_of();
    let first_position = corner.position + 4u * local.x;
    let origins = origins_of(first_position);

    var sum0: vec4<f32>;  // of channel 0 at the four positions
    var sum1: vec4<f32>;
    var sum2: vec4<f32>;
    var sum3: vec4<f32>;
    for (var start = 0u; start < depth; start += DEPTH) {
        // Everybody loads four weights and four columns of the row local.y of the tiles.
        let term = start + local.y;
        let at = local.y * SIDE + local.x;
        weight_tile[at] = four_weights(corner.channel + 4u * local.x, term, depth);
        column_tile[at] = four_columns(corner.item, origins, term, depth);
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

    let here = positions_from(corner.item, first_position);
    let channel = corner.channel + 4u * local.y;
    store_channel(corner.item, channel, here, sum0);
    store_channel(corner.item, channel + 1u, here, sum1);
    store_channel(corner.item, channel + 2u, here, sum2);
    store_channel(corner.item, channel + 3u, here, sum3);
}
