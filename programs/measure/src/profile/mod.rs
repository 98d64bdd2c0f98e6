//! Where the time of a synthesis goes.
//!
//! The host's part is told by [`tracing`] spans, which a [`SpanRecorder`] collects; the GPU's part by
//! the [`DispatchTiming`]s of a profiling device. A [`Recording`] holds both, on one clock. From it
//! come a [`Report`] (tables by stage, kernel and node) and a [`Trace`] for `chrome://tracing` and
//! [Perfetto](https://ui.perfetto.dev).

mod report;
mod spans;
mod trace;

pub use report::{HostRow, KernelRow, NodeRow, Report, StageRow, Work};
pub use spans::{Span, SpanRecorder};
pub use trace::{Arguments, Trace, TraceEvent};

use std::time::Instant;

use gss_wgpu::gpu::DispatchTiming;

/// What host and GPU did, on the host's clock.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// When it began.
    pub start: Instant,
    /// When it ended.
    pub end: Instant,
    /// The host's part, in the order in which the spans ended.
    pub spans: Vec<Span>,
    /// The GPU's part, in the order of submission.
    pub dispatches: Vec<DispatchTiming>,
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use super::{Recording, Span};
    use gss_wgpu::gpu::{DispatchInfo, DispatchTiming};

    /// Two steps of two dispatches with a pause between them, and a plan before them.
    pub(super) fn recording() -> Recording {
        let start = Instant::now();
        let at = |ms: u64| start + Duration::from_millis(ms);
        let info = |node: &str, kernel, flops| {
            Arc::new(DispatchInfo {
                node: node.to_owned(),
                kernel,
                entry: "main",
                shape: "[1, 2, 3, 4] -> [1, 2, 3, 4]".to_owned(),
                workgroups: [3, 2, 1],
                flops,
                bytes: 1_000_000,
            })
        };
        let (text, conv, norm) = (
            info("text.linear", "matmul", 4_000_000),
            info("unet.\"conv\"", "conv", 30_000_000),
            info("unet.norm", "norm", 0),
        );
        let dispatch = |plan, info: &Arc<DispatchInfo>, from, to| DispatchTiming {
            plan,
            info: Arc::clone(info),
            start: at(from),
            end: at(to),
        };
        let dispatches = vec![
            dispatch("text", &text, 0, 4),
            dispatch("step", &conv, 10, 20),
            dispatch("step", &norm, 20, 25),
            dispatch("step", &conv, 30, 40),
            dispatch("step", &norm, 40, 45),
        ];
        let span = |name, thread: &str, from, to| Span {
            name,
            detail: String::new(),
            thread: thread.to_owned(),
            start: at(from),
            end: at(to),
        };
        let spans = vec![
            span("compile kernel", "worker", 1, 3),
            span("run", "main", 5, 8),
            span("run", "main", 26, 28),
            span("diffusion", "main", 4, 47),
        ];
        Recording {
            start,
            end: at(50),
            spans,
            dispatches,
        }
    }
}
