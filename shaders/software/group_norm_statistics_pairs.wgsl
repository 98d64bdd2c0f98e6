//!use grid valid pairs
// group_norm_statistics.wgsl for software adapters with subgroups of eight invocations, where rows and
// chunks have an even number of elements: a subgroup reduces a chunk alone, without barriers, and each
// element is loaded once.
//
// An invocation holds BLOCK pairs at a time, computes their moments in two passes, and merges them with
// those before by the update of group_norm_merge.wgsl: nothing cancels. The invocations' moments are
// merged in the same way at the end.
// Workgroups: items * groups * chunks.
struct Params {
    // items * groups * chunks
    chunks_total: u32,
    groups: u32,
    chunks: u32,
    // Elements of a chunk; the last one of a group may have fewer.
    chunk: u32,
    // Elements of a group.
    elements: u32,
    columns: u32,
    lengths_numerator: u32,
    lengths_denominator: u32,
    eps: f32,
}

const LANES: u32 = 8;
const BLOCK: u32 = 8;

override PARTIAL: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> x: array<u64>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

struct Moments {
    mean: f32,
    squares: f32,  // sum of squared deviations
    count: f32,
}

// Moments of what both have counted.
fn merged(a: Moments, b: Moments) -> Moments {
    let count = a.count + b.count;
    let share = b.count / max(count, 1.0);
    let distance = b.mean - a.mean;
    return Moments(
        a.mean + distance * share,
        a.squares + b.squares + distance * distance * a.count * share,
        count,
    );
}

// Moments of a chunk, the same in all invocations.
fn moments(index: u32, lane: u32) -> Moments {
    let group = index / params.chunks;
    let item = group / params.groups;
    let valid = valid_columns(
        item, params.columns, params.lengths_numerator, params.lengths_denominator);
    let base = group * params.elements;
    let start = (index - group * params.chunks) * params.chunk;
    let end = min(start + params.chunk, params.elements);
    // The columns pass by as the elements do, modulo their number.
    let step = 2u * LANES % params.columns;
    var column = (start + 2u * lane) % params.columns;

    var of_lane = Moments(0.0, 0.0, 0.0);
    for (var first = start + 2u * lane; first < end; first += 2u * LANES * BLOCK) {
        var values: array<vec2<f32>, BLOCK>;
        var weights: array<vec2<f32>, BLOCK>;  // one where an element is valid
        var sum = vec2(0.0);
        var count = vec2(0.0);
        for (var i = 0u; i < BLOCK; i++) {
            let at = first + 2u * LANES * i;
            let is_inside = at < end;
            let is_valid = vec2(column, column + 1u) < vec2(valid);
            weights[i] = select(vec2(0.0), vec2(1.0), is_valid & vec2(is_inside));
            values[i] = pair_of(x[(base + select(start, at, is_inside)) / 2u]);
            sum = fma(weights[i], values[i], sum);
            count += weights[i];
            column += step;
            column -= select(0u, params.columns, column >= params.columns);
        }
        let counted = count.x + count.y;
        let mean = (sum.x + sum.y) / max(counted, 1.0);
        var squares = vec2(0.0);
        for (var i = 0u; i < BLOCK; i++) {
            let deviation = weights[i] * (values[i] - mean);
            squares = fma(deviation, deviation, squares);
        }
        of_lane = merged(of_lane, Moments(mean, squares.x + squares.y, counted));
    }

    let count = subgroupAdd(of_lane.count);
    let mean = subgroupAdd(of_lane.mean * of_lane.count) / max(count, 1.0);
    let distance = of_lane.mean - mean;
    let squares = subgroupAdd(of_lane.squares + distance * distance * of_lane.count);
    return Moments(mean, squares, count);
}

@compute @workgroup_size(LANES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let index = workgroup_index(group, groups);
    if (index >= params.chunks_total) {
        return;
    }
    let result = moments(index, lane);
    if (lane == 0u) {
        if (PARTIAL) {
            y[3u * index] = result.mean;
            y[3u * index + 1u] = result.squares;
            y[3u * index + 2u] = result.count;
        } else {
            y[2u * index] = result.mean;
            y[2u * index + 1u] = 1.0 / sqrt(result.squares / max(result.count, 1.0) + params.eps);
        }
    }
}
