// Valid columns of a batch item: ceil(lengths[item] * numerator / denominator), at most `width`.
// Without lengths every column is valid.
override HAS_LENGTHS: bool = false;

@group(0) @binding(1) var<storage, read> lengths: array<u32>;  // [items]

fn valid_columns(item: u32, width: u32, numerator: u32, denominator: u32) -> u32 {
    if (!HAS_LENGTHS) {
        return width;
    }
    return scaled_length(lengths[item], width, numerator, denominator);
}

fn scaled_length(length: u32, width: u32, numerator: u32, denominator: u32) -> u32 {
    // A length beyond the width counts as the width: bounding it first keeps the product small.
    let bounded = min(length, width * denominator);
    return min(width, (bounded * numerator + denominator - 1u) / denominator);
}
