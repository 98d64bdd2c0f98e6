//! Voices with a transport through the synthesizer, with a tiny model of random weights.

mod support;
#[path = "support/tiny_model.rs"]
mod tiny_model;

use std::ops::ControlFlow;

use gss_wgpu::audio::Audio;
use gss_wgpu::model::config::TransportConfig;
use gss_wgpu::model::{Style, StyleOrigin, Transport};
use gss_wgpu::synth::{Consent, Request, Speech, SynthError, Synthesizer};

/// Bands of the tiny model's mels.
const BANDS: usize = 20;

fn model(transport: Option<TransportConfig>) -> Synthesizer {
    let folder = tempfile::tempdir().unwrap();
    let mut config = tiny_model::config();
    config.transport = transport;
    tiny_model::write(folder.path(), &config);
    Synthesizer::load(support::gpu(), folder.path()).unwrap()
}

fn transporting() -> Synthesizer {
    model(Some(TransportConfig {
        text: "It speaks. Twice, even!".to_owned(),
        speech_range: 4.0,
        shrinkage: 0.3,
    }))
}

fn style(transport: Option<Transport>) -> Style {
    let values = (0..8_i16).map(|i| f32::from(i).sin()).collect();
    let style = Style::new(values, StyleOrigin::default()).unwrap();
    style.with_transport(transport)
}

fn request(transport: Option<Transport>) -> Request {
    Request::new("It speaks.", style(transport))
}

fn shifted(by: f32) -> Transport {
    let identity = Transport::identity(BANDS);
    Transport::new(identity.map().to_vec(), vec![by; BANDS]).unwrap()
}

fn largest_difference(a: &Speech, b: &Speech) -> f32 {
    assert_eq!(a.sentences, b.sentences, "durations are not transported");
    let values = a.mel.data().iter().zip(b.mel.data());
    values.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn the_diffusion_runs_around_the_transported_mean() {
    let plain = model(None).synthesize_blocking(&request(None)).unwrap();
    let mut synthesizer = transporting();
    let mut speak = |transport| {
        let request = request(transport);
        synthesizer.synthesize_blocking(&request).unwrap()
    };
    let neutral = speak(Some(Transport::identity(BANDS)));
    assert!(largest_difference(&plain, &neutral) < 1e-5);
    // The clean estimate stays within the clip of 3 around the mean, so a large shift must show.
    let far = speak(Some(shifted(50.0)));
    let mean = |speech: &Speech| {
        let data = speech.mel.data();
        data.iter().sum::<f32>() / data.len() as f32
    };
    let moved = mean(&far) - mean(&neutral);
    assert!((43.0..57.0).contains(&moved), "{moved}");
}

#[test]
fn voices_of_a_batch_keep_their_own_transports() {
    let mut synthesizer = transporting();
    let requests = [0.0, 2.0, -1.0].map(|by| request(Some(shifted(by))));
    let together = synthesizer.synthesize_batch(&requests, |_| ControlFlow::Continue(()));
    let together = pollster::block_on(together).unwrap();
    for (request, together) in requests.iter().zip(&together) {
        let alone = synthesizer.synthesize_blocking(request).unwrap();
        assert!(largest_difference(&alone, together) < 1e-3);
    }
}

#[test]
fn a_recording_becomes_a_voice_with_a_transport() {
    let mut synthesizer = transporting();
    let recording = {
        let sample = |i: u16| {
            let time = f32::from(i) / 16_000.0;
            0.3 * (900.0 * time).sin() * (0.6 + 0.4 * (11.0 * time).sin())
        };
        Audio {
            samples: (0..24_000).map(sample).collect(),
            sample_rate: 16_000,
        }
    };
    let voice =
        pollster::block_on(synthesizer.style_from_prepared(&[recording], Consent::i_have_rights()))
            .unwrap();
    let transport = voice.transport().expect("the model transports");
    assert_eq!(transport.offset().len(), BANDS);
    assert_ne!(transport, &Transport::identity(BANDS));

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("voice.safetensors");
    voice.write(&path).unwrap();
    let read = Style::read(&path).unwrap();
    let speak = |style| Request::new("Hello.", style);
    let first = synthesizer.synthesize_blocking(&speak(voice)).unwrap();
    let second = synthesizer.synthesize_blocking(&speak(read)).unwrap();
    assert_eq!(first, second);
}

#[test]
fn styles_of_other_models_are_refused() {
    let identity = Some(Transport::identity(BANDS));
    let narrow = Some(Transport::identity(BANDS - 1));
    for (mut synthesizer, transport, sentence) in [
        (
            transporting(),
            None,
            "the style has no transport, and this model needs a transport of 20 bands",
        ),
        (
            transporting(),
            narrow,
            "a transport of 19 bands, and this model needs a transport of 20 bands",
        ),
        (
            model(None),
            identity,
            "a transport of 20 bands, and this model needs no transport",
        ),
    ] {
        let error = synthesizer
            .synthesize_blocking(&request(transport))
            .unwrap_err();
        assert!(matches!(error, SynthError::StyleTransport { .. }));
        assert!(error.to_string().contains(sentence), "{error}");
    }
}
