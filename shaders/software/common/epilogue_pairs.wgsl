// epilogue.wgsl for an even number of columns, which are read and written in pairs, and for two
// blocks of output channels at eight neighbouring columns of a row. Needs `pairs` and `block`.
override HAS_BIAS: bool = false;
override HAS_GAIN: bool = false;
override HAS_RESIDUAL: bool = false;
override EPILOGUE: u32 = 0;  // code of the activation

@group(0) @binding(3) var<storage, read> bias: array<f32>;      // [outputs]
@group(0) @binding(4) var<storage, read> gain: array<f32>;      // [1]
@group(0) @binding(5) var<storage, read> residual: array<u64>;  // as y
@group(0) @binding(7) var<storage, read_write> y: array<u64>;

fn store_pair(start: u32, column: u32, valid: u32, sums: vec2<f32>) {
    if (column >= params.output_columns) {
        return;
    }
    let at = (start + column) / 2u;
    var value = vec2(
        activate(EPILOGUE, params.epilogue_slope, sums.x),
        activate(EPILOGUE, params.epilogue_slope, sums.y),
    );
    if (HAS_GAIN) {
        value *= gain[0];
    }
    if (HAS_RESIDUAL) {
        value += pair_of(residual[at]);
    }
    y[at] = bits_of(select(vec2(0.0), value, vec2(column, column + 1u) < vec2(valid)));
}

// Stores the channels from `channel` on at the columns from `column` on. A loop, because the copies of
// the epilogue would take drivers long to compile.
fn store_blocks(
    item: u32,
    channel: u32,
    row: u32,
    column: u32,
    low: ptr<function, Block>,
    high: ptr<function, Block>,
) {
    let valid = valid_columns(
        item, params.output_columns, params.lengths_numerator, params.lengths_denominator);
    for (var o = 0u; o < min(width(), params.outputs - channel); o++) {
        var near = near_of(low, high, o);
        var far = far_of(low, high, o);
        if (HAS_BIAS) {
            near += bias[channel + o];
            far += bias[channel + o];
        }
        let plane = item * params.outputs + channel + o;
        let start = (plane * params.output_rows + row) * params.output_columns;
        store_pair(start, column, valid, near.xy);
        store_pair(start, column + 2u, valid, near.zw);
        store_pair(start, column + 4u, valid, far.xy);
        store_pair(start, column + 6u, valid, far.zw);
    }
}
