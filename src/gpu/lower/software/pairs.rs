//! Rows that are read in pairs of columns.

use crate::gpu::capabilities::Capabilities;
use crate::graph::Shape;

/// Whether kernels for eight lanes fit that read rows in pairs of columns.
pub(super) const fn takes_pairs(capabilities: Capabilities, shape: Shape) -> bool {
    capabilities.eight_lanes && shape.w.is_multiple_of(2)
}
