//! Group normalisation.

use super::pairs::takes_pairs;
use crate::gpu::capabilities::Capabilities;
use crate::graph::Shape;

/// The kernel of the statistics of `x` in chunks of so many elements, where the adapter and its shape
/// allow.
pub(in crate::gpu::lower) fn statistics(
    capabilities: Capabilities,
    x: Shape,
    chunk: usize,
) -> Option<&'static str> {
    let fits = takes_pairs(capabilities, x) && chunk.is_multiple_of(2);
    fits.then_some("group_norm_statistics_pairs")
}

/// The kernel that normalises, where the adapter and its shape allow.
pub(in crate::gpu::lower) fn apply(capabilities: Capabilities, x: Shape) -> Option<&'static str> {
    takes_pairs(capabilities, x).then_some("group_norm_apply_pairs")
}
