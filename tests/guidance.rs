//! Classifier-free guidance through the synthesizer, with a tiny model of random weights.

mod support;
#[path = "support/tiny_model.rs"]
mod tiny_model;

use std::ops::ControlFlow;

use gss_wgpu::model::{Style, StyleOrigin};
use gss_wgpu::synth::{Request, Speech, Synthesizer};

fn request(guidance: Option<f32>) -> Request {
    let values = (0..8_i16).map(|i| f32::from(i).sin()).collect();
    let style = Style::new(values, StyleOrigin::default()).unwrap();
    Request {
        guidance,
        ..Request::new("It speaks. Twice, even!", style)
    }
}

fn largest_difference(a: &Speech, b: &Speech) -> f32 {
    assert_eq!(a.sentences, b.sentences, "durations are not guided");
    let values = a.mel.data().iter().zip(b.mel.data());
    values.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn guidance_follows_the_style_further() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = tiny_model::config();
    let unet = config
        .score_unet
        .as_mut()
        .expect("the tiny model has a U-Net");
    unet.null_style = true;
    tiny_model::write(folder.path(), &config);
    let mut synthesizer = Synthesizer::load(support::gpu(), folder.path()).unwrap();
    let mut speak = |guidance| synthesizer.synthesize_blocking(&request(guidance)).unwrap();
    let plain = speak(None);
    assert_eq!(plain, speak(Some(1.0)));
    let more = speak(Some(2.0));
    assert!(largest_difference(&plain, &more) > 1e-2);

    let requests = [2.0, 3.0, 2.0].map(|guidance| request(Some(guidance)));
    let batch = synthesizer.synthesize_batch(&requests, |_| ControlFlow::Continue(()));
    let batch = pollster::block_on(batch).unwrap();
    for speech in [&batch[0], &batch[2]] {
        let difference = largest_difference(speech, &more);
        assert!(difference < 1e-3, "the batch differs by {difference}");
    }
    assert!(largest_difference(&batch[1], &more) > 1e-2);
}

#[test]
fn the_memory_of_guided_steps_counts() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = tiny_model::config();
    config.score_unet.as_mut().unwrap().null_style = true;
    tiny_model::write(folder.path(), &config);
    let mut synthesizer = Synthesizer::load(support::gpu(), folder.path()).unwrap();
    synthesizer.synthesize_blocking(&request(None)).unwrap();
    let plain = synthesizer.device_bytes();
    // The same sentences again: the other stages have their plans.
    synthesizer.synthesize_blocking(&request(None)).unwrap();
    assert_eq!(synthesizer.device_bytes(), plain);
    synthesizer
        .synthesize_blocking(&request(Some(2.0)))
        .unwrap();
    assert!(synthesizer.device_bytes() > plain);
}
