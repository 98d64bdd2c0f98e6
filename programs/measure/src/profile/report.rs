//! Tables of a recording: by stage, by kernel, by node, and by what the host did.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use serde::Serialize;

use super::Recording;
use gss_wgpu::gpu::DispatchTiming;

/// What a group of dispatches did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Work {
    /// Number of dispatches.
    pub dispatches: usize,
    /// Milliseconds on the GPU.
    pub ms: f64,
    /// Part of the GPU's time in this recording, 0 to 1.
    pub share: f64,
    /// 1e9 floating-point operations a second.
    pub gflops: f64,
    /// 1e9 bytes a second, each operand counted once.
    pub gbs: f64,
}

/// All dispatches of the plans of one name.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StageRow {
    /// Name of the plan.
    pub stage: String,
    /// Its dispatches.
    #[serde(flatten)]
    pub work: Work,
    /// Milliseconds from the first dispatch to the end of the last, summed over stretches without
    /// dispatches of other plans.
    pub queue_ms: f64,
    /// Part of that time in which a kernel ran, 0 to 1.
    pub busy: f64,
}

/// All dispatches of one entry point.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KernelRow {
    /// File in `shaders/`.
    pub kernel: String,
    /// Entry point.
    pub entry: String,
    /// Its dispatches.
    #[serde(flatten)]
    pub work: Work,
}

/// All dispatches of one node at one shape.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NodeRow {
    /// Name of the node.
    pub node: String,
    /// Name of its plan.
    pub stage: String,
    /// File in `shaders/`.
    pub kernel: String,
    /// Entry point.
    pub entry: String,
    /// See [`gss_wgpu::gpu::DispatchInfo::shape`].
    pub shape: String,
    /// Workgroups in each dimension.
    pub workgroups: [u32; 3],
    /// Its dispatches.
    #[serde(flatten)]
    pub work: Work,
}

/// All spans of one name; spans within others count for both.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HostRow {
    /// What the host did.
    pub span: String,
    /// How often.
    pub count: usize,
    /// Milliseconds in all.
    pub ms: f64,
}

/// The tables. Rows come with the longest time first, those of the host in the order in which they
/// began.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Length of the recording in milliseconds.
    pub wall_ms: f64,
    /// Milliseconds in kernels.
    pub kernel_ms: f64,
    /// By plan.
    pub stages: Vec<StageRow>,
    /// By entry point.
    pub kernels: Vec<KernelRow>,
    /// By node and shape.
    pub nodes: Vec<NodeRow>,
    /// The host's part.
    pub host: Vec<HostRow>,
}

impl Report {
    /// Adds up a recording.
    #[must_use]
    pub fn new(recording: &Recording) -> Self {
        let dispatches = &recording.dispatches;
        let total = dispatches.iter().map(DispatchTiming::duration).sum();
        let queue = queue_times(dispatches);
        let stages = groups(dispatches, total, |one| one.plan);
        let kernels = groups(dispatches, total, |one| (one.info.kernel, one.info.entry));
        let nodes = groups(dispatches, total, |one| {
            (one.plan, &one.info.node, &one.info.shape)
        });
        Self {
            wall_ms: ms(recording.end - recording.start),
            kernel_ms: ms(total),
            stages: stages
                .into_iter()
                .map(|(one, work)| {
                    let queue_ms = ms(queue[one.plan]);
                    StageRow {
                        stage: one.plan.to_owned(),
                        work,
                        queue_ms,
                        busy: ratio(work.ms, queue_ms),
                    }
                })
                .collect(),
            kernels: kernels
                .into_iter()
                .map(|(one, work)| KernelRow {
                    kernel: one.info.kernel.to_owned(),
                    entry: one.info.entry.to_owned(),
                    work,
                })
                .collect(),
            nodes: nodes
                .into_iter()
                .map(|(one, work)| NodeRow {
                    node: one.info.node.clone(),
                    stage: one.plan.to_owned(),
                    kernel: one.info.kernel.to_owned(),
                    entry: one.info.entry.to_owned(),
                    shape: one.info.shape.clone(),
                    workgroups: one.info.workgroups,
                    work,
                })
                .collect(),
            host: host_rows(recording),
        }
    }
}

/// Dispatches that agree in `key`, each group with its first; the longest first.
fn groups<'a, K: Eq + Hash>(
    dispatches: &'a [DispatchTiming],
    total: Duration,
    key: impl Fn(&'a DispatchTiming) -> K,
) -> Vec<(&'a DispatchTiming, Work)> {
    let mut places = HashMap::new();
    let mut sums: Vec<(&DispatchTiming, Sum)> = Vec::new();
    for dispatch in dispatches {
        let place = *places.entry(key(dispatch)).or_insert(sums.len());
        if place == sums.len() {
            sums.push((dispatch, Sum::default()));
        }
        sums[place].1.add(dispatch);
    }
    sums.sort_by_key(|(_, sum)| std::cmp::Reverse(sum.time));
    let works = sums
        .into_iter()
        .map(|(first, sum)| (first, sum.work(total)));
    works.collect()
}

#[derive(Debug, Default)]
struct Sum {
    count: usize,
    time: Duration,
    flops: u64,
    bytes: u64,
}

impl Sum {
    fn add(&mut self, dispatch: &DispatchTiming) {
        self.count += 1;
        self.time += dispatch.duration();
        self.flops += dispatch.info.flops;
        self.bytes += dispatch.info.bytes;
    }

    fn work(&self, total: Duration) -> Work {
        let seconds = self.time.as_secs_f64();
        Work {
            dispatches: self.count,
            ms: ms(self.time),
            share: ratio(seconds, total.as_secs_f64()),
            gflops: ratio(self.flops as f64 / 1e9, seconds),
            gbs: ratio(self.bytes as f64 / 1e9, seconds),
        }
    }
}

/// For each plan, the time from the first to the last of its dispatches, stretch by stretch.
fn queue_times(dispatches: &[DispatchTiming]) -> HashMap<&'static str, Duration> {
    let mut times = HashMap::new();
    for stretch in dispatches.chunk_by(|a, b| a.plan == b.plan) {
        let (first, last) = (&stretch[0], &stretch[stretch.len() - 1]);
        *times.entry(first.plan).or_default() += last.end - first.start;
    }
    times
}

fn host_rows(recording: &Recording) -> Vec<HostRow> {
    let mut spans: Vec<_> = recording.spans.iter().collect();
    spans.sort_by_key(|span| span.start);
    let mut rows: Vec<HostRow> = Vec::new();
    for span in spans {
        let place = rows.iter().position(|row| row.span == span.name);
        let place = place.unwrap_or_else(|| {
            rows.push(HostRow {
                span: span.name.to_owned(),
                count: 0,
                ms: 0.0,
            });
            rows.len() - 1
        });
        rows[place].count += 1;
        rows[place].ms += ms(span.end - span.start);
    }
    rows
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// Zero where nothing was measured, so that tables and JSON hold numbers only.
fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::Report;
    use crate::profile::tests::recording;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn dispatches_are_added_up_by_stage_kernel_and_node() {
        let report = Report::new(&recording());
        assert!(close(report.wall_ms, 50.0) && close(report.kernel_ms, 34.0));
        let stage = &report.stages[0];
        assert_eq!((stage.stage.as_str(), stage.work.dispatches), ("step", 4));
        assert!(close(stage.work.ms, 30.0) && close(stage.work.share, 30.0 / 34.0));
        assert!(
            close(stage.queue_ms, 35.0) && close(stage.busy, 30.0 / 35.0),
            "the pause between the steps counts against the stage"
        );
        let kernels: Vec<_> = report.kernels.iter().map(|row| &*row.kernel).collect();
        assert_eq!(kernels, ["conv", "norm", "matmul"], "the longest first");
        let conv = &report.kernels[0].work;
        assert!(close(conv.gflops, 3.0) && close(conv.gbs, 0.1));
        assert!(close(report.kernels[1].work.gflops, 0.0));
        assert_eq!(report.nodes.len(), 3);
        assert_eq!(report.nodes[0].work.dispatches, 2);
    }

    #[test]
    fn the_hosts_spans_are_added_up_in_the_order_in_which_they_began() {
        let report = Report::new(&recording());
        let rows = report.host.iter();
        let rows: Vec<_> = rows.map(|row| (row.span.as_str(), row.count)).collect();
        assert_eq!(rows, [("compile kernel", 1), ("diffusion", 1), ("run", 2)]);
        assert!(close(report.host[2].ms, 5.0));
    }

    #[test]
    fn a_recording_without_dispatches_is_a_report_of_zeros() {
        let mut recording = recording();
        recording.dispatches.clear();
        let report = Report::new(&recording);
        assert!(close(report.kernel_ms, 0.0) && report.kernels.is_empty());
    }
}
