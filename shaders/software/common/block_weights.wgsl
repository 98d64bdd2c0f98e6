// The weights of a block: packed as [outputs / 16][taps][inputs][16], see weight.wgsl, and read in pairs
// of channels. Needs `pairs` and `block`.
override WEIGHT_F16: bool = false;

@group(0) @binding(2) var<storage, read> weight: array<u64>;

// The weights of channels 2 lane and 2 lane + 1 of a group of sixteen for one tap and one input,
// which is the `index`-th of all.
fn weights_of_lane(index: u32, lane: u32) -> vec2<f32> {
    let at = BLOCK / 2u * index + lane;
    if (WEIGHT_F16) {
        let halfs = weight[at / 2u];
        return unpack2x16float(select(u32(halfs), u32(halfs >> 32u), at % 2u == 1u));
    }
    return pair_of(weight[at]);
}
