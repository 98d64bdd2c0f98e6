//!enable f16
//!use grid valid activation weight epilogue implicit_product nan half
// conv_tiles.wgsl with products in half precision: workgroup memory holds half of the bytes, and adapters
// that compute two halfs at once multiply and add twice as fast.
//
// Weights and columns are rounded to f16; DEPTH products at a time are added in f16, and these partial
// sums in f32, however many there are. So with u = 2^-11, half the distance from 1 to the next f16,
//
//   |y - exact| <= (DEPTH + 2) u sum_i |weight_i x_i| (to first order): 0.9 % of the sum of magnitudes,
//
// for sums of any length. That is if all roundings conspire; where they don't, the normalised mean squared
// error is below 1e-6, 0.1 % of a result (measured: 4e-7 at most).
//
// This holds as long as factors and partial sums are no smaller than 2^-14, where halfs begin to lose
// digits, and below 65,504. A larger factor becomes not a number, and a larger partial sum infinite: both
// reach the result and are refused there; nothing is clamped.
const SIDE: u32 = 16;
const TILE: u32 = 4 * SIDE;
const DEPTH: u32 = 16;

// [DEPTH][TILE / 4]: four output channels, four positions.
var<workgroup> weight_tile: array<vec4<f16>, DEPTH * SIDE>;
var<workgroup> column_tile: array<vec4<f16>, DEPTH * SIDE>;

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
        weight_tile[at] = halfs_of(four_weights(corner.channel + 4u * local.x, term, depth));
        column_tile[at] = halfs_of(four_columns(corner.item, origins, term, depth));
        workgroupBarrier();
        var part0: vec4<f16>;
        var part1: vec4<f16>;
        var part2: vec4<f16>;
        var part3: vec4<f16>;
        for (var i = 0u; i < DEPTH; i++) {
            let weights = weight_tile[i * SIDE + local.y];
            let values = column_tile[i * SIDE + local.x];
            part0 = fma(vec4(weights.x), values, part0);
            part1 = fma(vec4(weights.y), values, part1);
            part2 = fma(vec4(weights.z), values, part2);
            part3 = fma(vec4(weights.w), values, part3);
        }
        sum0 += vec4<f32>(part0);
        sum1 += vec4<f32>(part1);
        sum2 += vec4<f32>(part2);
        sum3 += vec4<f32>(part3);
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
