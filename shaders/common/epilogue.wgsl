// End of a product: y = gain * activation(sum + bias) + residual, y [items, outputs, output_rows,
// output_columns], zero beyond an item's valid columns. Reads the kernel's parameters outputs,
// output_rows, output_columns, epilogue_slope, lengths_numerator and lengths_denominator.
override HAS_BIAS: bool = false;
override HAS_GAIN: bool = false;
override HAS_RESIDUAL: bool = false;
override EPILOGUE: u32 = 0;  // code of the activation

@group(0) @binding(3) var<storage, read> bias: array<f32>;      // [outputs]
@group(0) @binding(4) var<storage, read> gain: array<f32>;      // [1]
@group(0) @binding(5) var<storage, read> residual: array<f32>;  // as y
@group(0) @binding(7) var<storage, read_write> y: array<f32>;

// Stores one element, unless it lies outside y.
fn store(item: u32, channel: u32, row: u32, column: u32, sum: f32) {
    if (channel >= params.outputs || row >= params.output_rows || column >= params.output_columns) {
        return;
    }
    let rows = (item * params.outputs + channel) * params.output_rows + row;
    let index = rows * params.output_columns + column;
    let valid = valid_columns(
        item, params.output_columns, params.lengths_numerator, params.lengths_denominator);
    var value = 0.0;
    if (column < valid) {
        value = sum;
        if (HAS_BIAS) {
            value += bias[channel];
        }
        value = activate(EPILOGUE, params.epilogue_slope, value);
        if (HAS_GAIN) {
            value *= gain[0];
        }
        if (HAS_RESIDUAL) {
            value += residual[index];
        }
    }
    y[index] = value;
}
