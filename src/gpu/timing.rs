//! What a dispatch computes, and when it ran, as plain data.

use std::sync::Arc;
use std::time::{Duration, Instant};

/// What a dispatch computes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DispatchInfo {
    /// Name of the node.
    pub node: String,
    /// File in `shaders/`.
    pub kernel: &'static str,
    /// Entry point.
    pub entry: &'static str,
    /// Shapes of what the node reads and writes, `[1, 8, 1, 20] * [16, 8, 1, 3] -> [1, 16, 1, 20]`.
    pub shape: String,
    /// Workgroups in each dimension.
    pub workgroups: [u32; 3],
    /// Floating-point operations, as the lowering counts them.
    pub flops: u64,
    /// Bytes that have to be moved if each operand is read once and each result written once.
    pub bytes: u64,
}

/// A dispatch that has run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DispatchTiming {
    /// Name of the plan ([`Executable::named`](super::Executable::named)).
    pub plan: &'static str,
    /// What it computed.
    pub info: Arc<DispatchInfo>,
    /// When it began, on the host's clock. The offset between the clocks is the smallest that lets no
    /// dispatch begin before it was submitted.
    pub start: Instant,
    /// When it had ended.
    pub end: Instant,
}

impl DispatchTiming {
    /// How long it ran.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.end - self.start
    }
}
