//! `HiFi-GAN` in its three versions.

use gss_wgpu::model::stages::{Extent, VocoderStage, input};

use crate::engine::{AdapterEngine, Engine, Input, OracleEngine};
use crate::golden::{Golden, assert_close};

fn vocoder(engine: &dyn Engine, name: &str) {
    let golden = Golden::open(name);
    let mel = golden.array("input.mel");
    let extent = Extent {
        batch: mel.extent(0),
        tokens: 0,
        frames: mel.extent(2),
    };
    let config = golden.config.vocoder.as_ref().unwrap();
    let stage = VocoderStage::new(config, golden.config.audio.n_mels, extent).unwrap();
    let inputs = [
        Input::Floats(input::MEL, mel.floats()),
        Input::Integers(
            input::FRAME_LENGTHS,
            golden.array("input.lengths").integers(),
        ),
    ];
    let results = engine.run(&stage.graph, &golden.weights, &inputs, &[stage.samples]);
    let expected = golden.array("output.audio");
    assert_close(name, &results[0], &expected.values, engine.tolerance());
}

#[test]
fn oracle_vocoder_v1() {
    vocoder(&OracleEngine, "vocoder_v1");
}

#[test]
fn oracle_vocoder_v2() {
    vocoder(&OracleEngine, "vocoder_v2");
}

#[test]
fn oracle_vocoder_v3() {
    vocoder(&OracleEngine, "vocoder_v3");
}

#[test]
fn adapter_vocoder_v1() {
    vocoder(&AdapterEngine, "vocoder_v1");
}

#[test]
fn adapter_vocoder_v2() {
    vocoder(&AdapterEngine, "vocoder_v2");
}

#[test]
fn adapter_vocoder_v3() {
    vocoder(&AdapterEngine, "vocoder_v3");
}
