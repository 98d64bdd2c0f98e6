//!use grid valid reduce
// y[item, head, q, k] = softmax over valid keys k of
// scale * sum_d query[item, head, d, q] * key[item, head, d, k]; zero for masked keys and queries.
// query is [items, heads, dim, queries], key [items, heads, dim, keys].
//
// A workgroup computes QUERIES rows of y. An invocation takes QUERIES x 4 scores at a time, of keys
// LANES apart, leaves them in y, and comes back to its own keys for the exponentials and for the
// division: rows of any length, no barrier but in the reductions.
// Workgroups: items * heads * ceil(queries / QUERIES).
struct Params {
    // items * heads
    heads_total: u32,
    heads: u32,
    dim: u32,
    queries: u32,
    keys: u32,
    lengths_numerator: u32,
    lengths_denominator: u32,
    query_lengths_numerator: u32,
    query_lengths_denominator: u32,
    scale: f32,
}

const LANES: u32 = 32;
const QUERIES: u32 = 4;
// A lane of the vector per query.
alias Element = vec4<f32>;

// Below every score that f32 holds.
const LOWEST: f32 = -3.4028234e38;

override HAS_QUERY_LENGTHS: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> query: array<f32>;
@group(0) @binding(3) var<storage, read> key: array<f32>;
@group(0) @binding(4) var<storage, read> query_lengths: array<u32>;  // [items]
@group(0) @binding(5) var<storage, read_write> y: array<f32>;

fn valid_queries(item: u32) -> u32 {
    if (!HAS_QUERY_LENGTHS) {
        return params.queries;
    }
    return scaled_length(
        query_lengths[item],
        params.queries,
        params.query_lengths_numerator,
        params.query_lengths_denominator,
    );
}

@compute @workgroup_size(LANES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let blocks = (params.queries + QUERIES - 1u) / QUERIES;
    let index = workgroup_index(group, groups);
    let head = index / blocks;
    if (head >= params.heads_total) {
        return;
    }
    let item = head / params.heads;
    let first = (index - head * blocks) * QUERIES;
    let rows = min(QUERIES, params.queries - first);
    let valid = valid_columns(
        item, params.keys, params.lengths_numerator, params.lengths_denominator);
    let row_start = (head * params.queries + first) * params.keys;

    // Scores. Rows and keys beyond the end repeat the last one; they are not stored.
    let query_start = head * params.dim * params.queries;
    let q = min(first + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(params.queries - 1u)) + query_start;
    let key_start = head * params.dim * params.keys;
    var highest = vec4<f32>(LOWEST);
    for (var k = lane; k < valid; k += 4u * LANES) {
        let at = k + LANES * vec4<u32>(0u, 1u, 2u, 3u);
        let readable = min(at, vec4<u32>(params.keys - 1u)) + key_start;
        var scores = mat4x4<f32>();
        for (var d = 0u; d < params.dim; d++) {
            let of_queries = d * params.queries;
            let of_keys = d * params.keys;
            let queries = vec4<f32>(
                query[q.x + of_queries],
                query[q.y + of_queries],
                query[q.z + of_queries],
                query[q.w + of_queries],
            );
            scores[0] += queries * key[readable.x + of_keys];
            scores[1] += queries * key[readable.y + of_keys];
            scores[2] += queries * key[readable.z + of_keys];
            scores[3] += queries * key[readable.w + of_keys];
        }
        for (var i = 0u; i < 4u; i++) {
            if (at[i] < valid) {
                let score = scores[i] * params.scale;
                highest = max(highest, score);
                for (var row = 0u; row < QUERIES; row++) {
                    if (row < rows) {
                        y[row_start + row * params.keys + at[i]] = score[row];
                    }
                }
            }
        }
    }
    highest = workgroup_max(highest, lane);

    var sum = vec4<f32>(0.0);
    for (var k = lane; k < valid; k += LANES) {
        for (var row = 0u; row < QUERIES; row++) {
            if (row < rows) {
                let at = row_start + row * params.keys + k;
                let power = exp(y[at] - highest[row]);
                sum[row] += power;
                y[at] = power;
            }
        }
    }
    sum = workgroup_sum(sum, lane);

    let valid_rows = max(valid_queries(item), first) - first;
    for (var k = lane; k < params.keys; k += LANES) {
        for (var row = 0u; row < QUERIES; row++) {
            if (row < rows) {
                let at = row_start + row * params.keys + k;
                var weight = 0.0;
                if (k < valid && row < valid_rows) {
                    weight = y[at] / sum[row];
                }
                y[at] = weight;
            }
        }
    }
}
