// step + 1, in place: lets one recorded plan run every step of a loop. One invocation.
@group(0) @binding(0) var<storage, read_write> step: array<u32>;

@compute @workgroup_size(1)
fn main() {
    step[0] += 1u;
}
