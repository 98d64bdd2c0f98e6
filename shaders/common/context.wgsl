// What the kernels of linear attention's context share: which part of it a workgroup computes. They
// declare KEYS and VALUES, the key and value channels of a workgroup.
struct Params {
    items: u32,
    heads: u32,
    dim: u32,
    rows: u32,
    columns: u32,
    lengths_numerator: u32,
    lengths_denominator: u32,
}

@group(0) @binding(0) var<uniform> params: Params;

// A part of one head's context.
struct Part {
    item: u32,
    // Of all items' heads.
    head: u32,
    // The first key channel and the first value channel, within the head.
    first_d: u32,
    first_e: u32,
    // Where the head's keys and values begin in qkv.
    keys: u32,
    values: u32,
}

// The part of the workgroup at this position; beyond the last, its item is none.
fn part_at(index: u32) -> Part {
    let down = (params.dim + KEYS - 1u) / KEYS;
    let across = (params.dim + VALUES - 1u) / VALUES;
    let head = index / (down * across);
    let item = head / params.heads;
    let tile = index - head * down * across;
    // Of the channels of an item, the keys are the second third, the values the last.
    let third = params.heads * params.dim;
    let keys = (head - item * params.heads) * params.dim + (3u * item + 1u) * third;
    let plane = params.rows * params.columns;
    return Part(
        item,
        head,
        KEYS * (tile / across),
        VALUES * (tile % across),
        keys * plane,
        (keys + third) * plane,
    );
}
