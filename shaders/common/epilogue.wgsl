// End of a product: y = gain * activation(sum + bias) + residual.
override HAS_BIAS: bool = false;
override HAS_GAIN: bool = false;
override HAS_RESIDUAL: bool = false;
override EPILOGUE: u32 = 0;  // code of the activation

@group(0) @binding(3) var<storage, read> bias: array<f32>;      // [outputs]
@group(0) @binding(4) var<storage, read> gain: array<f32>;      // [1]
@group(0) @binding(5) var<storage, read> residual: array<f32>;  // as y

fn bias_of(channel: u32) -> f32 {
    if (HAS_BIAS) {
        return bias[channel];
    }
    return 0.0;
}

fn epilogue(sum: f32, slope: f32, index: u32) -> f32 {
    var value = activate(EPILOGUE, slope, sum);
    if (HAS_GAIN) {
        value *= gain[0];
    }
    if (HAS_RESIDUAL) {
        value += residual[index];
    }
    return value;
}
