//! Measuring: every dispatch of a synthesis is timed, and the times make sense.

#[path = "../../../tests/support/tiny_model.rs"]
mod tiny_model;

use std::time::{Duration, Instant};

use gss_wgpu::gpu::{AdapterChoice, DispatchTiming, Gpu, GpuOptions, Timestamps};
use gss_wgpu::model::{Style, StyleOrigin, VocoderChoice};
use gss_wgpu::synth::{Request, Synthesizer};
use gss_wgpu_measure::profile::{Recording, Report, SpanRecorder, Trace};
use pollster::block_on;
use tracing_subscriber::layer::SubscriberExt;

/// A clock of the GPU may tick this coarsely, and the offset between the clocks is an estimate.
const TOLERANCE: Duration = Duration::from_millis(1);

fn profiling(timestamps: Timestamps) -> Gpu {
    let options = GpuOptions {
        profiling: Some(timestamps),
        ..GpuOptions::default()
    };
    block_on(Gpu::open(&options)).expect("an adapter with timestamps")
}

#[test]
fn a_synthesis_is_measured_dispatch_by_dispatch() {
    measure(&profiling(Timestamps::Finest));
}

#[test]
fn an_adapter_without_timestamps_inside_passes_gets_a_pass_for_each_dispatch() {
    let gpu = profiling(Timestamps::AroundPasses);
    let profiler = gpu.profiler().expect("opened for profiling");
    assert!(!profiler.inside_passes());
    measure(&gpu);
}

fn measure(gpu: &Gpu) {
    let profiler = gpu.profiler().expect("opened for profiling");
    let folder = tempfile::tempdir().expect("a temporary folder");
    tiny_model::write(folder.path(), &tiny_model::config());
    let spans = SpanRecorder::default();
    let subscriber = tracing_subscriber::registry().with(spans.layer());
    let start = Instant::now();
    let steps = 3;
    let speech = tracing::subscriber::with_default(subscriber, || {
        let mut synthesizer = Synthesizer::load(gpu, folder.path()).expect("the model is sound");
        let values = (0..8_i16).map(|i| f32::from(i).sin()).collect();
        let style = Style::new(values, StyleOrigin::default()).expect("finite values");
        let request = Request {
            steps: Some(steps),
            vocoder: Some(VocoderChoice::HifiGan),
            ..Request::new("It speaks.", style)
        };
        synthesizer.synthesize_blocking(&request).expect("speech")
    });
    let end = Instant::now();
    assert!(!speech.audio.samples.is_empty());

    let dispatches = profiler.take().expect("the device is there");
    let again = profiler.take().expect("the device is there");
    assert!(again.is_empty(), "times are handed out once");
    let of = |plan: &str| -> Vec<&DispatchTiming> {
        dispatches.iter().filter(|one| one.plan == plan).collect()
    };
    for plan in ["text", "prior", "step", "vocoder"] {
        assert!(!of(plan).is_empty(), "{plan} ran");
    }
    let updates = of("step").into_iter();
    let updates = updates.filter(|one| one.info.kernel == "diffusion_update");
    assert_eq!(updates.count(), steps, "once in each step");
    assert_eq!(of("step").len() % steps, 0);
    for pair in dispatches.windows(2) {
        assert!(pair[0].start <= pair[1].start, "in the order of submission");
    }
    for one in &dispatches {
        assert!(one.start <= one.end, "{one:?}");
        assert!(start <= one.start && one.end <= end + TOLERANCE, "{one:?}");
        assert!(one.info.bytes > 0 && !one.info.shape.is_empty(), "{one:?}");
    }

    let recording = Recording {
        start,
        end,
        spans: spans.take(),
        dispatches,
    };
    let report = Report::new(&recording);
    assert!(report.kernel_ms > 0.0 && report.kernel_ms <= report.wall_ms);
    for name in [
        "load model",
        "text front end",
        "durations",
        "diffusion",
        "vocoder",
    ] {
        assert!(
            report
                .host
                .iter()
                .any(|row| row.span == name && row.count == 1),
            "{name} is among {:?}",
            report.host
        );
    }
    let events = Trace::new(&recording).trace_events;
    let complete = events.iter().filter(|event| event.ph == 'X').count();
    assert_eq!(complete, recording.spans.len() + recording.dispatches.len());
}

#[test]
fn an_ordinary_device_measures_nothing() {
    let gpu = block_on(Gpu::new(&AdapterChoice::Auto)).expect("an adapter");
    assert!(gpu.profiler().is_none());
    assert!(
        !gpu.device()
            .features()
            .intersects(wgpu::Features::TIMESTAMP_QUERY),
        "timestamps are not even requested"
    );
}
