// Counter-based standard normal noise: equal seeds and coordinates give equal noise in any batch,
// with any padding, on any adapter. Needs `trigonometry`.

// High and low word of a * b, from products of 16-bit halves: WGSL has no wide multiplication.
fn wide_product(a: u32, b: u32) -> vec2<u32> {
    let a_low = a & 0xffffu;
    let a_high = a >> 16u;
    let b_low = b & 0xffffu;
    let b_high = b >> 16u;
    let middle = a_high * b_low + ((a_low * b_low) >> 16u);
    let carry = a_low * b_high + (middle & 0xffffu);
    return vec2<u32>(a_high * b_high + (middle >> 16u) + (carry >> 16u), a * b);
}

// Philox 4x32 with 10 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC'11).
fn philox(start: vec4<u32>, seed: vec2<u32>) -> vec4<u32> {
    var counter = start;
    var key = seed;
    for (var i = 0u; i < 10u; i++) {
        let a = wide_product(0xd2511f53u, counter.x);
        let b = wide_product(0xcd9e8d57u, counter.z);
        counter = vec4<u32>(b.x ^ counter.y ^ key.x, b.y, a.x ^ counter.w ^ key.y, a.y);
        key += vec2<u32>(0x9e3779b9u, 0xbb67ae85u);
    }
    return counter;
}

// ln((k + 1/2) / 2^24) for k < 2^24, by ln(m) = 2 atanh((m - 1) / (m + 1)) with m between
// sqrt(1/2) and sqrt(2): the built-in logarithm has no bound on its relative error next to 1.
fn log_uniform(k: u32) -> f32 {
    // m - 1 and the power of two of u = m * 2^exponent. Near 1, where k + 1/2 is no f32, from the
    // distance to 1, which is.
    var above = -(f32(0x1000000u - k) - 0.5) / 16777216.0;
    var exponent = 0.0;
    if (k < 0xb504f3u) {
        let bits = bitcast<u32>(f32(k) + 0.5);
        // Adding the difference of 1 and sqrt(1/2) carries mantissas from sqrt(2) on to the next
        // exponent.
        let shifted = bits + (0x3f800000u - 0x3f3504f3u);
        exponent = f32(shifted >> 23u) - 127.0 - 24.0;
        above = bitcast<f32>((shifted & 0x7fffffu) + 0x3f3504f3u) - 1.0;
    }
    let s = above / (2.0 + above);
    let q = s * s;
    let series = 1.0 + q * (1.0 / 3.0 + q * (1.0 / 5.0 + q * (1.0 / 7.0 + q / 9.0)));
    return exponent * 0.6931472 + 2.0 * s * series;
}

// cos(2 pi (k + 1/2) / 2^24) for k < 2^24: the nearest quarter turn is split off in integers.
fn cosine_uniform(k: u32) -> f32 {
    let quadrant = (k + 0x200000u) >> 22u;
    let rest = f32(i32(k) - i32(quadrant << 22u)) + 0.5;
    return cosine_of_quadrant(rest * (6.2831855 / 16777216.0), quadrant);
}

// Standard normal by Box-Muller from the first two words. `stream` is 0 for the start of a reverse
// diffusion and the step's number from 1 on for its updates.
fn standard_normal(column: u32, channel_and_row: u32, stream: u32, seed: vec2<u32>) -> f32 {
    let words = philox(vec4<u32>(column, channel_and_row, stream, 0u), seed);
    return sqrt(-2.0 * log_uniform(words.x >> 8u)) * cosine_uniform(words.y >> 8u);
}
