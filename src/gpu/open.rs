//! Opens a device, or takes a host's, and makes up its mind how to plan on it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use tracing::Instrument;
use wgpu::{
    AdapterInfo, BufferDescriptor, BufferUsages, Device, DeviceType, Features, Limits, Queue,
};

use super::activity::Counters;
use super::adapters::{self, AdapterChoice};
use super::capabilities::{Capabilities, uses_matrices};
use super::context::{Gpu, Polling, Shared};
use super::error::GpuError;
use super::failure::{Failure, from_wgpu, scoped};
use super::kernels::Kernels;
use super::matrices::Matrices;
use super::meter::Meter;
use super::pipeline_cache::PipelineCache;
use super::pipelines::Pipelines;
use super::planning::Planning;
use super::profiler::{Profiler, Timestamps};
use super::requirements::{check_limits, required_features, required_limits, useful_features};
use super::self_test;

/// How to open a device.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GpuOptions {
    /// On which adapter.
    pub adapter: AdapterChoice,
    /// With a [`Profiler`], which measures every dispatch; runs take longer for it. Only builds with the
    /// feature `profiling` can want it.
    pub profiling: Option<Timestamps>,
    /// Folder where compiled pipelines are kept for the next process, as far as the backend can. It
    /// must be the user's own: drivers trust what lies there.
    pub cache: Option<PathBuf>,
}

/// What only the engine's own device can have.
#[derive(Debug, Default)]
struct Own {
    failure: Failure,
    profiler: Option<Profiler>,
    pipelines: Pipelines,
    matrices: Option<Matrices>,
    meter: Option<Meter>,
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
        // A span that is entered stays with its thread, and this future may move to another.
        let span = tracing::debug_span!("open device");
        Self::open_adapter(options).instrument(span).await
    }

    async fn open_adapter(options: &GpuOptions) -> Result<Self, GpuError> {
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
        // A clock is of use where a host grants time.
        let useful = useful_features(offered) - Features::TIMESTAMP_QUERY;
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("gss-wgpu"),
            required_features: required_features() | useful | (wanted & offered),
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
            Some(timestamps) => Some(Profiler::new(timestamps, &device, &queue)?),
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
            meter: None,
        };
        build(device, queue, info, Polling::Owned, Kernels::load()?, own)?
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
        Self::on_host(device, queue, polling, Own::default())
    }

    fn on_host(device: Device, queue: Queue, polling: Polling, own: Own) -> Result<Self, GpuError> {
        let info = device.adapter_info();
        let missing = required_features() - device.features();
        if !missing.is_empty() {
            return Err(GpuError::MissingFeatures {
                adapter: info.name,
                missing: missing.to_string(),
            });
        }
        check_limits(&info, &Limits::default(), &device.limits())?;
        build(device, queue, info, polling, Kernels::load()?, own)
    }

    /// [`Self::from_host`] with [`Polling::Host`], where the host grants the time that the engine takes of the
    /// device. Plans wait for grants, and block the thread that runs them: it must not be the one that grants.
    ///
    /// # Errors
    /// As [`Self::from_host`].
    pub fn from_host_metered(device: Device, queue: Queue) -> Result<(Self, Meter), GpuError> {
        let meter = Meter::default();
        let own = Own {
            meter: Some(meter.clone()),
            ..Own::default()
        };
        Ok((Self::on_host(device, queue, Polling::Host, own)?, meter))
    }

    /// The same device with other kernels.
    #[cfg(test)]
    pub(super) fn with_kernels(&self, kernels: Kernels) -> Result<Self, GpuError> {
        let (device, queue) = (self.device().clone(), self.queue().clone());
        let info = self.adapter_info().clone();
        let other = build(device, queue, info, self.polling(), kernels, Own::default())?;
        Ok(Self {
            planning: self.planning.clone(),
            ..other
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
    pub async fn self_tested(self) -> Result<Self, GpuError> {
        let wanted = self.planning.wanted(self.is_software());
        let passed = self_test::passed(&self, wanted).await?;
        let planning = self.planning.tested(wanted, passed);
        let (info, capabilities) = (self.adapter_info(), passed);
        tracing::info!(adapter = info.name, backend = %info.backend, ?capabilities, "device ready");
        Ok(Self { planning, ..self })
    }
}

fn build(
    device: Device,
    queue: Queue,
    info: AdapterInfo,
    polling: Polling,
    kernels: Kernels,
    own: Own,
) -> Result<Gpu, GpuError> {
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
    Ok(Gpu {
        planning: Planning::untested(runnable, is_software),
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
            meter: own.meter,
            counters: Counters::default(),
            last_submission: Mutex::default(),
        }),
    })
}
