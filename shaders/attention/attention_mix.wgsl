//!use grid
// y[item, head, d, q] = sum_k weights[item, head, q, k] * value[item, head, d, k], where heads of all
// items count on: weights are [heads, queries, keys], value [heads, dim, keys], y [heads, dim,
// queries]. Weights of masked keys and queries are zero, so nothing is masked here.
//
// A workgroup of SIDE x SIDE invocations computes 4 SIDE dimensions of 4 SIDE queries; an invocation
// 4 x 4, SIDE apart. Barrier-free: its 4 + 4 rows are read along k and stay in the cache.
// Workgroups: heads * ceil(dim / TILE) * ceil(queries / TILE).
struct Params {
    // items * heads
    heads_total: u32,
    dim: u32,
    queries: u32,
    keys: u32,
}

const SIDE: u32 = 8;
const TILE: u32 = 4 * SIDE;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read> value: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(SIDE, SIDE)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
) {
    let across = (params.queries + TILE - 1u) / TILE;
    let down = (params.dim + TILE - 1u) / TILE;
    let index = workgroup_index(group, groups);
    let head = index / (across * down);
    if (head >= params.heads_total) {
        return;
    }
    let tile = index - head * across * down;
    let steps = SIDE * vec4<u32>(0u, 1u, 2u, 3u);
    let q = (tile % across) * TILE + local.x + steps;
    let d = (tile / across) * TILE + local.y + steps;
    if (q.x >= params.queries || d.x >= params.dim) {
        return;
    }
    // Rows beyond the end repeat the last one; they are not stored.
    let last_row = vec4<u32>(params.queries - 1u);
    let weight_rows = (head * params.queries + min(q, last_row)) * params.keys;
    let value_rows = (head * params.dim + min(d, vec4<u32>(params.dim - 1u))) * params.keys;
    // A column per dimension, a row per query.
    var sums = mat4x4<f32>();
    for (var k = 0u; k < params.keys; k++) {
        let mix = vec4<f32>(
            weights[weight_rows.x + k],
            weights[weight_rows.y + k],
            weights[weight_rows.z + k],
            weights[weight_rows.w + k],
        );
        sums[0] += mix * value[value_rows.x + k];
        sums[1] += mix * value[value_rows.y + k];
        sums[2] += mix * value[value_rows.z + k];
        sums[3] += mix * value[value_rows.w + k];
    }
    for (var i = 0u; i < 4u; i++) {
        for (var j = 0u; j < 4u; j++) {
            if (d[i] < params.dim && q[j] < params.queries) {
                y[(head * params.dim + d[i]) * params.queries + q[j]] = sums[i][j];
            }
        }
    }
}
