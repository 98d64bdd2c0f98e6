//! Models with a one-dimensional score network through the synthesizer, with a tiny one of random weights:
//! what they hear of a reference, and the melodies that they are asked for.

mod support;
#[path = "support/tiny_model.rs"]
mod tiny_model;

use std::ops::ControlFlow;

use gss_wgpu::audio::Audio;
use gss_wgpu::diffusion::Parameterization;
use gss_wgpu::model::config::{PitchPredictorConfig, ReferenceEncoderConfig, ScoreTcnConfig};
use gss_wgpu::model::{ModelConfig, ReferenceFeatures, Style, StyleOrigin};
use gss_wgpu::synth::{Consent, Request, Speech, SynthError, Synthesizer};

const ENTRY: usize = 6;
const VOICE: usize = 5;

fn config() -> ModelConfig {
    ModelConfig {
        score_unet: None,
        reference_encoder: Some(ReferenceEncoderConfig {
            hidden: 10,
            kernel: 3,
            entry: ENTRY,
            stride: 4,
        }),
        pitch_predictor: Some(PitchPredictorConfig {
            hidden: 12,
            ffn: 16,
            ffn_kernel: 3,
            heads: 2,
            layers: 1,
            voice_layers: 2,
            voice_hidden: 7,
            voice: VOICE,
            kernel: 3,
            frame_layers: 1,
        }),
        score_tcn: Some(ScoreTcnConfig {
            hidden: 16,
            conditioning: 8,
            layers: 3,
            kernel: 3,
            dilations: vec![1, 2],
            heads: 2,
            attention_every: 2,
            time_scale: 1000.0,
            parameterization: Parameterization::Velocity,
        }),
        ..tiny_model::config()
    }
}

fn model() -> Synthesizer {
    let folder = tempfile::tempdir().unwrap();
    tiny_model::write(folder.path(), &config());
    Synthesizer::load(support::gpu(), folder.path()).unwrap()
}

fn features(entries: usize, seed: f32) -> ReferenceFeatures {
    let wave = |count: usize| (0..count).map(|i| (seed + i as f32).sin()).collect();
    ReferenceFeatures::new(wave(entries * ENTRY), ENTRY, wave(VOICE)).unwrap()
}

fn style(features: Option<ReferenceFeatures>) -> Style {
    let values = (0..8_i16).map(|i| f32::from(i).sin()).collect();
    let style = Style::new(values, StyleOrigin::default()).unwrap();
    style.with_features(features)
}

fn request(entries: usize, seed: f32) -> Request {
    Request::new("It speaks.", style(Some(features(entries, seed))))
}

fn largest_difference(a: &Speech, b: &Speech) -> f32 {
    let values = a.mel.data().iter().zip(b.mel.data());
    values.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

fn pitches(speech: &Speech) -> Vec<Option<f64>> {
    let tokens = speech
        .sentences
        .iter()
        .flat_map(|sentence| &sentence.tokens);
    tokens.map(|token| token.pitch).collect()
}

#[test]
fn voices_of_a_batch_keep_their_own_references_and_melodies() {
    let mut synthesizer = model();
    let requests = [
        request(3, 0.0),
        Request {
            pitch: 5.0,
            ..request(40, 1.0)
        },
        Request {
            intonation: 0.0,
            ..request(256, 2.0)
        },
    ];
    let together = synthesizer.synthesize_batch(&requests, |_| ControlFlow::Continue(()));
    let together = pollster::block_on(together).unwrap();
    let mut alone = Vec::new();
    for (request, together) in requests.iter().zip(&together) {
        let speech = synthesizer.synthesize_blocking(request).unwrap();
        assert!(largest_difference(&speech, together) < 1e-3);
        alone.push(speech);
    }
    assert!(largest_difference(&alone[0], &alone[1]) > 1e-3);
}

#[test]
fn a_melody_is_moved_and_told() {
    let mut synthesizer = model();
    let mut speak = |pitch, intonation| {
        let request = Request {
            pitch,
            intonation,
            ..request(9, 0.0)
        };
        synthesizer.synthesize_blocking(&request).unwrap()
    };
    let (plain, raised, flat) = (speak(0.0, 1.0), speak(1.0, 1.0), speak(0.0, 0.0));
    let voiced = |speech: &Speech| -> Vec<f64> { pitches(speech).into_iter().flatten().collect() };
    assert!(
        !voiced(&plain).is_empty(),
        "the random model voices something"
    );
    let same_tokens = |speech: &Speech| {
        let both = pitches(speech).into_iter().zip(pitches(&plain));
        both.fold(true, |same, (a, b)| same && a.is_some() == b.is_some())
    };
    assert!(same_tokens(&raised) && same_tokens(&flat), "voicing stays");
    for (low, high) in voiced(&plain).iter().zip(voiced(&raised)) {
        let semitones = 12.0 * (high / low).log2();
        assert!((semitones - 1.0).abs() < 0.01, "{semitones}");
    }
    let flat = voiced(&flat);
    assert!(
        flat.iter().all(|hertz| (hertz - flat[0]).abs() < 1e-3),
        "{flat:?}"
    );
}

#[test]
fn a_recording_becomes_a_voice_with_entries_and_a_pitch() {
    let mut synthesizer = model();
    let recording = |hertz: f32| {
        let sample = |i: u16| {
            let time = f32::from(i) / 16_000.0;
            0.3 * (std::f32::consts::TAU * hertz * time).sin() * (0.6 + 0.4 * (11.0 * time).sin())
        };
        Audio {
            samples: (0..24_000).map(sample).collect(),
            sample_rate: 16_000,
        }
    };
    let mut voice = |recordings: &[Audio]| {
        pollster::block_on(synthesizer.style_from_prepared(recordings, Consent::i_have_rights()))
            .unwrap()
    };
    let (low, high) = (voice(&[recording(140.0)]), voice(&[recording(300.0)]));
    let both = voice(&[recording(140.0), recording(300.0)]);
    let [low, high, both_features] =
        [&low, &high, &both].map(|style| style.features().expect("the model has entries"));
    // 1.5 s of frames of 16 ms, a quarter of them kept.
    assert!((20..=25).contains(&low.count()), "{}", low.count());
    let joined = [low.entries(), high.entries()].concat();
    assert_eq!(both_features.entries(), joined);
    for ((both, low), high) in both_features
        .pitch()
        .iter()
        .zip(low.pitch())
        .zip(high.pitch())
    {
        assert!((both - (low + high) / 2.0).abs() < 1e-5);
    }

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("voice.safetensors");
    both.write(&path).unwrap();
    let read = Style::read(&path).unwrap();
    let speak = |style| Request::new("Hello.", style);
    let first = synthesizer.synthesize_blocking(&speak(both)).unwrap();
    let second = synthesizer.synthesize_blocking(&speak(read)).unwrap();
    assert_eq!(first, second);
}

#[test]
fn what_a_model_cannot_do_is_refused() {
    let mut tcn = model();
    let other = ReferenceFeatures::new(vec![0.5; 8], 4, vec![0.5; VOICE]).unwrap();
    for (features, sentence) in [
        (
            None,
            "the style has no entries of its reference, and this model needs entries of 6",
        ),
        (Some(other), "the style has entries of 4 values"),
    ] {
        let request = Request::new("Hello.", style(features));
        let error = tcn.synthesize_blocking(&request).unwrap_err();
        assert!(matches!(error, SynthError::StyleFeatures { .. }));
        assert!(error.to_string().contains(sentence), "{error}");
    }
    for (pitch, intonation, sentence) in [
        (13.0, 1.0, "between -12 and 12 semitones, not at 13"),
        (f32::NAN, 1.0, "not at NaN"),
        (0.0, 3.5, "between 0 and 3, not at 3.5"),
        (0.0, -0.1, "between 0 and 3, not at -0.1"),
    ] {
        let request = Request {
            pitch,
            intonation,
            ..request(5, 0.0)
        };
        let error = tcn.synthesize_blocking(&request).unwrap_err().to_string();
        assert!(error.contains(sentence), "{error}");
    }

    let folder = tempfile::tempdir().unwrap();
    tiny_model::write(folder.path(), &tiny_model::config());
    let mut unet = Synthesizer::load(support::gpu(), folder.path()).unwrap();
    let plain = Request::new("Hello.", style(None));
    for request in [
        Request {
            pitch: 1.0,
            ..plain.clone()
        },
        Request {
            intonation: 0.5,
            ..plain.clone()
        },
    ] {
        let error = unet.synthesize_blocking(&request).unwrap_err();
        assert!(matches!(error, SynthError::NoPitch), "{error}");
    }
    let speech = unet.synthesize_blocking(&plain).unwrap();
    assert!(pitches(&speech).iter().all(Option::is_none));
    let error = unet.synthesize_blocking(&request(5, 0.0)).unwrap_err();
    assert!(error.to_string().contains("needs no entries"), "{error}");
}
