//!enable wgpu_cooperative_matrix f16
//!use grid valid activation weight epilogue implicit_product matrix_product nan half
// conv_tiles.wgsl by cooperative matrices of 16 x 16 halfs, whose products are summed in single precision;
// shaders/common/half.wgsl says what becomes of numbers that no half holds. With u = 2^-11, half the
// distance from 1 to the next f16, only the factors are rounded:
//
//   |y - exact| <= 2 u sum_i |weight_i x_i| (to first order),
//
// as long as factors are no smaller than 2^-14, where halfs begin to lose digits.
const SIZE: u32 = 16;
alias Factor = f16;
alias WeightMatrix = coop_mat16x16<f16, A>;
alias ColumnMatrix = coop_mat16x16<f16, B>;
alias SumMatrix = coop_mat16x16<f32, C>;

fn factors_of(values: vec4<f32>) -> vec4<f16> {
    return halfs_of(values);
}
