// Sine and cosine with the same few bits of error on every adapter: the built-in ones may be off by
// 2^-11 within [-pi, pi] and by anything beyond (Vulkan 1.3, "Precision and Operation of SPIR-V
// Instructions").

// Taylor series for |x| <= pi / 4; the first omitted terms are below 2e-9 and 3e-8 * x^2.
fn sine_series(x: f32) -> f32 {
    let s = x * x;
    return x + x * s * (-1.0 / 6.0 + s * (1.0 / 120.0 + s * (-1.0 / 5040.0 + s / 362880.0)));
}

fn cosine_series(x: f32) -> f32 {
    let s = x * x;
    return 1.0
        + s * (-0.5 + s * (1.0 / 24.0 + s * (-1.0 / 720.0 + s * (1.0 / 40320.0 - s / 3628800.0))));
}

// cos(x + quadrant * pi / 2) for |x| <= pi / 4.
fn cosine_of_quadrant(x: f32, quadrant: u32) -> f32 {
    let odd = (quadrant & 1u) == 1u;
    let magnitude = select(cosine_series(x), sine_series(x), odd);
    let negative = ((quadrant + 1u) & 2u) == 2u;
    return select(magnitude, -magnitude, negative);
}

// cos(x + quadrant * pi / 2) for 0 <= x < 12,800: the nearest multiple of pi / 2 is subtracted in
// three parts, of which the first has 8 bits and the second 11, so that their products with up to
// 8,192 multiples are exact.
fn cosine_from_quadrant(x: f32, quadrant: u32) -> f32 {
    let multiple = round(x * 0.63661975);
    var rest = x - multiple * 1.5703125;
    rest -= multiple * 0.0004837513;
    rest -= multiple * 7.54979e-8;
    return cosine_of_quadrant(rest, quadrant + u32(multiple));
}

fn cosine(x: f32) -> f32 {
    return cosine_from_quadrant(x, 0u);
}

// sin(x) = cos(x - pi / 2)
fn sine(x: f32) -> f32 {
    return cosine_from_quadrant(x, 3u);
}
