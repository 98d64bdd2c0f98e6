//!use grid valid pairs context
// linear_attention_context.wgsl for software adapters with subgroups of eight invocations, where rows
// have an even number of columns and heads have whole blocks of VALUES channels: a subgroup computes
// KEYS x VALUES elements alone, without barriers. Each invocation loads two key channels and four value
// channels, two columns at a time, and hands the keys' powers to the others, so that an exponential is
// computed once for VALUES channels.
//
// An invocation sums the rows one by one, then the rows' sums: over minutes of speech, a single sum
// would lose digits. llvmpipe allows 65,535 turns of all loops: 262,000 positions.
// Workgroups: items * heads * ceil(dim / KEYS) * ceil(dim / VALUES).
const LANES: u32 = 8;
const KEYS: u32 = 16;
const VALUES: u32 = 32;

// Pairs of columns a turn of the loop.
const TURN: u32 = 2;

@group(0) @binding(2) var<storage, read> qkv: array<u64>;
@group(0) @binding(3) var<storage, read> statistics: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

// The sums of eight key channels, each with the invocation's four value channels.
alias Sums = array<vec4<f32>, LANES>;

// Adds the products of the powers, one key channel in each of the eight invocations, with the values
// at the first and at the second column. All eight must be active.
fn add_products(
    sums: ptr<function, Sums>,
    powers: vec2<f32>,
    first: vec4<f32>,
    second: vec4<f32>,
) {
    let powers0 = subgroupBroadcast(powers, 0u);
    let powers1 = subgroupBroadcast(powers, 1u);
    let powers2 = subgroupBroadcast(powers, 2u);
    let powers3 = subgroupBroadcast(powers, 3u);
    let powers4 = subgroupBroadcast(powers, 4u);
    let powers5 = subgroupBroadcast(powers, 5u);
    let powers6 = subgroupBroadcast(powers, 6u);
    let powers7 = subgroupBroadcast(powers, 7u);
    (*sums)[0] = fma(vec4(powers0.y), second, fma(vec4(powers0.x), first, (*sums)[0]));
    (*sums)[1] = fma(vec4(powers1.y), second, fma(vec4(powers1.x), first, (*sums)[1]));
    (*sums)[2] = fma(vec4(powers2.y), second, fma(vec4(powers2.x), first, (*sums)[2]));
    (*sums)[3] = fma(vec4(powers3.y), second, fma(vec4(powers3.x), first, (*sums)[3]));
    (*sums)[4] = fma(vec4(powers4.y), second, fma(vec4(powers4.x), first, (*sums)[4]));
    (*sums)[5] = fma(vec4(powers5.y), second, fma(vec4(powers5.x), first, (*sums)[5]));
    (*sums)[6] = fma(vec4(powers6.y), second, fma(vec4(powers6.x), first, (*sums)[6]));
    (*sums)[7] = fma(vec4(powers7.y), second, fma(vec4(powers7.x), first, (*sums)[7]));
}

// The softmax of a key channel at two columns, zero where they are not valid.
fn softmax_of(key: u32, of_channel: vec2<f32>, is_valid: vec2<bool>) -> vec2<f32> {
    let powers = exp(pair_of(qkv[key]) - of_channel.x) * of_channel.y;
    return select(vec2(0.0), powers, is_valid);
}

@compute @workgroup_size(LANES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let part = part_at(workgroup_index(group, groups));
    if (part.item >= params.items) {
        return;
    }
    let valid = valid_columns(
        part.item, params.columns, params.lengths_numerator, params.lengths_denominator);
    // In pairs of columns, as all positions below.
    let row_pairs = params.columns / 2u;
    let plane = params.rows * row_pairs;
    let own_key = part.first_d + lane;
    let keys = part.keys / 2u + vec2(own_key, own_key + LANES) * plane;
    let own_value = part.first_e + lane;
    let values = part.values / 2u
        + (own_value + vec4(0u, LANES, 2u * LANES, 3u * LANES)) * plane;
    // (max, rsum) of both key channels.
    let at = 2u * (part.head * params.dim + own_key);
    let of_low = vec2(statistics[at], statistics[at + 1u]);
    let of_high = vec2(statistics[at + 2u * LANES], statistics[at + 2u * LANES + 1u]);

    var low: Sums;
    var high: Sums;
    for (var row = 0u; row < params.rows; row++) {
        var low_of_row: Sums;
        var high_of_row: Sums;
        for (var first_column = 0u; first_column < valid; first_column += 2u * TURN) {
            for (var i = 0u; i < TURN; i++) {
                let column = first_column + 2u * i;
                let is_valid = vec2(column, column + 1u) < vec2(valid);
                // Beyond the row's end the last pair is loaded again, and counts nothing.
                let pair = row * row_pairs + min(column / 2u, row_pairs - 1u);
                let powers_low = softmax_of(keys.x + pair, of_low, is_valid);
                let powers_high = softmax_of(keys.y + pair, of_high, is_valid);
                let value0 = pair_of(qkv[values.x + pair]);
                let value1 = pair_of(qkv[values.y + pair]);
                let value2 = pair_of(qkv[values.z + pair]);
                let value3 = pair_of(qkv[values.w + pair]);
                let first = vec4(value0.x, value1.x, value2.x, value3.x);
                let second = vec4(value0.y, value1.y, value2.y, value3.y);
                add_products(&low_of_row, powers_low, first, second);
                add_products(&high_of_row, powers_high, first, second);
            }
        }
        for (var i = 0u; i < LANES; i++) {
            low[i] += low_of_row[i];
            high[i] += high_of_row[i];
        }
    }

    for (var i = 0u; i < LANES; i++) {
        let start = (part.head * params.dim + part.first_d + i) * params.dim + own_value;
        for (var j = 0u; j < 4u; j++) {
            y[start + j * LANES] = low[i][j];
            y[start + LANES * params.dim + j * LANES] = high[i][j];
        }
    }
}
