//! Kernels for software adapters whose subgroups are eight invocations: what
//! [`Capabilities::eight_lanes`](crate::gpu::Capabilities::eight_lanes) says of CPUs. Nothing here
//! concerns a GPU.

pub(super) mod attention;
pub(super) mod norms;
mod pairs;
pub(super) mod products;
mod tiles;

use super::source::{Source, sources};

pub(super) const KERNELS: &[Source] = sources!(
    "software",
    [
        "conv_lanes",
        "conv_pairs",
        "conv_transpose_lanes",
        "group_norm_apply_pairs",
        "group_norm_statistics_pairs",
        "linear_attention_apply_lanes",
        "linear_attention_context_pairs",
        "linear_attention_statistics_pairs",
        "matmul_pairs",
    ]
);
