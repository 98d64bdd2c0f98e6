//! A host's say in how much of its device's time the engine takes: so much in each frame.
//!
//! Work is submitted in pieces that take no longer than the host has granted and not yet seen used. How long
//! a piece will take is estimated from what earlier ones took, by the device's own clock where it has one. One
//! dispatch is the least piece; one that takes longer than a frame's grant is paid for by the frames that follow.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use wgpu::{
    Buffer, BufferUsages, CommandEncoder, ComputePassTimestampWrites, Features, QuerySet,
    QuerySetDescriptor, QueryType,
};

use super::context::Gpu;
use super::error::GpuError;
use super::failure::scoped;

/// Operations a second, as long as nothing was measured: a slow integrated GPU.
const FIRST_RATE: f64 = 1e10;

/// How much of the rate a new measure is.
const RENEWAL: f64 = 0.2;

/// Pieces shorter than this say nothing about the rate.
const LEAST_MEASURED: f64 = 2e-4;

/// Pieces that are under way at most: the second lets the device go on while the host hears of the first.
const PIECES_IN_FLIGHT: usize = 2;

/// What messages call the clocks.
const WHAT: &str = "timestamps";

/// Bytes of a piece's two timestamps.
const STAMPS: u64 = 16;

/// Time on the device, granted by a host and used by the engine. Clones share it.
#[derive(Debug, Clone)]
pub struct Meter(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    /// Operations a second, of the pieces so far.
    rate: f64,
    /// Seconds that are granted and not used; less than none where a piece took longer than estimated.
    credit: f64,
    in_flight: usize,
    stopped: bool,
    /// Clocks that no piece uses.
    clocks: Vec<Clock>,
}

/// What measures a piece: a device's timestamps at both ends, and where they are read.
#[derive(Debug)]
struct Clock {
    queries: QuerySet,
    resolved: Buffer,
    read: Buffer,
}

/// A piece of work on its way.
#[derive(Debug)]
pub(super) struct Piece {
    meter: Meter,
    operations: f64,
    /// What was taken for it from the credit.
    estimate: f64,
    clock: Option<Clock>,
}

impl Default for Meter {
    fn default() -> Self {
        Self(Arc::new(Shared {
            state: Mutex::new(State {
                rate: FIRST_RATE,
                credit: 0.0,
                in_flight: 0,
                stopped: false,
                clocks: Vec::new(),
            }),
            changed: Condvar::new(),
        }))
    }
}

impl Meter {
    /// Grants so much time, once a frame. What an earlier frame left unused is gone; what was used beyond its
    /// grant is taken off. Never blocks.
    pub fn grant(&self, time: Duration) {
        let mut state = self.state();
        let time = time.as_secs_f64();
        state.credit = (state.credit + time).min(time);
        self.0.changed.notify_all();
    }

    /// Ends the wait for grants, now and from now on, with [`GpuError::Stopped`].
    pub(crate) fn stop(&self) {
        self.state().stopped = true;
        self.0.changed.notify_all();
    }

    /// Waits for grants again.
    pub(crate) fn resume(&self) {
        self.state().stopped = false;
    }

    /// Waits until there is time, and says for how many operations.
    pub(super) fn allowance(&self) -> Result<u64, GpuError> {
        let mut state = self.state();
        while !state.stopped && (state.credit <= 0.0 || state.in_flight >= PIECES_IN_FLIGHT) {
            state = self
                .0
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if state.stopped {
            return Err(GpuError::Stopped);
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "positive, and far below 2^64"
        )]
        let operations = (state.credit * state.rate) as u64;
        Ok(operations)
    }

    /// A piece of so many operations, which is submitted next.
    pub(super) fn piece(&self, gpu: &Gpu, operations: u64) -> Result<Piece, GpuError> {
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let operations = operations as f64;
        let clock = if gpu.device().features().contains(Features::TIMESTAMP_QUERY) {
            let kept = self.state().clocks.pop();
            Some(kept.map_or_else(|| Clock::new(gpu), Ok)?)
        } else {
            None
        };
        let mut state = self.state();
        let estimate = operations / state.rate;
        state.credit -= estimate;
        state.in_flight += 1;
        drop(state);
        Ok(Piece {
            meter: self.clone(),
            operations,
            estimate,
            clock,
        })
    }

    fn finished(&self, operations: f64, estimate: f64, seconds: f64, clock: Option<Clock>) {
        let mut state = self.state();
        state.in_flight -= 1;
        state.credit -= seconds - estimate;
        if seconds > LEAST_MEASURED {
            state.rate += RENEWAL * (operations / seconds - state.rate);
        }
        state.clocks.extend(clock);
        self.0.changed.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock {
    fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        let queries = gpu.scoped(WHAT, || {
            gpu.device().create_query_set(&QuerySetDescriptor {
                label: Some(WHAT),
                ty: QueryType::Timestamp,
                count: 2,
            })
        })?;
        let resolving = BufferUsages::QUERY_RESOLVE | BufferUsages::COPY_SRC;
        let reading = BufferUsages::MAP_READ | BufferUsages::COPY_DST;
        Ok(Self {
            queries,
            resolved: gpu.create_buffer(WHAT, STAMPS, resolving, false)?,
            read: gpu.create_buffer(WHAT, STAMPS, reading, false)?,
        })
    }
}

impl Piece {
    /// What the piece's pass writes.
    pub(super) fn timestamp_writes(&self) -> Option<ComputePassTimestampWrites<'_>> {
        self.clock.as_ref().map(|clock| ComputePassTimestampWrites {
            query_set: &clock.queries,
            beginning_of_pass_write_index: Some(0),
            end_of_pass_write_index: Some(1),
        })
    }

    /// Encodes, behind the pass, what reads its times.
    pub(super) fn resolve(&self, encoder: &mut CommandEncoder) {
        if let Some(clock) = &self.clock {
            encoder.resolve_query_set(&clock.queries, 0..2, &clock.resolved, 0);
            encoder.copy_buffer_to_buffer(&clock.resolved, 0, &clock.read, 0, STAMPS);
        }
    }

    /// Gives back what was taken for a piece that could not be submitted.
    pub(super) fn abandoned(self) {
        self.meter
            .finished(self.operations, self.estimate, 0.0, None);
    }

    /// Hears of the end of the piece, which was just submitted, when the host polls.
    pub(super) fn submitted(self, gpu: &Gpu, begun: Instant) -> Result<(), GpuError> {
        let Self {
            meter,
            operations,
            estimate,
            clock,
        } = self;
        let Some(clock) = clock else {
            gpu.queue().on_submitted_work_done(move || {
                // Not before the host's next poll: at least as long as it took.
                meter.finished(operations, estimate, begun.elapsed().as_secs_f64(), None);
            });
            return Ok(());
        };
        let period = f64::from(gpu.queue().get_timestamp_period());
        let (read, device) = (clock.read.clone(), gpu.device().clone());
        let heard = move |mapped: Result<(), wgpu::BufferAsyncError>| {
            let read = &clock.read;
            let seconds = mapped.ok().and_then(|()| {
                let seconds = clock_seconds(read, period);
                // The device may be gone by now, and then so is the buffer: no news for the host's handlers.
                let unmapped = scoped(&device, WHAT, 0, || read.unmap());
                unmapped.ok().and(seconds)
            });
            let kept = seconds.map(|_| clock);
            meter.finished(operations, estimate, seconds.unwrap_or(estimate), kept);
        };
        gpu.scoped(WHAT, || {
            read.slice(..).map_async(wgpu::MapMode::Read, heard);
        })
    }
}

/// The time between two timestamps that lie in a mapped buffer, `period` nanoseconds a tick.
fn clock_seconds(read: &Buffer, period: f64) -> Option<f64> {
    let view = read.slice(..).get_mapped_range().ok()?;
    let stamps: Vec<u64> = bytemuck::pod_collect_to_vec(&view);
    #[expect(clippy::cast_precision_loss, reason = "a difference of moments")]
    let ticks = stamps[1].saturating_sub(stamps[0]) as f64;
    Some(ticks * period * 1e-9)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Duration = Duration::from_millis(4);

    #[test]
    fn a_frame_grants_what_it_says_and_no_more() {
        let meter = Meter::default();
        meter.grant(FRAME);
        meter.grant(FRAME);
        assert_eq!(meter.allowance(), Ok(40_000_000), "4 ms at the first rate");
    }

    #[test]
    fn what_took_too_long_is_paid_for_by_later_frames() {
        let meter = Meter::default();
        meter.grant(FRAME);
        {
            let mut state = meter.state();
            state.credit -= 0.001;
            state.in_flight += 1;
        }
        // Estimated at 1 ms, it took 10 of the 4 that there were.
        meter.finished(0.001 * FIRST_RATE, 0.001, 0.010, None);
        let credits = [1, 2].map(|_| {
            meter.grant(FRAME);
            meter.state().credit
        });
        assert!((credits[0] + 0.002).abs() < 1e-9, "{credits:?}");
        assert!((credits[1] - 0.002).abs() < 1e-9, "{credits:?}");
        assert!(meter.state().rate < FIRST_RATE, "it is known to be slower");
    }

    #[test]
    fn a_wait_ends_where_the_host_stops_it() {
        let meter = Meter::default();
        let other = meter.clone();
        let waiting = std::thread::spawn(move || other.allowance());
        meter.stop();
        let ended = waiting.join().expect("it does not panic");
        assert_eq!(ended, Err(GpuError::Stopped));
        meter.resume();
        meter.grant(FRAME);
        assert!(meter.allowance().is_ok());
    }
}
