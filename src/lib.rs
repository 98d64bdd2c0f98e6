//! gss-wgpu: zero-shot voice synthesis on any GPU, without CUDA.

pub mod audio;
pub mod bench;
pub mod diffusion;
pub mod gpu;
pub mod graph;
pub mod model;
pub mod output_file;
pub mod picture;
pub mod profile;
mod random;
pub mod synth;
pub mod text;
