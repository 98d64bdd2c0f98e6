//!use grid valid
// y = scale * (a + b): y and a are [items, channels, rows, columns]; b is the same, or one value for
// every channel of an item: [items, channels, 1, 1].
//
// One invocation per element; columns beyond an item's valid ones are written as zero.
struct Params {
    elements: u32,
    columns: u32,
    // Elements of a per element of b: 1, or rows * columns where b is a vector per item.
    elements_per_b: u32,
    elements_per_item: u32,
    lengths_numerator: u32,
    lengths_denominator: u32,
    scale: f32,
}

override WORKGROUP: u32 = 64;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> a: array<f32>;
@group(0) @binding(3) var<storage, read> b: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

fn is_valid(index: u32) -> bool {
    let item = index / params.elements_per_item;
    let valid = valid_columns(
        item, params.columns, params.lengths_numerator, params.lengths_denominator);
    return index % params.columns < valid;
}

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = workgroup_index(group, groups) * WORKGROUP + local;
    if (index >= params.elements) {
        return;
    }
    var sum = 0.0;
    if (is_valid(index)) {
        sum = params.scale * (a[index] + b[index / params.elements_per_b]);
    }
    y[index] = sum;
}

// y holds a and is overwritten by the sum.
@compute @workgroup_size(WORKGROUP)
fn in_place(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = workgroup_index(group, groups) * WORKGROUP + local;
    if (index >= params.elements) {
        return;
    }
    var sum = 0.0;
    if (is_valid(index)) {
        sum = params.scale * (y[index] + b[index / params.elements_per_b]);
    }
    y[index] = sum;
}
