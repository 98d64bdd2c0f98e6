//!use grid
// Merges the chunks of each group, partial [groups, chunks, (mean, sum of squared deviations, count)]
// with the groups of all items, into y [groups, (mean, 1 / sqrt(variance + eps))].
//
// Pairwise update of Chan, Golub and LeVeque (1979): with d = mean' - mean and n = count + count',
// mean += d * count' / n and squares += squares' + d^2 * count * count' / n.
// One invocation per group, chunks in order: there are a few dozen of either.
struct Params {
    groups: u32,
    chunks: u32,
    eps: f32,
}

const LANES: u32 = 64;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partial: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(LANES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let index = workgroup_index(group, groups) * LANES + lane;
    if (index >= params.groups) {
        return;
    }
    var mean = 0.0;
    var squares = 0.0;
    var count = 0.0;
    for (var chunk = 0u; chunk < params.chunks; chunk++) {
        let at = 3u * (index * params.chunks + chunk);
        let more = partial[at + 2u];
        let both = count + more;
        // A chunk may lie in masked columns altogether.
        if (more > 0.0) {
            let distance = partial[at] - mean;
            mean += distance * (more / both);
            squares += partial[at + 1u] + distance * distance * (count * more / both);
            count = both;
        }
    }
    y[2u * index] = mean;
    y[2u * index + 1u] = 1.0 / sqrt(squares / max(count, 1.0) + params.eps);
}
