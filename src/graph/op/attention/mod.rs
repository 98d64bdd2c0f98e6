//! Attention: every position on every other, and the U-Net's linear kind.

mod linear;
mod softmax;

pub use linear::LinearAttention;
pub use softmax::Attention;
