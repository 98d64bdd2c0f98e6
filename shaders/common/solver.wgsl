// Rows of the solver table [steps, 8]. The kernel declares the binding `table: array<f32>` and the
// member `steps` of `params`. Needs `nan`.
const TIME: u32 = 0;
const CLEAN_OF_STATE: u32 = 1;
const CLEAN_OF_NETWORK: u32 = 2;
const STATE_OF_STATE: u32 = 3;
const STATE_OF_CLEAN: u32 = 4;
const STATE_OF_PREVIOUS: u32 = 5;
const NOISE: u32 = 6;
const CLIP: u32 = 7;

// Not a number beyond the last step.
fn coefficient(step: u32, column: u32) -> f32 {
    if (step >= params.steps) {
        return not_a_number();
    }
    return table[step * 8u + column];
}
