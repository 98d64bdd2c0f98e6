// What a kernel stores when an index from the host lies outside its table: not a number, so that the
// mistake is seen in the result. Made at run time, since a constant expression may not be NaN.
fn not_a_number() -> f32 {
    var bits = 0x7fc00000u;
    return bitcast<f32>(bits);
}
