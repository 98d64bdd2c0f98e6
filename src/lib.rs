//! gss-wgpu: zero-shot voice synthesis on any GPU, without CUDA.

pub mod audio;
pub mod diffusion;
pub mod gpu;
pub mod graph;
pub mod model;
#[doc(hidden)] // for this project's programs
pub mod output_file;
mod random;
pub mod synth;
pub mod text;
