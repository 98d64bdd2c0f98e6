//! Speech as it is made: streams, synthesizers that share a model, and the stepper of a frame loop.

#[path = "support/host_device.rs"]
mod host_device;
#[path = "support/tiny_model.rs"]
mod tiny_model;

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use gss_wgpu::{
    AdapterChoice, Error, Gpu, Ready, Request, Stepped, Stepper, Style, Synthesizer, wgpu,
};
use host_device::host;
use pollster::block_on;

const TEXT: &str = "It speaks. Then it speaks again. And a third time.";

fn request() -> Request {
    let values = (0..8_i16).map(|i| f32::from(i).sin()).collect();
    let style = Style::new(values, Default::default()).expect("finite values");
    Request {
        steps: Some(4),
        ..Request::new(TEXT, style)
    }
}

fn model() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    tiny_model::write(folder.path(), &tiny_model::config());
    folder
}

fn synthesizer(folder: &Path) -> Synthesizer {
    let gpu = block_on(Gpu::new(&AdapterChoice::Auto)).expect("an adapter");
    Synthesizer::load(&gpu, folder).expect("the model is sound")
}

#[test]
fn a_stream_is_the_whole_and_gives_the_synthesizer_back() {
    let folder = model();
    let mut synthesizer = synthesizer(folder.path());
    let whole = synthesizer
        .synthesize_blocking(&request())
        .expect("speech")
        .audio
        .samples;
    for ahead in [0, 1, 8] {
        let mut stream = synthesizer
            .into_stream(request(), ahead)
            .expect("there are threads");
        let hop = 256;
        let mut joined = Vec::new();
        for sentence in stream.by_ref() {
            let sentence = sentence.expect("a sentence");
            joined.resize(joined.len() + sentence.gap_frames * hop, 0.0);
            joined.extend(sentence.samples);
        }
        assert_eq!(joined, whole, "{ahead} ahead");
        assert!(matches!(stream.try_next(), Ready::End));
        synthesizer = stream.into_synthesizer();
    }
    // One that is left after its first sentence is cancelled, and leaves the synthesizer as it was.
    let mut stream = synthesizer
        .into_stream(request(), 1)
        .expect("there are threads");
    assert!(stream.next().is_some_and(|first| first.is_ok()));
    let mut synthesizer = stream.into_synthesizer();
    let again = synthesizer.synthesize_blocking(&request()).expect("speech");
    assert_eq!(again.audio.samples, whole);
}

#[test]
fn what_cannot_be_said_is_a_streams_first_item() {
    let folder = model();
    let impossible = Request {
        speed: 100.0,
        ..request()
    };
    let mut stream = synthesizer(folder.path())
        .into_stream(impossible, 1)
        .expect("there are threads");
    assert!(matches!(stream.next(), Some(Err(Error::Speed(_)))));
    assert!(stream.next().is_none());
}

#[test]
fn siblings_share_weights_and_speak_alike() {
    let folder = model();
    let mut first = synthesizer(folder.path());
    let before = first.gpu().activity();
    let mut second = first.sibling().expect("a sibling");
    let made = second.gpu().activity() - before;
    assert_eq!((made.buffers, made.pipelines), (0, 0));
    let whole = first.synthesize_blocking(&request()).expect("speech");
    drop(first);
    assert_eq!(
        second
            .synthesize_blocking(&request())
            .expect("speech")
            .audio,
        whole.audio
    );
}

/// Frames until `stop` says so of what happened, or for too long.
fn frames(
    stepper: &mut Stepper,
    device: &wgpu::Device,
    mut stop: impl FnMut(Stepped) -> bool,
) -> Result<(), &'static str> {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(120) {
        device
            .poll(wgpu::PollType::Poll)
            .expect("the device is there");
        for news in stepper.advance(Duration::from_millis(4)) {
            if stop(news) {
                return Ok(());
            }
        }
        sleep(Duration::from_millis(1));
    }
    Err("two minutes of frames")
}

#[test]
fn a_stepper_says_the_same_frame_by_frame() {
    let folder = model();
    let whole = synthesizer(folder.path())
        .synthesize_blocking(&request())
        .expect("speech");
    let (device, queue) = host();
    let mut stepper =
        Stepper::load(device.clone(), queue, folder.path().to_owned()).expect("it starts");
    stepper.speak(request());
    let mut samples = Vec::new();
    frames(&mut stepper, &device, |news| match news {
        Stepped::Sentence(sentence) => {
            samples.resize(samples.len() + sentence.gap_frames * 256, 0.0);
            samples.extend(sentence.samples);
            false
        }
        Stepped::Failed(error) => panic!("{error}"),
        Stepped::Finished => true,
        Stepped::Ready | Stepped::Progress(_) => false,
    })
    .expect("it speaks");
    assert_eq!(samples.len(), whole.audio.samples.len());
    let pairs = samples.iter().zip(&whole.audio.samples);
    let worst = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    // The engine's own device may use other kernels than one that does not tell what it can do.
    assert!(worst < 1e-4, "they differ by {worst}");
}

#[test]
fn a_stepper_forgets_what_was_cancelled() {
    let folder = model();
    let (device, queue) = host();
    let mut stepper =
        Stepper::load(device.clone(), queue, folder.path().to_owned()).expect("it starts");
    stepper.speak(request());
    stepper.speak(request());
    frames(&mut stepper, &device, |news| {
        matches!(news, Stepped::Progress(_))
    })
    .expect("it speaks");
    stepper.cancel();
    stepper.speak(request());
    let mut sentences = 0;
    frames(&mut stepper, &device, |news| {
        sentences += usize::from(matches!(news, Stepped::Sentence(_)));
        matches!(news, Stepped::Finished)
    })
    .expect("it speaks again");
    assert_eq!(sentences, 3, "of the last request alone");
}

#[test]
fn a_stepper_that_is_told_to_stop_while_it_loads_speaks_afterwards() {
    let folder = model();
    let (device, queue) = host();
    let mut stepper =
        Stepper::load(device.clone(), queue, folder.path().to_owned()).expect("it starts");
    stepper.speak(request());
    stepper.cancel();
    stepper.speak(request());
    let mut sentences = 0;
    frames(&mut stepper, &device, |news| match news {
        Stepped::Sentence(_) => {
            sentences += 1;
            false
        }
        Stepped::Failed(error) => panic!("{error}"),
        Stepped::Finished => true,
        Stepped::Ready | Stepped::Progress(_) => false,
    })
    .expect("it speaks");
    assert_eq!(sentences, 3, "of the second request alone");
}

#[test]
fn a_stepper_tells_that_a_folder_is_no_model() {
    let (device, queue) = host();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut stepper =
        Stepper::load(device.clone(), queue, folder.path().to_owned()).expect("it starts");
    frames(&mut stepper, &device, |news| {
        matches!(news, Stepped::Failed(Error::Config(_)))
    })
    .expect("it tells");
}
