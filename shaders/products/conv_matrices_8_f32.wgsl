//!enable wgpu_cooperative_matrix
//!use grid valid activation weight epilogue implicit_product matrix_product
// conv_tiles.wgsl by cooperative matrices of 8 x 8 in single precision.
const SIZE: u32 = 8;
alias Factor = f32;
alias WeightMatrix = coop_mat8x8<f32, A>;
alias ColumnMatrix = coop_mat8x8<f32, B>;
alias SumMatrix = coop_mat8x8<f32, C>;

fn factors_of(values: vec4<f32>) -> vec4<f32> {
    return values;
}
