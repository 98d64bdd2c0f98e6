// An implicit product of the weights [outputs, depth] with the columns [depth, positions] that a
// convolution sees, depth = taps * inputs, positions = output_rows * output_columns of an item. A plain
// product is a kernel of one row and one column. The kernel declares TILE, the output channels and the
// positions of a workgroup. Uses grid, valid, activation, weight and epilogue.
// Workgroups: items * ceil(outputs / TILE) * ceil(positions / TILE), the last fastest.
struct Params {
    items: u32,
    inputs: u32,
    rows: u32,
    columns: u32,
    outputs: u32,
    output_rows: u32,
    output_columns: u32,
    kernel_rows: u32,
    kernel_columns: u32,
    stride: u32,
    dilation: u32,
    padding_rows: u32,
    padding_columns: u32,
    prologue_slope: f32,
    epilogue_slope: f32,
    lengths_numerator: u32,
    lengths_denominator: u32,
}

// Output channels whose weights lie together.
const PACKED: u32 = 16;

override PROLOGUE: u32 = 0;  // code of the activation

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(6) var<storage, read> x: array<f32>;

// Where a workgroup's tile begins.
struct Corner {
    item: u32,
    channel: u32,
    position: u32,
}

// Tiles of an item, by channels and by positions.
fn tiles_down() -> u32 {
    return (params.outputs + TILE - 1u) / TILE;
}

fn tiles_across() -> u32 {
    return (params.output_rows * params.output_columns + TILE - 1u) / TILE;
}

fn corner_of(group: vec3<u32>, groups: vec3<u32>) -> Corner {
    let across = tiles_across();
    let down = tiles_down();
    let index = workgroup_index(group, groups);
    return Corner(index / across / down, index / across % down * TILE, index % across * TILE);
}

// Terms of every sum.
fn depth_of() -> u32 {
    return params.kernel_rows * params.kernel_columns * params.inputs;
}

// The weights of four output channels for one term of the sums. Beyond the last they are zero: what is
// beyond may be no number.
fn four_weights(channel: u32, term: u32, depth: u32) -> vec4<f32> {
    if (channel >= params.outputs || term >= depth) {
        return vec4(0.0);
    }
    let eight = weights_at((channel / PACKED * depth + term) * 2u + channel % PACKED / 8u);
    return select(eight.low, eight.high, channel % 8u >= 4u);
}

// Where four positions lie in their channel, for the first row and column of the kernel; what is before
// the first wraps around.
struct Origins {
    row: vec4<u32>,
    column: vec4<u32>,
}

// Of this position and the next three. Those beyond the last are computed from whatever is there, and
// not stored.
fn origins_of(first: u32) -> Origins {
    let position = first + vec4(0u, 1u, 2u, 3u);
    let row = position / params.output_columns;
    let column = position - row * params.output_columns;
    return Origins(
        row * params.stride - params.padding_rows,
        column * params.stride - params.padding_columns,
    );
}

// What four positions of an item see for one term of the sums.
fn four_columns(item: u32, origins: Origins, term: u32, depth: u32) -> vec4<f32> {
    if (term >= depth) {
        return vec4(0.0);
    }
    let tap = term / params.inputs;
    let tap_row = tap / params.kernel_columns;
    let first_row = (item * params.inputs + term - tap * params.inputs) * params.rows;
    let row = origins.row + tap_row;
    let column = origins.column + (tap - tap_row * params.kernel_columns) * params.dilation;
    return vec4(
        fetch(first_row, row.x, column.x),
        fetch(first_row, row.y, column.y),
        fetch(first_row, row.z, column.z),
        fetch(first_row, row.w, column.w),
    );
}

fn fetch(first_row: u32, row: u32, column: u32) -> f32 {
    if (row >= params.rows || column >= params.columns) {
        return 0.0;
    }
    return activate(PROLOGUE, params.prologue_slope, x[(first_row + row) * params.columns + column]);
}

// This position of an item's output and the next three.
fn positions_from(item: u32, first: u32) -> Positions {
    let valid = valid_columns(
        item, params.output_columns, params.lengths_numerator, params.lengths_denominator);
    let position = first + vec4(0u, 1u, 2u, 3u);
    let row = position / params.output_columns;
    return positions_at(row, position - row * params.output_columns, valid);
}
