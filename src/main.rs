//! The command line of gss-wgpu.

fn main() {}
