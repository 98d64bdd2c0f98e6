// The cost of a dispatch: one workgroup that stores one element for each invocation, so that the next
// dispatch has to wait for it, as in a plan.
// Workgroups: 1.
const LANES: u32 = 64;

@group(0) @binding(1) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_index) lane: u32) {
    y[lane] = 1.0;
}
