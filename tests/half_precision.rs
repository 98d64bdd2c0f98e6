//! The shipped model in half precision, with and without cooperative matrices: how far its mel is from the
//! one in single precision.

mod support;

use std::path::Path;

use gss_wgpu::audio::Mel;
use gss_wgpu::gpu::Capabilities;
use gss_wgpu::model::Style;
use gss_wgpu::synth::{Request, Synthesizer};
use support::gpu;

/// Root of the mean squared difference that half precision may make, in the mel's own unit, the natural
/// logarithm of a magnitude: one per cent of a magnitude, far below what is heard.
const BOUND: f64 = 0.01;

#[test]
fn half_precision_says_the_same() {
    let single = Capabilities {
        shared_tiles: true,
        ..Capabilities::PORTABLE
    };
    let half = Capabilities {
        f16_arithmetic: true,
        ..single
    };
    let matrices = Capabilities {
        matrices: gpu().runnable().matrices,
        ..single
    };
    let exact = mel(single);
    for (what, kind) in [("half precision", half), ("cooperative matrices", matrices)] {
        if kind == single || gpu().planning_for(kind).capabilities() != kind {
            eprintln!("not run: {} has no {what}", gpu().adapter_info().name);
            continue;
        }
        let other = mel(kind);
        let frames = (exact.frames(), other.frames());
        assert_eq!(frames.0, frames.1, "a duration was rounded otherwise");
        let pairs = exact.data().iter().zip(other.data());
        let squares: f64 = pairs.map(|(a, b)| f64::from(a - b).powi(2)).sum();
        let difference = (squares / exact.data().len() as f64).sqrt();
        println!("{what} changes the mel by {difference:.2e}");
        assert!(difference > 0.0, "nothing was computed with {what}");
        assert!(difference <= BOUND, "the mel differs by {difference}");
    }
}

/// A short sentence on a device with these kernels.
fn mel(capabilities: Capabilities) -> Mel {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("weights/small");
    let style = Style::read(&model.join("voices/linda.safetensors")).expect("a voice of the model");
    let device = gpu().planning_for(capabilities);
    let mut synthesizer = Synthesizer::load(&device, &model).expect("the shipped model loads");
    let request = Request {
        steps: Some(2),
        ..Request::new("It speaks.", style)
    };
    let speech = synthesizer.synthesize_blocking(&request);
    speech.expect("a short sentence").mel
}
