// End of a product: y = gain * activation(sum + bias) + residual, y [items, outputs, output_rows,
// output_columns], zero beyond an item's valid columns. Reads the kernel's parameters outputs,
// output_rows, output_columns and epilogue_slope.
override HAS_BIAS: bool = false;
override HAS_GAIN: bool = false;
override HAS_RESIDUAL: bool = false;
override EPILOGUE: u32 = 0;  // code of the activation

@group(0) @binding(3) var<storage, read> bias: array<f32>;      // [outputs]
@group(0) @binding(4) var<storage, read> gain: array<f32>;      // [1]
@group(0) @binding(5) var<storage, read> residual: array<f32>;  // as y
@group(0) @binding(7) var<storage, read_write> y: array<f32>;

// Four positions of an item's output.
struct Positions {
    offset: vec4<u32>,      // in a channel of y
    is_inside: vec4<bool>,  // the others are not stored
    is_valid: vec4<bool>,   // the others are zero
}

// The positions in these rows and columns, of which `valid` columns are valid.
fn positions_at(row: vec4<u32>, column: vec4<u32>, valid: u32) -> Positions {
    return Positions(
        row * params.output_columns + column,
        (row < vec4(params.output_rows)) & (column < vec4(params.output_columns)),
        column < vec4(valid),
    );
}

fn store(index: u32, sum: f32, is_valid: bool) {
    var value = 0.0;
    if (is_valid) {
        value = activate(EPILOGUE, params.epilogue_slope, sum);
        if (HAS_GAIN) {
            value *= gain[0];
        }
        if (HAS_RESIDUAL) {
            value += residual[index];
        }
    }
    y[index] = value;
}

fn store_channel(item: u32, channel: u32, positions: Positions, products: vec4<f32>) {
    if (channel >= params.outputs) {
        return;
    }
    let start = (item * params.outputs + channel) * params.output_rows * params.output_columns;
    var sums = products;
    if (HAS_BIAS) {
        sums += bias[channel];
    }
    if (positions.is_inside.x) {
        store(start + positions.offset.x, sums.x, positions.is_valid.x);
    }
    if (positions.is_inside.y) {
        store(start + positions.offset.y, sums.y, positions.is_valid.y);
    }
    if (positions.is_inside.z) {
        store(start + positions.offset.z, sums.z, positions.is_valid.z);
    }
    if (positions.is_inside.w) {
        store(start + positions.offset.w, sums.w, positions.is_valid.w);
    }
}
