//! A host's device that goes away: a typed error wherever it happens, and a new device that speaks.

#[path = "support/host_device.rs"]
mod host_device;
#[path = "support/tiny_model.rs"]
mod tiny_model;

use std::future::Future;
use std::path::Path;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread::sleep;
use std::time::{Duration, Instant};

use gss_wgpu::gpu::GpuError;
use gss_wgpu::{Error, Gpu, Polling, Request, Stepped, Stepper, Style, Synthesizer, wgpu};
use host_device::host;

fn request() -> Request {
    let values = (0..8_i16).map(|i| f32::from(i).sin()).collect();
    let style = Style::new(values, Default::default()).expect("finite values");
    Request {
        steps: Some(8),
        ..Request::new("It speaks. Then it speaks again.", style)
    }
}

fn model() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    tiny_model::write(folder.path(), &tiny_model::config());
    folder
}

fn on_host(
    device: &wgpu::Device,
    queue: &wgpu::Queue,
    folder: &Path,
) -> Result<Synthesizer, Error> {
    let gpu = Gpu::from_host(device.clone(), queue.clone(), Polling::Host)?;
    Synthesizer::load(&gpu, folder)
}

/// What a future comes to while the host polls; the device is destroyed after so many polls.
fn polled<T>(device: &wgpu::Device, future: impl Future<Output = T>, destroyed_at: usize) -> T {
    let mut context = Context::from_waker(Waker::noop());
    let mut future = pin!(future);
    for i in 0.. {
        if i == destroyed_at {
            device.destroy();
        }
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        // A device that is gone may refuse to be polled.
        let _ = device.poll(wgpu::PollType::Poll);
        sleep(Duration::from_millis(1));
    }
    unreachable!("it polls until the future is ready")
}

fn is_lost<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::Gpu(GpuError::DeviceLost { .. })))
}

#[test]
fn a_device_that_goes_away_is_said_to_be_lost_and_another_one_speaks() {
    let folder = model();
    let go_on = |_| std::ops::ControlFlow::Continue(());
    let (device, queue) = host();
    let mut synthesizer = on_host(&device, &queue, folder.path()).expect("it loads");
    let whole = polled(
        &device,
        synthesizer.synthesize(&request(), go_on),
        usize::MAX,
    );
    let whole = whole.expect("speech").audio;

    for destroyed_at in [0, 1, 3, 7] {
        let (device, queue) = host();
        let mut synthesizer = on_host(&device, &queue, folder.path()).expect("it loads");
        let spoken = polled(
            &device,
            synthesizer.synthesize(&request(), go_on),
            destroyed_at,
        );
        assert!(
            is_lost(&spoken),
            "at poll {destroyed_at}: {:?}",
            spoken.err()
        );
        let again = polled(
            &device,
            synthesizer.synthesize(&request(), go_on),
            usize::MAX,
        );
        assert!(is_lost(&again), "and afterwards: {:?}", again.err());
    }

    let (device, queue) = host();
    device.destroy();
    let loaded = on_host(&device, &queue, folder.path());
    assert!(is_lost(&loaded), "while loading: {:?}", loaded.err());

    let (device, queue) = host();
    let mut synthesizer = on_host(&device, &queue, folder.path()).expect("it loads");
    let again = polled(
        &device,
        synthesizer.synthesize(&request(), go_on),
        usize::MAX,
    );
    assert_eq!(again.expect("speech").audio, whole);
}

#[test]
fn a_stepper_tells_of_a_lost_device() {
    let folder = model();
    let (device, queue) = host();
    let mut stepper =
        Stepper::load(device.clone(), queue, folder.path().to_owned()).expect("it starts");
    stepper.speak(request());
    let start = Instant::now();
    let mut lost = false;
    while !lost && start.elapsed() < Duration::from_secs(60) {
        let _ = device.poll(wgpu::PollType::Poll);
        for news in stepper.advance(Duration::from_millis(4)) {
            match news {
                Stepped::Progress(_) => device.destroy(),
                Stepped::Failed(Error::Gpu(GpuError::DeviceLost { .. })) => lost = true,
                Stepped::Failed(error) => panic!("{error}"),
                Stepped::Ready | Stepped::Sentence(_) => {}
                Stepped::Finished => panic!("it was lost before"),
            }
        }
        sleep(Duration::from_millis(1));
    }
    assert!(lost);
}
