// Pointwise functions by code (`activation_code` in src/gpu/lower/dispatch.rs). The code comes from an
// override constant, so that a pipeline contains only its own branch.
fn activate(code: u32, slope: f32, x: f32) -> f32 {
    switch code {
        // Not max(x, 0), which would hide that x is not a number.
        case 1u: { return select(x, 0.0, x < 0.0); }
        case 2u: { return select(slope * x, x, x > 0.0); }
        case 3u: { return mish(x); }
        case 4u: { return bounded_tanh(x); }
        case 5u: { return silu(x); }
        default: { return x; }
    }
}

// x * tanh(ln(1 + e^x)) = x * m / (m + 2) with m = e^x (e^x + 2): no cancellation for negative x.
// Above 20 the factor is 1 in f32, and e^2x would overflow.
fn mish(x: f32) -> f32 {
    let e = exp(min(x, 20.0));
    let m = e * (e + 2.0);
    return x * (m / (m + 2.0));
}

// Some drivers compute tanh through exp(2x) and return NaN for large x; beyond 10 it is 1 in f32. Not
// clamp(x, -10, 10), which would hide that x is not a number.
fn bounded_tanh(x: f32) -> f32 {
    return tanh(select(x, 10.0 * sign(x), abs(x) > 10.0));
}

// x / (1 + e^-x). Below -80 the quotient is zero in f32, and e^-x would overflow.
fn silu(x: f32) -> f32 {
    return x / (1.0 + exp(min(-x, 80.0)));
}
