// Two neighbouring f32 of a buffer as one u64. A load costs software adapters a turn of a loop for
// each invocation, whatever its size: pairs halve that cost.
fn pair_of(bits: u64) -> vec2<f32> {
    return bitcast<vec2<f32>>(vec2(u32(bits), u32(bits >> 32u)));
}

fn bits_of(pair: vec2<f32>) -> u64 {
    let bits = bitcast<vec2<u32>>(pair);
    return u64(bits.x) | (u64(bits.y) << 32u);
}
