//!use grid valid walk reduce
// Mean and spread of each group of channels of x [items, groups, rows, columns], where a group's rows
// are those of all its channels, over valid columns only.
//
// A workgroup reduces one chunk of a group: elements start .. end of the group's rows laid end to
// end, without the masked columns among them. Two passes (mean, then squared deviations), since a
// chunk stays in the cache and the textbook formula of one pass cancels.
// Workgroups: items * groups * chunks.
//
// Where a chunk is a whole group: y[item, group] = (mean, 1 / sqrt(variance + eps)).
// Where PARTIAL: y[item, group, chunk] = (mean, sum of squared deviations, count).
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

const LANES: u32 = 256;
alias Element = f32;

override PARTIAL: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

// Number of an element in its group.
fn index_of(place: Place) -> u32 {
    return place.row * params.columns + place.column;
}

// Mean, sum of squared deviations and count of a chunk.
fn moments(index: u32, lane: u32) -> vec3<f32> {
    let group = index / params.chunks;
    let item = group / params.groups;
    let valid = valid_columns(
        item, params.columns, params.lengths_numerator, params.lengths_denominator);
    let base = group * params.elements;
    let start = (index - group * params.chunks) * params.chunk;
    let end = min(start + params.chunk, params.elements);
    let stride = place_after(0u, 0u, LANES, valid);
    let row = start / params.columns;
    // The first valid element of the chunk may be that of the next row.
    let column = min(start - row * params.columns, valid);
    let first = place_after(row, column, lane, valid);

    var sum = 0.0;
    var count = 0.0;
    for (var at = first; index_of(at) < end; at = advance(at, stride, valid)) {
        sum += x[base + index_of(at)];
        count += 1.0;
    }
    let total = workgroup_sum(count, lane);
    let mean = workgroup_sum(sum, lane) / max(total, 1.0);

    var squares = 0.0;
    for (var at = first; index_of(at) < end; at = advance(at, stride, valid)) {
        let deviation = x[base + index_of(at)] - mean;
        squares += deviation * deviation;
    }
    return vec3<f32>(mean, workgroup_sum(squares, lane), total);
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
            y[3u * index] = result.x;
            y[3u * index + 1u] = result.y;
            y[3u * index + 2u] = result.z;
        } else {
            y[2u * index] = result.x;
            y[2u * index + 1u] = 1.0 / sqrt(result.y / max(result.z, 1.0) + params.eps);
        }
    }
}
