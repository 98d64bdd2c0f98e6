//! Times of single dispatches, measured by the GPU's own clock.
//!
//! A [`Gpu`](super::Gpu) opened with [`GpuOptions::profiling`](super::GpuOptions::profiling) has a
//! [`Profiler`]; every run of every plan on it is measured. Where the adapter writes timestamps inside a pass, a run
//! keeps its passes; elsewhere (Metal on Apple GPUs) each dispatch gets a pass of its own, which costs
//! a few microseconds more.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use wgpu::{CommandEncoder, ComputePass, ComputePassDescriptor, Device, Features, PollType, Queue};
use wgpu_profiler::{GpuProfiler, GpuProfilerSettings};

use super::error::GpuError;
use super::failure::rejected;
use super::timing::{DispatchInfo, DispatchTiming};

/// Where timestamps are put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timestamps {
    /// Inside passes where the adapter offers it, around them elsewhere.
    Finest,
    /// Around passes, of which each dispatch gets one.
    AroundPasses,
}

impl Timestamps {
    /// Features of which the device has those that its adapter offers; it needs at least
    /// [`Features::TIMESTAMP_QUERY`].
    pub(super) const fn features(self) -> Features {
        match self {
            Self::Finest => GpuProfiler::ALL_WGPU_TIMER_FEATURES,
            Self::AroundPasses => Features::TIMESTAMP_QUERY,
        }
    }
}

/// Runs whose times may wait to be read. Each holds a few kilobytes of timestamps on the device.
const PENDING_RUNS: usize = 256;

/// Longest wait for the device, as for a readback.
const TIMEOUT: Duration = Duration::from_secs(600);

/// Measures every run on its device.
pub struct Profiler {
    device: Device,
    queue: Queue,
    inside_passes: bool,
    state: Mutex<State>,
}

struct State {
    timer: GpuProfiler,
    pending: VecDeque<Vec<Submitted>>,
    finished: Vec<Finished>,
}

/// A dispatch on its way to the device.
struct Submitted {
    plan: &'static str,
    info: Arc<DispatchInfo>,
    /// A moment shortly before its submission.
    at: Instant,
}

/// Seconds on the GPU's clock.
struct Finished {
    dispatch: Submitted,
    start: f64,
    end: f64,
}

impl fmt::Debug for Profiler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profiler")
            .field("inside_passes", &self.inside_passes)
            .finish_non_exhaustive()
    }
}

impl Profiler {
    pub(super) fn new(
        _timestamps: Timestamps,
        device: &Device,
        queue: &Queue,
    ) -> Result<Self, GpuError> {
        let settings = GpuProfilerSettings {
            enable_debug_groups: false,
            max_num_pending_frames: PENDING_RUNS,
            ..Default::default()
        };
        let timer = GpuProfiler::new(device, settings)
            .map_err(|error| rejected(device, "the profiler", &error))?;
        let inside = Features::TIMESTAMP_QUERY_INSIDE_PASSES;
        Ok(Self {
            inside_passes: device.features().contains(inside),
            device: device.clone(),
            queue: queue.clone(),
            state: Mutex::new(State {
                timer,
                pending: VecDeque::new(),
                finished: Vec::new(),
            }),
        })
    }

    /// Whether dispatches are measured inside their passes, or each in a pass of its own.
    #[must_use]
    pub const fn inside_passes(&self) -> bool {
        self.inside_passes
    }

    /// Everything that has run since the last call, in the order of submission. Waits for the device.
    ///
    /// # Errors
    /// When the device does not finish.
    pub fn take(&self) -> Result<Vec<DispatchTiming>, GpuError> {
        let mut state = self.lock();
        self.collect(&mut state)?;
        Ok(on_host_clock(std::mem::take(&mut state.finished)))
    }

    /// Begins to measure a run of a plan. Others wait until it is ended.
    pub(super) fn run(&self, plan: &'static str) -> Result<Run<'_>, GpuError> {
        let mut state = self.lock();
        if state.pending.len() >= PENDING_RUNS {
            self.collect(&mut state)?;
        }
        Ok(Run {
            profiler: self,
            state,
            plan,
            submitted: Vec::new(),
        })
    }

    /// Waits for the device and reads the times of all pending runs.
    fn collect(&self, state: &mut State) -> Result<(), GpuError> {
        let wait = PollType::Wait {
            submission_index: None,
            timeout: Some(TIMEOUT),
        };
        self.device
            .poll(wait)
            .map_err(|_| GpuError::Timeout(TIMEOUT))?;
        let period = self.queue.get_timestamp_period();
        while let Some(run) = state.pending.pop_front() {
            let Some(times) = state.timer.process_finished_frame(period) else {
                let what = "timestamps".to_owned();
                let reason = "they could not be read back".to_owned();
                return Err(GpuError::Validation { what, reason });
            };
            let finished = run.into_iter().zip(times).filter_map(|(dispatch, result)| {
                let time = result.time?;
                Some(Finished {
                    dispatch,
                    start: time.start,
                    end: time.end,
                })
            });
            state.finished.extend(finished);
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A run that is being encoded.
pub(super) struct Run<'a> {
    profiler: &'a Profiler,
    state: MutexGuard<'a, State>,
    plan: &'static str,
    submitted: Vec<Submitted>,
}

impl Run<'_> {
    /// Encodes what is submitted next: `encode(pass, i)` encodes the dispatch that `infos[i]`
    /// describes.
    pub(super) fn encode<'i>(
        &mut self,
        encoder: &mut CommandEncoder,
        infos: impl Iterator<Item = &'i Arc<DispatchInfo>>,
        encode: impl Fn(&mut ComputePass<'_>, usize),
    ) {
        let at = Instant::now();
        let first = self.submitted.len();
        self.submitted.extend(infos.map(|info| Submitted {
            plan: self.plan,
            info: Arc::clone(info),
            at,
        }));
        let timer = &self.state.timer;
        let count = self.submitted.len() - first;
        if self.profiler.inside_passes {
            let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor::default());
            for i in 0..count {
                let query = timer.begin_query("", &mut pass);
                encode(&mut pass, i);
                timer.end_query(&mut pass, query);
            }
        } else {
            for i in 0..count {
                let query = timer.begin_pass_query("", encoder);
                let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor {
                    label: None,
                    timestamp_writes: query.compute_pass_timestamp_writes(),
                });
                encode(&mut pass, i);
                drop(pass);
                timer.end_query(encoder, query);
            }
        }
        self.state.timer.resolve_queries(encoder);
    }

    /// After the last submission.
    pub(super) fn end(mut self) -> Result<(), GpuError> {
        self.state
            .timer
            .end_frame()
            .map_err(|error| rejected(&self.profiler.device, "timestamps", &error))?;
        let submitted = std::mem::take(&mut self.submitted);
        self.state.pending.push_back(submitted);
        Ok(())
    }
}

/// Moves times from the GPU's clock to the host's.
fn on_host_clock(finished: Vec<Finished>) -> Vec<DispatchTiming> {
    let Some(epoch) = finished.iter().map(|one| one.dispatch.at).min() else {
        return Vec::new();
    };
    let offset = finished
        .iter()
        .map(|one| (one.dispatch.at - epoch).as_secs_f64() - one.start)
        .fold(f64::NEG_INFINITY, f64::max);
    let at = |seconds: f64| epoch + Duration::from_secs_f64((seconds + offset).max(0.0));
    finished
        .into_iter()
        .map(|one| DispatchTiming {
            plan: one.dispatch.plan,
            info: one.dispatch.info,
            start: at(one.start),
            end: at(one.end),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Arc, DispatchInfo, Duration, Finished, Instant, Submitted, on_host_clock};

    fn finished(at: Instant, start: f64, end: f64) -> Finished {
        let info = DispatchInfo {
            node: "node".to_owned(),
            kernel: "kernel",
            entry: "main",
            shape: String::new(),
            workgroups: [1; 3],
            flops: 0,
            bytes: 0,
        };
        let dispatch = Submitted {
            plan: "plan",
            info: Arc::new(info),
            at,
        };
        Finished {
            dispatch,
            start,
            end,
        }
    }

    #[test]
    fn no_dispatch_begins_before_its_submission_and_one_begins_with_it() {
        let now = Instant::now();
        let later = now + Duration::from_secs(2);
        // The GPU was idle when the second was submitted, and busy when the first was.
        let timings = on_host_clock(vec![
            finished(now, 100.5, 101.0),
            finished(later, 102.0, 102.25),
        ]);
        let close = |a: Instant, b: Instant| {
            let apart = if a > b { a - b } else { b - a };
            apart < Duration::from_micros(1)
        };
        assert!(close(timings[0].start, now + Duration::from_millis(500)));
        assert!(close(timings[1].start, later));
        assert!(close(timings[1].end, later + Duration::from_millis(250)));
    }
}
