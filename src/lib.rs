//! gss-wgpu
