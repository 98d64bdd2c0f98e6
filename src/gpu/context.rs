//! A device that runs kernels: its own or a host application's.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use wgpu::{
    AdapterInfo, Buffer, BufferDescriptor, BufferUsages, Device, DeviceType, Features, Limits,
    PollType, Queue, SubmissionIndex,
};

use super::activity::{Activity, Counters};
use super::adapters::{self, AdapterChoice};
use super::capabilities::{Capabilities, uses_matrices};
use super::error::GpuError;
use super::failure::{Failure, from_wgpu, rejected, scoped};
use super::kernels::Kernels;
use super::matrices::Matrices;
use super::pipeline_cache::PipelineCache;
use super::pipelines::Pipelines;
use super::profiler::{Profiler, Timestamps};
use super::requirements::{check_limits, required_features, required_limits, useful_features};
use super::self_test;
use super::tuning::Tuning;
use crate::graph::{Graph, Node};

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

/// How to open a device.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GpuOptions {
    /// On which adapter.
    pub adapter: AdapterChoice,
    /// With a [`Profiler`], which measures every dispatch; runs take longer for it.
    pub profiling: Option<Timestamps>,
    /// Folder where compiled pipelines are kept for the next process, as far as the backend can. It
    /// must be the user's own: drivers trust what lies there.
    pub cache: Option<PathBuf>,
}

/// A device with its queue, kernels and pipelines. Clones share everything.
#[derive(Debug, Clone)]
pub struct Gpu {
    shared: Arc<Shared>,
    /// What the device can run.
    runnable: Capabilities,
    /// What plans are made for.
    capabilities: Capabilities,
    tuning: Arc<Tuning>,
}

#[derive(Debug)]
struct Shared {
    device: Device,
    queue: Queue,
    info: AdapterInfo,
    polling: Polling,
    kernels: Kernels,
    pipelines: Pipelines,
    placeholder: Buffer,
    failure: Failure,
    profiler: Option<Profiler>,
    counters: Counters,
    last_submission: Mutex<Option<SubmissionIndex>>,
}

/// What only the engine's own device can have.
#[derive(Debug, Default)]
struct Own {
    failure: Failure,
    profiler: Option<Profiler>,
    pipelines: Pipelines,
    matrices: Option<Matrices>,
}

impl Gpu {
    /// Opens a device on the chosen adapter, polled by the engine.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn new(choice: &AdapterChoice) -> Result<Self, GpuError> {
        Self::open(&GpuOptions {
            adapter: choice.clone(),
            ..Default::default()
        })
        .await
    }

    /// Opens a device, polled by the engine.
    ///
    /// # Errors
    /// When no adapter fits the choice, it lacks something that the engine (or its profiler) needs, or
    /// its driver refuses.
    pub async fn open(options: &GpuOptions) -> Result<Self, GpuError> {
        let _span = tracing::debug_span!("open device").entered();
        let instance = adapters::instance();
        let adapter = adapters::choose(&instance, &options.adapter).await?;
        let info = adapter.get_info();
        check_limits(&info, &required_limits(&adapter), &adapter.limits())?;
        let offered = adapter.features();
        let timers = options
            .profiling
            .map_or(Features::empty(), Timestamps::features);
        let missing = (timers & Features::TIMESTAMP_QUERY) - offered;
        if !missing.is_empty() {
            return Err(GpuError::MissingFeatures {
                adapter: info.name,
                missing: missing.to_string(),
            });
        }
        let matrices = Matrices::of_adapter(&adapter).filter(|_| uses_matrices());
        let (matrix_features, experimental_features) = Matrices::features(matrices);
        let wanted = timers | Features::PIPELINE_CACHE | matrix_features;
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("gss-wgpu"),
            required_features: required_features() | useful_features(offered) | (wanted & offered),
            required_limits: required_limits(&adapter),
            experimental_features,
            ..Default::default()
        };
        let (device, queue) =
            adapter
                .request_device(&descriptor)
                .await
                .map_err(|error| GpuError::DeviceRequest {
                    adapter: info.name.clone(),
                    reason: error.to_string(),
                })?;
        let failure = Failure::default();
        let recorder = failure.clone();
        device.on_uncaptured_error(Arc::new(move |error| {
            recorder.record(from_wgpu(error, "a command", 0));
        }));
        let recorder = failure.clone();
        device.set_device_lost_callback(move |_, reason| {
            recorder.record(GpuError::DeviceLost { reason });
        });
        let profiler = match options.profiling {
            Some(_) => Some(Profiler::new(&device, &queue)?),
            None => None,
        };
        let pipelines = match &options.cache {
            Some(folder) => Pipelines::cached(PipelineCache::open(&device, &info, folder)?),
            None => Pipelines::default(),
        };
        let own = Own {
            failure,
            profiler,
            pipelines,
            matrices,
        };
        Self::build(device, queue, info, Polling::Owned, Kernels::load()?, own)?
            .self_tested()
            .await
    }

    /// Uses the device and queue of a host application, whose error handlers stay as they are. It computes
    /// in single precision, unless it is [`self_tested`](Self::self_tested), and without cooperative
    /// matrices, since a device does not tell which it has.
    ///
    /// # Errors
    /// When the device was opened without [`required_features`] or [`required_limits`].
    pub fn from_host(device: Device, queue: Queue, polling: Polling) -> Result<Self, GpuError> {
        let info = device.adapter_info();
        let missing = required_features() - device.features();
        if !missing.is_empty() {
            return Err(GpuError::MissingFeatures {
                adapter: info.name,
                missing: missing.to_string(),
            });
        }
        check_limits(&info, &Limits::default(), &device.limits())?;
        Self::build(
            device,
            queue,
            info,
            polling,
            Kernels::load()?,
            Own::default(),
        )
    }

    /// The same device with other kernels.
    #[cfg(test)]
    pub(super) fn with_kernels(&self, kernels: Kernels) -> Result<Self, GpuError> {
        let (device, queue) = (self.device().clone(), self.queue().clone());
        let info = self.adapter_info().clone();
        let other = Self::build(device, queue, info, self.polling(), kernels, Own::default())?;
        Ok(Self {
            runnable: self.runnable,
            ..other
        })
    }

    fn build(
        device: Device,
        queue: Queue,
        info: AdapterInfo,
        polling: Polling,
        kernels: Kernels,
        own: Own,
    ) -> Result<Self, GpuError> {
        let placeholder = scoped(&device, "a placeholder", 16, || {
            device.create_buffer(&BufferDescriptor {
                label: Some("absent operand"),
                size: 16,
                usage: BufferUsages::STORAGE,
                mapped_at_creation: false,
            })
        })?;
        let runnable = Capabilities::runnable(&info, device.features(), own.matrices);
        let is_software = info.device_type == DeviceType::Cpu;
        Ok(Self {
            runnable,
            capabilities: runnable.worthwhile(is_software).single_precision(),
            tuning: Arc::default(),
            shared: Arc::new(Shared {
                device,
                queue,
                info,
                polling,
                kernels,
                pipelines: own.pipelines,
                placeholder,
                failure: own.failure,
                profiler: own.profiler,
                counters: Counters::default(),
                last_submission: Mutex::default(),
            }),
        })
    }

    /// Lets the kernels in half precision and those with cooperative matrices take part where they are
    /// faster and the device's driver gets long sums right with them: some drivers don't. Takes some
    /// milliseconds where there is something to test. [`Self::open`] has done it; a host that calls this
    /// must poll, as for a synthesis.
    ///
    /// # Errors
    /// When the device is lost, or cannot run kernels at all. A test that fails is no error: the log says so
    /// once, and the kernels are not used.
    pub async fn self_tested(mut self) -> Result<Self, GpuError> {
        let wanted = self.runnable.worthwhile(self.is_software());
        self.capabilities = self_test::passed(&self, wanted).await?;
        if self.capabilities != wanted {
            self.runnable = self.runnable.single_precision().union(self.capabilities);
        }
        let (info, capabilities) = (self.adapter_info(), self.capabilities);
        tracing::info!(adapter = info.name, backend = %info.backend, ?capabilities, "device ready");
        Ok(self)
    }

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

    /// What the choice of kernels depends on.
    #[must_use]
    pub const fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    /// What the device can run, whether it is faster or not, and whether that was tested or not.
    #[must_use]
    pub const fn runnable(&self) -> Capabilities {
        self.runnable
    }

    /// The same device, on which plans are made for these capabilities, as far as it can run their
    /// kernels: so a test reaches the kernels of other adapters.
    #[must_use]
    pub fn planning_for(&self, capabilities: Capabilities) -> Self {
        Self {
            capabilities: capabilities.within(self.runnable),
            tuning: Arc::default(),
            ..self.clone()
        }
    }

    /// The same device, on which plans are made as `tuning` found best.
    #[must_use]
    pub fn tuned(&self, tuning: Tuning) -> Self {
        Self {
            tuning: Arc::new(tuning),
            ..self.clone()
        }
    }

    /// What a node is lowered for.
    #[doc(hidden)] // for this project's programs
    pub fn capabilities_for(&self, graph: &Graph, node: &Node) -> Capabilities {
        self.tuning.capabilities(graph, node, self.capabilities)
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

    pub(super) fn pipelines(&self) -> &Pipelines {
        &self.shared.pipelines
    }

    /// Stands in for absent optional operands.
    pub(super) fn placeholder(&self) -> &Buffer {
        &self.shared.placeholder
    }

    /// Measures what runs, on a device opened with [`GpuOptions::profiling`].
    #[must_use]
    pub fn profiler(&self) -> Option<&Profiler> {
        self.shared.profiler.as_ref()
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
                    error => rejected(what, &error),
                });
            }
        }
        let mapped = receiver.await;
        self.check()?;
        match mapped {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(rejected(what, &error)),
            Err(cancelled) => return Err(rejected(what, &cancelled)),
        }
        let view = staging
            .slice(..)
            .get_mapped_range()
            .map_err(|error| rejected(what, &error))?;
        Ok(view.to_vec())
    }
}
