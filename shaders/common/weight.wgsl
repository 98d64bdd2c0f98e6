// Weights of products and convolutions, packed as [outputs / 16][taps][inputs][16]: those of sixteen
// output channels lie together, and of each half of them as one vec4<u32> of halfs or two of floats.
override WEIGHT_F16: bool = false;

@group(0) @binding(2) var<storage, read> weight: array<vec4<u32>>;

struct Weights {
    low: vec4<f32>,   // output channels 0..4 of the eight
    high: vec4<f32>,  // output channels 4..8
}

// Where the weights of the eight channels of `tile` begin, `length` = taps * inputs. Those of the next
// input, and of the next tap after the last input, are two further on.
fn first_weights(tile: u32, length: u32) -> u32 {
    return tile / 2u * 2u * length + tile % 2u;
}

fn weights_at(index: u32) -> Weights {
    if (WEIGHT_F16) {
        let halfs = weight[index];
        return Weights(
            vec4(unpack2x16float(halfs.x), unpack2x16float(halfs.y)),
            vec4(unpack2x16float(halfs.z), unpack2x16float(halfs.w)),
        );
    }
    return Weights(
        bitcast<vec4<f32>>(weight[2u * index]),
        bitcast<vec4<f32>>(weight[2u * index + 1u]),
    );
}
