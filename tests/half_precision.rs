//! The shipped model in half precision: how far its mel is from the one in single precision.

mod support;

use std::path::Path;

use gss_wgpu::gpu::Capabilities;
use gss_wgpu::model::Style;
use gss_wgpu::synth::{Request, Synthesizer};
use support::gpu;

/// Root of the mean squared difference that half precision may make, in the mel's own unit, the natural
/// logarithm of a magnitude: one per cent of a magnitude, far below what is heard.
const BOUND: f64 = 0.01;

#[test]
fn half_precision_says_the_same() {
    let half = Capabilities {
        shared_tiles: true,
        f16_arithmetic: true,
        ..Capabilities::PORTABLE
    };
    let device = gpu().planning_for(half);
    if device.capabilities() != half {
        eprintln!("not run: {} computes no halfs", gpu().adapter_info().name);
        return;
    }
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("weights/small");
    let style = Style::read(&model.join("voices/linda.safetensors")).expect("a voice of the model");
    let request = Request {
        steps: Some(2),
        ..Request::new("It speaks.", style)
    };
    let mel = |capabilities| {
        let device = gpu().planning_for(capabilities);
        let mut synthesizer = Synthesizer::load(&device, &model).expect("the shipped model loads");
        synthesizer
            .synthesize_blocking(&request)
            .expect("a short sentence")
            .mel
    };
    let (exact, half) = (mel(half.single_precision()), mel(half));
    assert_eq!(
        exact.frames(),
        half.frames(),
        "a duration was rounded otherwise"
    );
    let squares = exact
        .data()
        .iter()
        .zip(half.data())
        .map(|(a, b)| f64::from(a - b).powi(2));
    let difference = (squares.sum::<f64>() / exact.data().len() as f64).sqrt();
    println!("half precision changes the mel by {difference:.2e}");
    assert!(difference > 0.0, "nothing was computed in half precision");
    assert!(difference <= BOUND, "the mel differs by {difference}");
}
