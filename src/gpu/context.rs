//! A device that runs kernels: its own or a host application's.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use wgpu::{
    AdapterInfo, Buffer, BufferDescriptor, BufferUsages, Device, DeviceType, PollType, Queue,
    SubmissionIndex,
};

use super::activity::{Activity, Counters};
use super::capabilities::Capabilities;
use super::error::GpuError;
use super::failure::{Failure, rejected, scoped};
use super::kernels::Kernels;
use super::meter::Meter;
use super::pipelines::{Permutation, Pipeline, Pipelines};
use super::planning::Planning;
use super::profiler::Profiler;
use super::tuning::Tuning;

/// Longest wait for one readback. A software adapter may need minutes for a long sentence.
pub(super) const TIMEOUT: Duration = Duration::from_secs(600);

/// Who makes a device's callbacks happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Polling {
    /// The engine polls, and blocks the thread that awaits a result while it does.
    Owned,
    /// The host polls its device (each frame, or in a thread); the engine only awaits.
    Host,
}

/// A device with its queue, kernels and pipelines, and how work is planned on it. Clones share everything.
#[derive(Debug, Clone)]
pub struct Gpu {
    pub(super) shared: Arc<Shared>,
    pub(super) planning: Planning,
}

/// The device itself.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) device: Device,
    pub(super) queue: Queue,
    pub(super) info: AdapterInfo,
    pub(super) polling: Polling,
    pub(super) kernels: Kernels,
    pub(super) pipelines: Pipelines,
    /// Stands in for absent optional operands.
    pub(super) placeholder: Buffer,
    pub(super) failure: Failure,
    pub(super) profiler: Option<Profiler>,
    pub(super) meter: Option<Meter>,
    pub(super) counters: Counters,
    pub(super) last_submission: Mutex<Option<SubmissionIndex>>,
}

impl Gpu {
    /// The device.
    #[must_use]
    pub fn device(&self) -> &Device {
        &self.shared.device
    }

    /// The queue.
    #[must_use]
    pub fn queue(&self) -> &Queue {
        &self.shared.queue
    }

    /// Name, backend, type and driver of the adapter.
    #[must_use]
    pub fn adapter_info(&self) -> &AdapterInfo {
        &self.shared.info
    }

    /// Whether the adapter computes on the CPU.
    #[must_use]
    pub fn is_software(&self) -> bool {
        self.shared.info.device_type == DeviceType::Cpu
    }

    /// How work is planned on the device.
    #[doc(hidden)] // for this project's programs
    #[must_use]
    pub const fn planning(&self) -> &Planning {
        &self.planning
    }

    /// What the choice of kernels depends on.
    #[must_use]
    pub const fn capabilities(&self) -> Capabilities {
        self.planning.capabilities()
    }

    /// What the device can run, whether it is faster or not, and whether that was tested or not.
    #[must_use]
    pub const fn runnable(&self) -> Capabilities {
        self.planning.runnable()
    }

    /// The same device, on which plans are made for these capabilities, as far as it can run their
    /// kernels: so a test reaches the kernels of other adapters.
    #[must_use]
    pub fn planning_for(&self, capabilities: Capabilities) -> Self {
        Self {
            planning: self.planning.with(capabilities),
            ..self.clone()
        }
    }

    /// The same device, on which plans are made as `tuning` found best.
    #[must_use]
    pub fn tuned(&self, tuning: Tuning) -> Self {
        Self {
            planning: self.planning.tuned(tuning),
            ..self.clone()
        }
    }

    /// Who polls the device.
    #[must_use]
    pub fn polling(&self) -> Polling {
        self.shared.polling
    }

    /// The kernels.
    #[must_use]
    pub fn kernels(&self) -> &Kernels {
        &self.shared.kernels
    }

    /// The pipelines of these permutations, in order; those that do not exist yet are compiled.
    pub(super) fn pipelines(
        &self,
        permutations: &[Permutation],
    ) -> Result<Vec<Arc<Pipeline>>, GpuError> {
        self.check()?;
        let shared = &self.shared;
        let (kernels, counters) = (&shared.kernels, &shared.counters);
        shared
            .pipelines
            .get(&shared.device, kernels, counters, permutations)
    }

    /// Stands in for absent optional operands.
    pub(super) fn placeholder(&self) -> &Buffer {
        &self.shared.placeholder
    }

    /// Measures what runs, on a device opened with [`GpuOptions::profiling`](super::GpuOptions::profiling).
    #[must_use]
    pub fn profiler(&self) -> Option<&Profiler> {
        self.shared.profiler.as_ref()
    }

    /// Where the host grants its time, if it does.
    #[must_use]
    pub fn meter(&self) -> Option<&Meter> {
        self.shared.meter.as_ref()
    }

    /// What the device has been asked for so far.
    #[must_use]
    pub fn activity(&self) -> Activity {
        self.shared.counters.read()
    }

    pub(super) fn counters(&self) -> &Counters {
        &self.shared.counters
    }

    pub(super) fn last_submission(&self) -> Option<SubmissionIndex> {
        let last = self.shared.last_submission.lock();
        last.unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set_last_submission(&self, index: SubmissionIndex) {
        let last = self.shared.last_submission.lock();
        *last.unwrap_or_else(PoisonError::into_inner) = Some(index);
    }

    /// The first error outside any error scope, if there was one.
    ///
    /// # Errors
    /// That error. A lost device stays lost: open another one.
    pub fn check(&self) -> Result<(), GpuError> {
        self.shared.failure.check()
    }

    /// Runs `action`, which uses the device for `what`, and turns what wgpu reports into an error.
    #[doc(hidden)] // for this project's programs
    pub fn scoped<T>(&self, what: &str, action: impl FnOnce() -> T) -> Result<T, GpuError> {
        self.check()?;
        scoped(&self.shared.device, what, 0, action)
    }

    /// Creates a buffer of `size` bytes for `what`.
    #[doc(hidden)] // for this project's programs
    pub fn create_buffer(
        &self,
        what: &str,
        size: u64,
        usage: BufferUsages,
        mapped_at_creation: bool,
    ) -> Result<Buffer, GpuError> {
        self.check()?;
        let limits = self.shared.device.limits();
        let limit = if usage.contains(BufferUsages::STORAGE) {
            limits
                .max_buffer_size
                .min(limits.max_storage_buffer_binding_size)
        } else {
            limits.max_buffer_size
        };
        if size > limit {
            return Err(GpuError::BufferTooLarge {
                what: what.to_owned(),
                wanted: size,
                limit,
            });
        }
        self.shared.counters.buffers.add(1);
        scoped(&self.shared.device, what, size, || {
            self.shared.device.create_buffer(&BufferDescriptor {
                label: Some(what),
                size,
                usage,
                mapped_at_creation,
            })
        })
    }

    /// Reads the first `bytes` bytes of a buffer, after everything that was submitted before. With
    /// [`Polling::Owned`] it blocks while it polls.
    pub(super) async fn read(
        &self,
        what: &str,
        buffer: &Buffer,
        bytes: u64,
    ) -> Result<Vec<u8>, GpuError> {
        self.shared.counters.readbacks.add(1);
        let usage = BufferUsages::MAP_READ | BufferUsages::COPY_DST;
        let staging = self.create_buffer(what, bytes, usage, false)?;
        let (sender, receiver) = futures_channel::oneshot::channel();
        self.scoped(what, || {
            let mut encoder = self.device().create_command_encoder(&Default::default());
            encoder.copy_buffer_to_buffer(buffer, 0, &staging, 0, bytes);
            self.submit(encoder.finish());
            staging
                .slice(..)
                .map_async(wgpu::MapMode::Read, move |result| {
                    // The receiver is gone when the caller dropped the future: nobody wants the result.
                    let _ = sender.send(result);
                });
        })?;
        if self.polling() == Polling::Owned {
            let wait = PollType::Wait {
                submission_index: None,
                timeout: Some(TIMEOUT),
            };
            if let Err(error) = self.device().poll(wait) {
                self.check()?;
                return Err(match error {
                    wgpu::PollError::Timeout => GpuError::Timeout(TIMEOUT),
                    error => rejected(self.device(), what, &error),
                });
            }
        }
        let mapped = receiver.await;
        self.check()?;
        match mapped {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(rejected(self.device(), what, &error)),
            Err(cancelled) => return Err(rejected(self.device(), what, &cancelled)),
        }
        let view = staging
            .slice(..)
            .get_mapped_range()
            .map_err(|error| rejected(self.device(), what, &error))?;
        Ok(view.to_vec())
    }
}
