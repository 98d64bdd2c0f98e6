// Weights of products and convolutions, packed as [outputs / 8][taps][inputs][8]: the weights of
// eight output channels lie together, as one vec4<u32> of halfs or two of floats.
override WEIGHT_F16: bool = false;

@group(0) @binding(2) var<storage, read> weight: array<vec4<u32>>;

struct Weights {
    low: vec4<f32>,   // output channels 0..4 of the eight
    high: vec4<f32>,  // output channels 4..8
}

fn weights_at(index: u32) -> Weights {
    if (WEIGHT_F16) {
        let halfs = weight[index];
        return Weights(
            vec4(unpack2x16float(halfs.x), unpack2x16float(halfs.y)),
            vec4(unpack2x16float(halfs.z), unpack2x16float(halfs.w)),
        );
    }
    return Weights(
        bitcast<vec4<f32>>(weight[2u * index]),
        bitcast<vec4<f32>>(weight[2u * index + 1u]),
    );
}

// What one invocation computes: sums of eight output channels at four positions, which the kernel
// chooses.
struct Tile {
    low0: vec4<f32>,
    low1: vec4<f32>,
    low2: vec4<f32>,
    low3: vec4<f32>,
    high0: vec4<f32>,
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

// The sums of the four positions for output channel 0..8 of the tile.
fn sums_of(tile: ptr<function, Tile>, channel: u32) -> vec4<f32> {
    let o = channel % 4u;
    if (channel < 4u) {
        return vec4((*tile).low0[o], (*tile).low1[o], (*tile).low2[o], (*tile).low3[o]);
    }
    return vec4((*tile).high0[o], (*tile).high1[o], (*tile).high2[o], (*tile).high3[o]);
}
