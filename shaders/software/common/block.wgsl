// What one invocation of a product computes on an adapter whose subgroups are eight invocations: sums
// of sixteen output channels at eight positions. Each of the eight loads the weights of two channels
// and hands them to the others, so that a weight costs an eighth of a load and a shuffle. The kernel
// declares the member `outputs`, the number of output channels, of `params`.
// Whether an invocation computes two blocks of output channels instead of one.
override WIDE: bool = false;

const BLOCK: u32 = 16;  // output channels

// The sums of channels 0..4, 4..8, 8..12 and 12..16, each at positions 0..8.
struct Block {
    quad0: array<vec4<f32>, 8>,
    quad1: array<vec4<f32>, 8>,
    quad2: array<vec4<f32>, 8>,
    quad3: array<vec4<f32>, 8>,
}

// Output channels of an invocation.
fn width() -> u32 {
    return select(BLOCK, 2u * BLOCK, WIDE);
}

// Whether the second block of an invocation that begins at this channel has any; if not, its sums are
// not stored.
fn has_high(channel: u32) -> bool {
    return channel + BLOCK < params.outputs;
}

// Adds the products of the weights, two channels in each of the eight invocations, with one input
// channel at positions 0..4 and 4..8. All eight must be active.
fn multiply_add(block: ptr<function, Block>, weights: vec2<f32>, near: vec4<f32>, far: vec4<f32>) {
    let weights0 = vec4(subgroupBroadcast(weights, 0u), subgroupBroadcast(weights, 1u));
    let weights1 = vec4(subgroupBroadcast(weights, 2u), subgroupBroadcast(weights, 3u));
    let weights2 = vec4(subgroupBroadcast(weights, 4u), subgroupBroadcast(weights, 5u));
    let weights3 = vec4(subgroupBroadcast(weights, 6u), subgroupBroadcast(weights, 7u));
    for (var p = 0u; p < 4u; p++) {
        (*block).quad0[p] = fma(weights0, vec4(near[p]), (*block).quad0[p]);
        (*block).quad1[p] = fma(weights1, vec4(near[p]), (*block).quad1[p]);
        (*block).quad2[p] = fma(weights2, vec4(near[p]), (*block).quad2[p]);
        (*block).quad3[p] = fma(weights3, vec4(near[p]), (*block).quad3[p]);
        (*block).quad0[p + 4u] = fma(weights0, vec4(far[p]), (*block).quad0[p + 4u]);
        (*block).quad1[p + 4u] = fma(weights1, vec4(far[p]), (*block).quad1[p + 4u]);
        (*block).quad2[p + 4u] = fma(weights2, vec4(far[p]), (*block).quad2[p + 4u]);
        (*block).quad3[p + 4u] = fma(weights3, vec4(far[p]), (*block).quad3[p + 4u]);
    }
}

// The sum of output channel 0..16 of the block at a position.
fn sum_of(block: ptr<function, Block>, channel: u32, position: u32) -> f32 {
    let lower = select((*block).quad1[position], (*block).quad0[position], channel < 4u);
    let upper = select((*block).quad3[position], (*block).quad2[position], channel < 12u);
    return select(upper, lower, channel < 8u)[channel % 4u];
}

// The sums of output channel 0..32 of both blocks at positions 0..4.
fn near_of(low: ptr<function, Block>, high: ptr<function, Block>, channel: u32) -> vec4<f32> {
    let o = channel % BLOCK;
    let sums = vec4(sum_of(low, o, 0u), sum_of(low, o, 1u), sum_of(low, o, 2u), sum_of(low, o, 3u));
    if (!WIDE) {
        return sums;
    }
    return select(
        vec4(sum_of(high, o, 0u), sum_of(high, o, 1u), sum_of(high, o, 2u), sum_of(high, o, 3u)),
        sums,
        channel < BLOCK,
    );
}

// The same at positions 4..8.
fn far_of(low: ptr<function, Block>, high: ptr<function, Block>, channel: u32) -> vec4<f32> {
    let o = channel % BLOCK;
    let sums = vec4(sum_of(low, o, 4u), sum_of(low, o, 5u), sum_of(low, o, 6u), sum_of(low, o, 7u));
    if (!WIDE) {
        return sums;
    }
    return select(
        vec4(sum_of(high, o, 4u), sum_of(high, o, 5u), sum_of(high, o, 6u), sum_of(high, o, 7u)),
        sums,
        channel < BLOCK,
    );
}
