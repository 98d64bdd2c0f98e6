// Numbers in half precision: beyond the largest one not a number, so that an overflow is seen in the
// result; converted as they are, some adapters would round them to the largest. Uses nan.
const LARGEST_HALF: f32 = 65504.0;

fn halfs_of(values: vec4<f32>) -> vec4<f16> {
    return vec4<f16>(select(values, vec4(not_a_number()), abs(values) > vec4(LARGEST_HALF)));
}
