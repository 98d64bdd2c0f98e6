// What the kernels that apply a group norm share: how a row maps its elements, from mean and rstd of each
// group in statistics [items, groups, 2], and from what follows the norm. Needs `valid` and `activation`.
struct Params {
    // items * channels * rows
    rows: u32,
    columns: u32,
    channels: u32,
    rows_per_channel: u32,
    rows_per_group: u32,
    lengths_numerator: u32,
    lengths_denominator: u32,
    slope: f32,
}

override ACTIVATION: u32 = 0;
override HAS_SHIFT: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(3) var<storage, read> statistics: array<f32>;
@group(0) @binding(4) var<storage, read> gamma: array<f32>;  // [channels]
@group(0) @binding(5) var<storage, read> beta: array<f32>;  // [channels]
@group(0) @binding(6) var<storage, read> shift: array<f32>;  // [items, channels]

// What a row needs to normalise its elements.
struct RowMap {
    mean: f32,
    scale: f32,
    beta: f32,
    shift: f32,
    valid: u32,
}

fn row_map(row: u32) -> RowMap {
    let item_and_channel = row / params.rows_per_channel;
    let item = item_and_channel / params.channels;
    let channel = item_and_channel - item * params.channels;
    let group = row / params.rows_per_group;
    var map: RowMap;
    map.mean = statistics[2u * group];
    map.scale = gamma[channel] * statistics[2u * group + 1u];
    map.beta = beta[channel];
    map.shift = 0.0;
    if (HAS_SHIFT) {
        map.shift = shift[item_and_channel];
    }
    map.valid = valid_columns(
        item, params.columns, params.lengths_numerator, params.lengths_denominator);
    return map;
}
