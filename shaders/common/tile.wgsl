// What one invocation of a product computes: sums of eight output channels at four positions, which
// the kernel chooses. Uses weight and epilogue. Written out, since not every driver keeps arrays that
// loops index in registers.
struct Tile {
    low0: vec4<f32>,  // channels 0..4 at position 0
    low1: vec4<f32>,
    low2: vec4<f32>,
    low3: vec4<f32>,
    high0: vec4<f32>,  // channels 4..8 at position 0
    high1: vec4<f32>,
    high2: vec4<f32>,
    high3: vec4<f32>,
}

// Adds the products of the weights with one input channel at the four positions.
fn multiply_add(tile: ptr<function, Tile>, weights: Weights, x: vec4<f32>) {
    (*tile).low0 = fma(weights.low, vec4(x.x), (*tile).low0);
    (*tile).low1 = fma(weights.low, vec4(x.y), (*tile).low1);
    (*tile).low2 = fma(weights.low, vec4(x.z), (*tile).low2);
    (*tile).low3 = fma(weights.low, vec4(x.w), (*tile).low3);
    (*tile).high0 = fma(weights.high, vec4(x.x), (*tile).high0);
    (*tile).high1 = fma(weights.high, vec4(x.y), (*tile).high1);
    (*tile).high2 = fma(weights.high, vec4(x.z), (*tile).high2);
    (*tile).high3 = fma(weights.high, vec4(x.w), (*tile).high3);
}

// The sums of output channel 0..8 of the tile.
fn sums_of(tile: ptr<function, Tile>, channel: u32) -> vec4<f32> {
    let o = channel % 4u;
    if (channel < 4u) {
        return vec4((*tile).low0[o], (*tile).low1[o], (*tile).low2[o], (*tile).low3[o]);
    }
    return vec4((*tile).high0[o], (*tile).high1[o], (*tile).high2[o], (*tile).high3[o]);
}

// Finishes and stores the tile as the output channels from `channel` on. A loop, because eight copies
// of the epilogue take drivers long to compile.
fn store_tile(item: u32, channel: u32, positions: Positions, tile: ptr<function, Tile>) {
    for (var o = 0u; o < 8u; o++) {
        store_channel(item, channel + o, positions, sums_of(tile, o));
    }
}
