//!use grid valid rows trigonometry
//!in_place x
// Sinusoidal positions: y[item, c, w] = x + (c even ? sin : cos)(w / 10000^(2 * floor(c / 2) / channels)),
// with x and y [items, channels, columns]; zero beyond the valid columns.
// The phase is an f32, so its error grows to about w * 2^-23.
//
// Workgroups: as in common/rows.wgsl, over items * channels. Limit: the sine is accurate up to 12,800
// columns (common/trigonometry.wgsl).
struct Params {
    // items * channels
    rows: u32,
    columns: u32,
    channels: u32,
    lengths_numerator: u32,
    lengths_denominator: u32,
    // -2 * log2(10000) / channels
    octaves_per_pair: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

// What a row adds to its columns.
struct Wave {
    frequency: f32,
    // Quarter turns ahead of the cosine.
    quadrant: u32,
    valid: u32,
}

fn wave_of(row: u32) -> Wave {
    let item = row / params.channels;
    let channel = row - item * params.channels;
    let frequency = exp2(f32(channel / 2u) * params.octaves_per_pair);
    // sin(x) = cos(x + 3 pi / 2)
    let quadrant = select(0u, 3u, channel % 2u == 0u);
    let valid = valid_columns(
        item, params.columns, params.lengths_numerator, params.lengths_denominator);
    return Wave(frequency, quadrant, valid);
}

fn position(wave: Wave, column: u32) -> f32 {
    return cosine_from_quadrant(f32(column) * wave.frequency, wave.quadrant);
}

@compute @workgroup_size(ROW_LANES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let tile = row_tile(workgroup_index(group, groups), lane, params.columns);
    if (tile.row >= params.rows) {
        return;
    }
    let wave = wave_of(tile.row);
    for (var column = tile.column; column < tile.end; column += ROW_LANES) {
        let at = tile.row * params.columns + column;
        var value = 0.0;
        if (column < wave.valid) {
            value = x[at] + position(wave, column);
        }
        y[at] = value;
    }
}
