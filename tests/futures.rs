//! What a host does with the engine's futures: hands them to other threads, and drops them half way.

#[path = "support/host_device.rs"]
mod host_device;
#[path = "support/tiny_model.rs"]
mod tiny_model;

use std::ops::ControlFlow;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread::sleep;
use std::time::Duration;

use gss_wgpu::audio::{Audio, Mel};
use gss_wgpu::{
    AdapterChoice, Consent, Gpu, GpuOptions, Polling, Request, Style, Synthesizer, VocoderChoice,
    wgpu,
};

fn portable<T: Send + 'static>(_: T) {}

/// Compiling it is the test.
#[expect(dead_code, reason = "it asserts types, and runs nothing")]
fn futures_that_own_what_they_work_with_go_anywhere(
    gpu: Gpu,
    synthesizers: [Synthesizer; 5],
    request: Request,
    recordings: Vec<Audio>,
    mel: Mel,
) {
    portable(async { Gpu::new(&AdapterChoice::Auto).await });
    portable(async { Gpu::open(&GpuOptions::default()).await });
    portable(gpu.self_tested());
    let [mut a, mut b, mut c, mut d, mut e] = synthesizers;
    let one = request.clone();
    portable(async move { a.speak(&one, |_| ControlFlow::Continue(())).await });
    let one = request.clone();
    portable(async move { b.synthesize(&one, |_| ControlFlow::Continue(())).await });
    portable(async move {
        let go_on = |_| ControlFlow::Continue(());
        c.synthesize_batch(&[request], go_on).await
    });
    portable(async move {
        d.style_from_audio(&recordings, Consent::i_have_rights())
            .await
    });
    portable(async move {
        let go_on = |_, _| ControlFlow::Continue(());
        e.vocode(&mel, VocoderChoice::GriffinLim, go_on).await
    });
}

/// A device of an application that polls it itself.
fn host() -> (wgpu::Device, Gpu) {
    let (device, queue) = host_device::host();
    let gpu = Gpu::from_host(device.clone(), queue, Polling::Host).expect("what was asked for");
    (device, gpu)
}

#[test]
fn a_future_that_is_dropped_half_way_leaves_the_synthesizer_as_it_was() {
    let (device, gpu) = host();
    let folder = tempfile::tempdir().expect("a temporary folder");
    tiny_model::write(folder.path(), &tiny_model::config());
    let mut synthesizer = Synthesizer::load(&gpu, folder.path()).expect("the model is sound");
    let values = (0..8_i16).map(|i| f32::from(i).sin()).collect();
    let style = Style::new(values, Default::default()).expect("finite values");
    let request = Request {
        steps: Some(8),
        ..Request::new("It speaks. Then it speaks again.", style)
    };
    let mut context = Context::from_waker(Waker::noop());
    // Polls the future so often, and the device between; the speech, if it came to that.
    let mut poll = |synthesizer: &mut Synthesizer, times: usize| {
        let mut speech = pin!(synthesizer.synthesize(&request, |_| ControlFlow::Continue(())));
        for _ in 0..times {
            if let Poll::Ready(speech) = speech.as_mut().poll(&mut context) {
                return Some(speech.expect("speech"));
            }
            device
                .poll(wgpu::PollType::Poll)
                .expect("the device is there");
            sleep(Duration::from_millis(1));
        }
        None
    };
    let whole = poll(&mut synthesizer, usize::MAX).expect("enough polls");
    for times in [1, 2, 5, 9] {
        assert!(
            poll(&mut synthesizer, times).is_none(),
            "{times} polls are few"
        );
        let again = poll(&mut synthesizer, usize::MAX).expect("enough polls");
        assert_eq!(
            again.audio, whole.audio,
            "after a future dropped at poll {times}"
        );
    }
}
