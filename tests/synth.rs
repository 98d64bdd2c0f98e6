//! Whole syntheses with a tiny model of random weights: what comes out is noise, but it must be the
//! right noise.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the tests' numbers are small"
)]

mod support;
#[path = "support/tiny_model.rs"]
mod tiny_model;

use std::ops::ControlFlow;

use gss_wgpu::audio::{Audio, GriffinLim, Mel, SourceFilter, SourceFilterSpec};
use gss_wgpu::diffusion::{MAX_STEPS, SolverTable};
use gss_wgpu::gpu::{Executable, Gpu, Polling, WeightStore};
use gss_wgpu::graph::oracle::Value;
use gss_wgpu::graph::{Graph, Oracle, TensorId};
use gss_wgpu::model::config::{SourceFilterConfig, VocoderConfig};
use gss_wgpu::model::stages::{Extent, PriorStage, StepStage, TextStage, VocoderStage, input};
use gss_wgpu::model::vocoder::network_mel;
use gss_wgpu::model::{ModelConfig, ModelWeights, Style, StyleOrigin, VocoderChoice};
use gss_wgpu::synth::{
    Consent, Event, Request, Speech, StageName, SynthError, Synthesizer, sentence_seed,
};
use gss_wgpu::text::{FrontEnd, SymbolTable};
use tempfile::TempDir;

fn model() -> (TempDir, Synthesizer) {
    let folder = tempfile::tempdir().unwrap();
    tiny_model::write(folder.path(), &tiny_model::config());
    let synthesizer = Synthesizer::load(support::gpu(), folder.path()).unwrap();
    (folder, synthesizer)
}

/// The tiny model with a source-filter vocoder, its default one.
fn with_source_filter() -> ModelConfig {
    let vocoder = SourceFilterConfig {
        channels: 12,
        kernel: 3,
        dilations: vec![1, 4],
        source: SourceFilterSpec {
            steps_per_frame: 2,
            pitch_bins: 24,
            lowest_pitch: 80.0,
            pitch_cents: 100.0,
        },
    };
    ModelConfig {
        vocoder: Some(VocoderConfig::SourceFilter(vocoder)),
        default_vocoder: VocoderChoice::SourceFilter,
        ..tiny_model::config()
    }
}

fn style(seed: f32) -> Style {
    let values = (0..8_i16).map(|i| (seed + f32::from(i)).sin()).collect();
    Style::new(values, StyleOrigin::default()).unwrap()
}

fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max)
}

fn speak(synthesizer: &mut Synthesizer, request: &Request) -> Speech {
    synthesizer.synthesize_blocking(request).unwrap()
}

#[test]
fn the_seed_decides_the_samples_and_nothing_else() {
    let (_folder, mut synthesizer) = model();
    let request = Request::new("It speaks. Twice, even!", style(0.0));
    let first = speak(&mut synthesizer, &request);
    let second = speak(&mut synthesizer, &request);
    assert_eq!(
        first, second,
        "the same seed gives the same samples, bit for bit"
    );
    let other = speak(&mut synthesizer, &Request { seed: 1, ..request });
    assert_eq!(
        other.sentences, first.sentences,
        "durations do not depend on the seed"
    );
    assert!(largest_difference(first.mel.data(), other.mel.data()) > 0.1);
    assert_ne!(other.audio.samples, first.audio.samples);
}

#[test]
fn every_sentence_has_the_level_of_speech_and_none_is_clipped() {
    let (_folder, mut synthesizer) = model();
    let rate = f64::from(synthesizer.config().audio.sample_rate);
    let speech = speak(
        &mut synthesizer,
        &Request::new("One. Two three.", style(0.0)),
    );
    for sentence in &speech.sentences {
        let range =
            (sentence.start * rate).round() as usize..(sentence.end * rate).round() as usize;
        let samples = &speech.audio.samples[range];
        let peak = samples.iter().fold(0f32, |peak, s| peak.max(s.abs()));
        assert!(peak <= 0.7, "peak {peak}");
        let loudness = lufs(samples, speech.audio.sample_rate);
        assert!((loudness + 23.0).abs() < 1.0, "{loudness} LUFS");
    }
}

/// Loudness by EBU R128 of samples that are heard over and over, since a gating block lasts 0.4 s.
fn lufs(samples: &[f32], sample_rate: u32) -> f64 {
    let mut meter = ebur128::EbuR128::new(1, sample_rate, ebur128::Mode::I).unwrap();
    for _ in 0..(3 * sample_rate as usize).div_ceil(samples.len()) {
        meter.add_frames_f32(samples).unwrap();
    }
    meter.loudness_global().unwrap()
}

#[test]
fn audio_mel_and_timings_have_one_clock() {
    let (_folder, mut synthesizer) = model();
    let spec = synthesizer.config().audio.clone();
    let speech = speak(
        &mut synthesizer,
        &Request::new("One. Two three.", style(0.0)),
    );
    assert_eq!(
        speech.audio.samples.len(),
        speech.mel.frames() * spec.hop_length
    );
    assert_eq!(speech.sentences.len(), 2);
    let end = speech.sentences[1].end;
    assert!((end - speech.audio.seconds()).abs() < 1e-9);
    let gap = speech.sentences[1].start - speech.sentences[0].end;
    assert!((0.29..0.31).contains(&gap), "the gap is {gap} s");
    for sentence in &speech.sentences {
        let tokens = &sentence.tokens;
        assert_eq!(
            (tokens[0].start, tokens[tokens.len() - 1].end),
            (sentence.start, sentence.end)
        );
        assert!(tokens.windows(2).all(|pair| pair[0].end == pair[1].start));
        assert!(tokens.iter().all(|token| token.end > token.start));
    }
    // The gap is silent in the samples and in the mel.
    let second = |time: f64| (time * f64::from(spec.sample_rate)).round() as usize;
    let gap = second(speech.sentences[0].end)..second(speech.sentences[1].start);
    assert!(
        speech.audio.samples[gap]
            .iter()
            .all(|&sample| sample == 0.0)
    );
}

#[test]
fn a_batch_gives_what_each_gives_alone() {
    let (_folder, mut synthesizer) = model();
    let texts = [
        "Yes.",
        "A somewhat longer sentence, with a pause.",
        "Two of them. Here.",
    ];
    let requests: Vec<_> = texts
        .iter()
        .zip(0_u8..)
        .map(|(&text, i)| Request {
            seed: u64::from(i) << 40,
            speed: 1.0 + f32::from(i) / 4.0,
            ..Request::new(text, style(f32::from(i)))
        })
        .collect();
    let go_on = |_| ControlFlow::Continue(());
    let together = pollster::block_on(synthesizer.synthesize_batch(&requests, go_on)).unwrap();
    for (request, speech) in requests.iter().zip(&together) {
        let alone = speak(&mut synthesizer, request);
        assert_eq!(alone.sentences, speech.sentences);
        // Other shapes may be reduced in another order: f32 rounding through a few layers.
        let difference = largest_difference(alone.mel.data(), speech.mel.data());
        assert!(
            difference < 1e-3,
            "{:?} differs by {difference}",
            request.text
        );
        let difference = largest_difference(&alone.audio.samples, &speech.audio.samples);
        assert!(
            difference < 1e-3,
            "{:?} sounds different by {difference}",
            request.text
        );
    }
}

#[test]
fn sentences_computed_together_are_the_same_sentences() {
    let (_folder, synthesizer) = model();
    let request = Request::new(
        "It speaks. It speaks again. And it speaks once more.",
        style(0.0),
    );
    let mut synthesizer = synthesizer.with_sentences_at_once(1);
    let one_by_one = speak(&mut synthesizer, &request);
    let mut synthesizer = synthesizer.with_sentences_at_once(4);
    let mut diffusions = 0;
    let together = pollster::block_on(synthesizer.synthesize(&request, |progress| {
        let ended = progress.stage == StageName::Diffusion && progress.done == progress.total;
        diffusions += usize::from(ended);
        ControlFlow::Continue(())
    }));
    let together = together.unwrap();
    assert_eq!(diffusions, 2, "the first alone, the others together");
    assert_eq!(one_by_one.sentences, together.sentences);
    assert_eq!(together.sentences.len(), 3);
    let difference = largest_difference(&one_by_one.audio.samples, &together.audio.samples);
    assert!(difference < 1e-3, "it sounds different by {difference}");
}

#[test]
fn a_batch_too_large_for_the_device_goes_one_by_one() {
    // WebGPU's baseline of 128 MiB a binding, which the attention weights of two such sentences exceed.
    let instance = wgpu::Instance::default();
    let adapter = pollster::block_on(instance.request_adapter(&Default::default())).unwrap();
    let (device, queue) =
        pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor::default())).unwrap();
    let gpu = Gpu::from_host(device, queue, Polling::Owned).unwrap();
    let folder = tempfile::tempdir().unwrap();
    tiny_model::write(folder.path(), &tiny_model::config());
    let mut synthesizer = Synthesizer::load(&gpu, folder.path()).unwrap();
    let text = "seven words of a rather long sentence ".repeat(6);
    let long = Request {
        speed: 0.85,
        steps: Some(1),
        ..Request::new(text, style(0.0))
    };
    let go_on = |_| ControlFlow::Continue(());
    let requests = [long.clone(), long];
    let speech = pollster::block_on(synthesizer.synthesize_batch(&requests, go_on)).unwrap();
    let frames = speech[0].mel.frames();
    assert!(
        2 * 2 * 4 * frames * frames > 128 << 20,
        "{frames} frames would fit together"
    );
    assert_eq!(speech[0].mel, speech[1].mel);
}

#[test]
fn requests_with_different_steps_share_a_batch_call() {
    let (_folder, mut synthesizer) = model();
    let short = Request::new("Yes.", style(0.0));
    let requests = [
        short.clone(),
        Request {
            steps: Some(5),
            ..short.clone()
        },
        short.clone(),
    ];
    let go_on = |_| ControlFlow::Continue(());
    let speech = pollster::block_on(synthesizer.synthesize_batch(&requests, go_on)).unwrap();
    assert!(largest_difference(speech[0].mel.data(), speech[2].mel.data()) < 1e-3);
    assert!(largest_difference(speech[0].mel.data(), speech[1].mel.data()) > 1e-3);
}

/// Runs a graph in the oracle.
fn oracle(
    graph: &Graph,
    weights: &ModelWeights,
    floats: &[(&str, &[f32])],
    integers: &[(&str, &[u32])],
    outputs: &[TensorId],
) -> Vec<Vec<f32>> {
    let mut oracle = Oracle::new(graph, weights).unwrap();
    floats
        .iter()
        .for_each(|(name, values)| oracle.set_floats(name, values).unwrap());
    integers
        .iter()
        .for_each(|(name, values)| oracle.set_integers(name, values).unwrap());
    let values = oracle.run().unwrap();
    let floats = |id: &TensorId| {
        let value = values.get(*id).map(Value::as_floats).unwrap();
        value.iter().map(|&value| value as f32).collect()
    };
    outputs.iter().map(floats).collect()
}

#[test]
fn the_synthesizer_computes_what_the_oracle_does_without_any_padding() {
    let (folder, mut synthesizer) = model();
    let config = synthesizer.config().clone();
    let (text, seed) = ("A word, or two.", 99);
    let request = Request {
        seed,
        ..Request::new(text, style(2.0))
    };
    let speech = speak(&mut synthesizer, &request);

    let weights = ModelWeights::load(folder.path(), &config).unwrap();
    let sentence = FrontEnd::new()
        .unwrap()
        .sentences(text)
        .next()
        .unwrap()
        .unwrap();
    let ids = SymbolTable::new(&config.symbols).unwrap().encode(&sentence);
    let tokens = ids.len();
    assert!(
        !tokens.is_multiple_of(16),
        "this length must need padding in the synthesizer"
    );
    let token_lengths = [tokens as u32];
    let values = request.style.values();

    let stage = TextStage::new(
        &config,
        Extent {
            batch: 1,
            tokens,
            frames: 0,
        },
    )
    .unwrap();
    let hidden = oracle(
        &stage.graph,
        &weights,
        &[(input::STYLE, values)],
        &[(input::IDS, &ids), (input::TOKEN_LENGTHS, &token_lengths)],
        &[stage.hidden],
    );
    let rate = f64::from(config.audio.sample_rate) / config.audio.hop_length as f64;
    let durations = speech.sentences[0]
        .tokens
        .iter()
        .map(|token| ((token.end - token.start) * rate).round());
    let index: Vec<u32> = durations
        .zip(0..)
        .flat_map(|(frames, token)| (0..frames as u32).map(move |_| token))
        .collect();
    let frames = index.len();
    assert!(
        !frames.is_multiple_of(32),
        "this length must need padding in the synthesizer"
    );

    let table = SolverTable::new(
        &config.schedule().unwrap(),
        config.score_network().unwrap().parameterization(),
        &config.own_sampling(),
    )
    .unwrap();
    let seed = sentence_seed(seed, 0);
    let seeds = [seed as u32, (seed >> 32) as u32];
    let deviation = [config.sampling.temperature * table.start_sigma() as f32];
    let extent = Extent {
        batch: 1,
        tokens,
        frames,
    };
    let stage = PriorStage::new(&config, extent).unwrap();
    let lengths = [frames as u32];
    let prior = oracle(
        &stage.graph,
        &weights,
        &[
            (input::HIDDEN, &hidden[0]),
            (input::STYLE, values),
            (input::DEVIATION, &deviation),
        ],
        &[
            (input::TOKEN_LENGTHS, &token_lengths),
            (input::FRAME_LENGTHS, &lengths),
            (input::INDEX, &index),
            (input::SEEDS, &seeds),
        ],
        &[stage.mean, stage.state],
    );

    let stage = StepStage::new(&config, extent).unwrap();
    let mut rows = table.to_f32();
    rows.resize(MAX_STEPS * 8, 0.0);
    let mut steps = Oracle::new(&stage.graph, &weights).unwrap();
    steps.set_floats(input::MEAN, &prior[0]).unwrap();
    steps.set_floats(input::STATE, &prior[1]).unwrap();
    steps
        .set_floats(input::CLEAN, &vec![0.0; prior[0].len()])
        .unwrap();
    steps.set_floats(input::STYLE, values).unwrap();
    steps.set_floats(input::TABLE, &rows).unwrap();
    steps.set_integers(input::STEP, &[0]).unwrap();
    steps.set_integers(input::SEEDS, &seeds).unwrap();
    steps.set_integers(input::FRAME_LENGTHS, &lengths).unwrap();
    let mut mel = Vec::new();
    for _ in table.rows() {
        let values = steps.run().unwrap();
        let state = values.get(stage.state).map(Value::as_floats).unwrap();
        mel = state.iter().map(|&value| value as f32).collect();
    }
    let difference = largest_difference(speech.mel.data(), &mel);
    assert!(difference < 2e-3, "the mel differs by {difference}");
}

/// What a model's own vocoder makes of a long mel, and what its network makes of it in one piece.
fn in_parts_and_whole(config: &ModelConfig) -> (Mel, Audio, Vec<f32>) {
    let folder = tempfile::tempdir().unwrap();
    tiny_model::write(folder.path(), config);
    let mut synthesizer = Synthesizer::load(support::gpu(), folder.path()).unwrap();
    let (n_mels, frames) = (config.audio.n_mels, 1100);
    let data: Vec<f32> = (0..n_mels * frames)
        .map(|i| ((i * i) as f32 * 0.013).sin())
        .collect();
    let mel = Mel::new(data, n_mels, frames).unwrap();
    let mut parts = 0;
    let count = |done, _| {
        parts = done;
        ControlFlow::Continue(())
    };
    let vocoder = config.vocoder.as_ref().unwrap();
    let own = vocoder.choice();
    let in_parts = pollster::block_on(synthesizer.vocode_unmarked(&mel, own, count)).unwrap();
    assert_eq!(parts, 3);

    let weights = ModelWeights::load(folder.path(), config).unwrap();
    let extent = Extent {
        batch: 1,
        tokens: 0,
        frames,
    };
    let stage = VocoderStage::new(vocoder, n_mels, extent).unwrap();
    let mut store = WeightStore::new();
    let source = |name: &str| weights.get(name).map(|tensor| tensor.data);
    store.upload(support::gpu(), &stage.graph, &source).unwrap();
    let program = support::gpu().plan(&stage.graph).unwrap();
    let whole = Executable::new(support::gpu(), &stage.graph, &program, &store).unwrap();
    let seen: Vec<f32> = (mel.data().iter())
        .map(|&value| network_mel(vocoder, value))
        .collect();
    whole.write_f32(input::MEL, &seen).unwrap();
    whole
        .write_u32(input::FRAME_LENGTHS, &[frames as u32])
        .unwrap();
    whole.run(1).unwrap();
    let whole = pollster::block_on(whole.read_f32(stage.output)).unwrap();
    (mel, in_parts, whole)
}

#[test]
fn a_long_mel_in_parts_sounds_like_the_whole() {
    let (_, in_parts, whole) = in_parts_and_whole(&tiny_model::config());
    let difference = largest_difference(&in_parts.samples, &whole);
    assert!(difference < 1e-5, "the parts differ by {difference}");
}

#[test]
fn controls_in_parts_sound_like_the_whole() {
    let config = with_source_filter();
    let (mel, in_parts, controls) = in_parts_and_whole(&config);
    let Some(VocoderConfig::SourceFilter(vocoder)) = &config.vocoder else {
        panic!("the model was made with it")
    };
    let source_filter = SourceFilter::new(&config.audio, &vocoder.source).unwrap();
    let rendered = source_filter.render_unmarked(&mel, &controls, 0).unwrap();
    let griffin_lim = GriffinLim::new(&config.audio).unwrap();
    let whole = griffin_lim
        .with_magnitudes_unmarked(&mel, &rendered)
        .unwrap();
    let loudest = whole.samples.iter().fold(0f32, |peak, s| peak.max(s.abs()));
    let difference = largest_difference(&in_parts.samples, &whole.samples);
    // Contours of pitch are integrated: rounding in the controls adds up over 18 seconds.
    assert!(
        difference < 1e-3 * loudest,
        "the parts differ by {difference} of {loudest}"
    );
}

#[test]
fn a_model_speaks_through_its_own_vocoder_and_through_no_other_network() {
    let folder = tempfile::tempdir().unwrap();
    tiny_model::write(folder.path(), &with_source_filter());
    let mut synthesizer = Synthesizer::load(support::gpu(), folder.path()).unwrap();
    let request = Request::new("It speaks.", style(0.0));
    let speech = speak(&mut synthesizer, &request);
    let own = Some(VocoderChoice::SourceFilter);
    let named = Request {
        vocoder: own,
        ..request.clone()
    };
    assert_eq!(speech, speak(&mut synthesizer, &named));
    let hop = synthesizer.config().audio.hop_length;
    assert_eq!(speech.audio.samples.len(), hop * speech.mel.frames());
    assert!(
        speech
            .audio
            .samples
            .iter()
            .any(|sample| sample.abs() > 0.01)
    );

    let other = Request {
        vocoder: Some(VocoderChoice::HifiGan),
        ..request
    };
    let error = synthesizer.synthesize_blocking(&other).unwrap_err();
    assert!(
        matches!(error, SynthError::NoVocoder(VocoderChoice::HifiGan)),
        "{error}"
    );
    assert!(error.to_string().contains("no hifi-gan vocoder"), "{error}");
}

#[test]
fn a_long_text_comes_sentence_by_sentence_and_can_be_stopped() {
    let (_folder, mut synthesizer) = model();
    let text =
        "A sentence of a few words. And one more of another length, for variety. ".repeat(20);
    let request = Request {
        steps: Some(1),
        ..Request::new(text, style(0.0))
    };
    let (mut heard, mut last, mut most) = (Vec::new(), 0.0, 0);
    let outcome = pollster::block_on(synthesizer.speak(&request, |event| {
        match event {
            Event::Progress(progress) => {
                assert_eq!((progress.sentence, progress.sentences), (heard.len(), 40));
                assert!(progress.done <= progress.total);
            }
            Event::Sentence(sentence) => {
                assert!(sentence.timing.start >= last);
                last = sentence.timing.end;
                most = most.max(sentence.samples.len());
                heard.push(sentence.timing.text);
            }
        }
        if heard.len() == 6 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }));
    assert!(matches!(outcome, Err(SynthError::Cancelled)), "{outcome:?}");
    assert_eq!(heard.len(), 6);
    assert_eq!(heard[0], heard[2]);
    assert_ne!(heard[0], heard[1]);
}

#[test]
fn references_become_a_style() {
    let (_folder, mut synthesizer) = model();
    let tone = |seconds: f32, pitch: f32| {
        let sample = |i| (i as f32 / 16_000.0 * pitch * std::f32::consts::TAU).sin() * 0.3;
        let samples = (0..(seconds * 16_000.0) as usize).map(sample).collect();
        Audio {
            samples,
            sample_rate: 16_000,
        }
    };
    // Prepared as they are: tones are no speech, and would be refused.
    let mut style = |references: &[Audio]| {
        pollster::block_on(synthesizer.style_from_prepared(references, Consent::i_have_rights()))
    };
    let low = style(&[tone(2.0, 110.0)]).unwrap();
    let high = style(&[tone(1.5, 440.0)]).unwrap();
    assert_eq!(low.values().len(), 8);
    assert!(largest_difference(low.values(), high.values()) > 1e-3);
    let both = style(&[tone(2.0, 110.0), tone(1.5, 440.0)]).unwrap();
    let mean: Vec<_> = low
        .values()
        .iter()
        .zip(high.values())
        .map(|(a, b)| (a + b) / 2.0)
        .collect();
    assert!(largest_difference(both.values(), &mean) < 1e-5);
    assert!(matches!(style(&[]), Err(SynthError::NoReference)));
    let short = pollster::block_on(
        synthesizer.style_from_audio(&[tone(0.4, 110.0)], Consent::i_have_rights()),
    );
    let short = short.unwrap_err().to_string();
    assert!(short.contains("0.4"), "{short}");
    let tones = pollster::block_on(
        synthesizer.style_from_audio(&[tone(2.0, 110.0)], Consent::i_have_rights()),
    );
    assert!(matches!(tones, Err(SynthError::Audio(_))));
}

#[test]
fn impossible_requests_are_refused_with_a_reason() {
    let (_folder, mut synthesizer) = model();
    let request = Request::new("Hello.", style(0.0));
    let foreign = Style::new(vec![0.5; 3], StyleOrigin::default()).unwrap();
    for (request, expected) in [
        (
            Request {
                text: " \n".into(),
                ..request.clone()
            },
            "",
        ),
        (
            Request {
                style: foreign,
                ..request.clone()
            },
            "the style has 3 values",
        ),
        (
            Request {
                speed: 0.0,
                ..request.clone()
            },
            "between 0.25 and 4, not at 0",
        ),
        (
            Request {
                speed: f32::NAN,
                ..request.clone()
            },
            "not at NaN",
        ),
        (
            Request {
                temperature: Some(-1.0),
                ..request.clone()
            },
            "temperature",
        ),
        (
            Request {
                guidance: Some(-0.5),
                ..request.clone()
            },
            "guidance must lie between 0 and 10, not at -0.5",
        ),
        (
            Request {
                guidance: Some(1.5),
                ..request.clone()
            },
            "no null style",
        ),
        (
            Request {
                steps: Some(0),
                ..request.clone()
            },
            "0 diffusion steps",
        ),
    ] {
        let error = synthesizer
            .synthesize_blocking(&request)
            .unwrap_err()
            .to_string();
        assert!(!error.is_empty() && error.contains(expected), "{error}");
    }
    let folder = tempfile::tempdir().unwrap();
    let error = Synthesizer::load(support::gpu(), folder.path())
        .unwrap_err()
        .to_string();
    assert!(error.contains("config.json"), "{error}");
}
