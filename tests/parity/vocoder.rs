//! `HiFi-GAN` in its three versions, and the source-filter vocoder: its network, and the sound of what
//! the network controls.

use gss_wgpu::audio::{Mel, SourceFilter};
use gss_wgpu::model::config::VocoderConfig;
use gss_wgpu::model::stages::{Extent, VocoderStage, input};
use gss_wgpu::model::vocoder::network_mel;

use crate::engine::{AdapterEngine, Engine, Input, OracleEngine};
use crate::golden::{Golden, assert_close};

fn vocoder(engine: &dyn Engine, name: &str, output: &str) {
    let golden = Golden::open(name);
    let mel = golden.array("input.mel");
    let extent = Extent {
        batch: mel.extent(0),
        tokens: 0,
        frames: mel.extent(2),
    };
    let config = golden.config.vocoder.as_ref().unwrap();
    let stage = VocoderStage::new(config, golden.config.audio.n_mels, extent).unwrap();
    let seen = mel.floats().into_iter();
    let inputs = [
        Input::Floats(
            input::MEL,
            seen.map(|value| network_mel(config, value)).collect(),
        ),
        Input::Integers(
            input::FRAME_LENGTHS,
            golden.array("input.lengths").integers(),
        ),
    ];
    let results = engine.run(&stage.graph, &golden.weights, &inputs, &[stage.output]);
    let expected = golden.array(output);
    assert_close(name, &results[0], &expected.values, engine.tolerance());
}

#[test]
fn oracle_vocoder_v1() {
    vocoder(&OracleEngine, "vocoder_v1", "output.audio");
}

#[test]
fn oracle_vocoder_v2() {
    vocoder(&OracleEngine, "vocoder_v2", "output.audio");
}

#[test]
fn oracle_vocoder_v3() {
    vocoder(&OracleEngine, "vocoder_v3", "output.audio");
}

#[test]
fn adapter_vocoder_v1() {
    vocoder(&AdapterEngine, "vocoder_v1", "output.audio");
}

#[test]
fn adapter_vocoder_v2() {
    vocoder(&AdapterEngine, "vocoder_v2", "output.audio");
}

#[test]
fn adapter_vocoder_v3() {
    vocoder(&AdapterEngine, "vocoder_v3", "output.audio");
}

#[test]
fn oracle_vocoder_source_filter() {
    vocoder(&OracleEngine, "vocoder_source_filter", "output.controls");
}

#[test]
fn adapter_vocoder_source_filter() {
    vocoder(&AdapterEngine, "vocoder_source_filter", "output.controls");
}

/// Needs no engine. The golden's noise is inaudibly low, since it comes from another generator.
#[test]
fn controls_sound_as_in_pytorch() {
    let golden = Golden::open("rendering");
    let Some(VocoderConfig::SourceFilter(config)) = &golden.config.vocoder else {
        panic!("the golden is of a source-filter vocoder")
    };
    let source_filter = SourceFilter::new(&golden.config.audio, &config.source).unwrap();
    let mel = golden.array("input.mel");
    let (n_mels, frames) = (mel.extent(0), mel.extent(1));
    let mel = Mel::new(mel.floats(), n_mels, frames).unwrap();
    let controls = golden.array("input.controls").floats();
    let audio = source_filter.render_unmarked(&mel, &controls, 0).unwrap();
    let samples: Vec<f64> = audio.samples.iter().map(|&s| f64::from(s)).collect();
    let expected = golden.array("output.audio");
    assert_close("rendering", &samples, &expected.values, 1e-4);
}
