//! Wall-clock time of work on a device, waiting included.

use std::time::{Duration, Instant};

use gss_wgpu::gpu::{Gpu, GpuError};

/// A sample lasts at least so long, so that one submission and one wait (some 0.1 ms together) do not
/// count.
const SAMPLE: Duration = Duration::from_millis(20);

/// Most repetitions in one sample: bounds the commands that are encoded before the device is waited
/// for.
const MAX_REPETITIONS: usize = 1 << 14;

/// Time of one call, in seconds, with the wait for its end.
pub(super) async fn once(
    gpu: &Gpu,
    call: impl FnOnce() -> Result<(), GpuError>,
) -> Result<f64, GpuError> {
    let start = Instant::now();
    call()?;
    gpu.finish().await?;
    Ok(start.elapsed().as_secs_f64())
}

/// Time of one repetition in each of `samples` samples, in seconds; in fewer, but at least one, where
/// they take longer than `longest` seconds together. `repeat(n)` submits the work `n` times. The first
/// call is not counted: drivers compile then.
pub(super) async fn samples(
    gpu: &Gpu,
    samples: usize,
    longest: f64,
    mut repeat: impl FnMut(usize) -> Result<(), GpuError>,
) -> Result<Vec<f64>, GpuError> {
    gpu.finish().await?;
    once(gpu, || repeat(1)).await?;
    let mut times = 1;
    let mut seconds = once(gpu, || repeat(times)).await?;
    while seconds < SAMPLE.as_secs_f64() && times < MAX_REPETITIONS {
        let factor = (1.2 * SAMPLE.as_secs_f64() / seconds).clamp(2.0, 16.0);
        times = scaled(times, factor).min(MAX_REPETITIONS);
        seconds = once(gpu, || repeat(times)).await?;
    }
    let mut measured = vec![seconds / times as f64];
    let mut spent = seconds;
    while measured.len() < samples && spent < longest {
        let seconds = once(gpu, || repeat(times)).await?;
        measured.push(seconds / times as f64);
        spent += seconds;
    }
    Ok(measured)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a few thousand repetitions"
)]
fn scaled(times: usize, factor: f64) -> usize {
    (times as f64 * factor).ceil() as usize
}
