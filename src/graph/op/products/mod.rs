//! Products of a weight with activations.

mod convolution;
mod finish;
mod matmul;
mod taps;
mod transposed_convolution;

pub use convolution::{Conv1d, Conv2d, Convolution};
pub use matmul::MatMul;
pub use transposed_convolution::TransposedConvolution;
