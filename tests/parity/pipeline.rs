//! From a reference and tokens to a mel spectrogram.

use gss_wgpu::model::stages::{Extent, PriorStage, StyleStage, TextStage, input};

use crate::engine::{AdapterEngine, Engine, Input, OracleEngine};
use crate::golden::{Array, Golden, assert_close};
use crate::solvers::{Start, diffuse};

fn pipeline(engine: &dyn Engine) {
    let golden = Golden::open("pipeline");
    let (config, tolerance) = (&golden.config, engine.tolerance());

    let reference = golden.array("input.reference").channels_first();
    let (batch, frames) = (reference.extent(0), reference.extent(2));
    let stage = StyleStage::new(
        config,
        Extent {
            batch,
            tokens: 0,
            frames,
        },
    )
    .unwrap();
    let lengths = golden.array("input.reference_lengths").integers();
    let inputs = [
        Input::Floats(input::MEL, reference.floats()),
        Input::Integers(input::FRAME_LENGTHS, lengths),
    ];
    let style = engine
        .run(&stage.graph, &golden.weights, &inputs, &[stage.style])
        .remove(0);
    assert_close(
        "style",
        &style,
        &golden.array("output.style").values,
        tolerance,
    );
    let style = Array {
        shape: vec![batch, style.len() / batch],
        values: style,
    };

    let ids = golden.array("input.tokens");
    let tokens = ids.extent(1);
    let stage = TextStage::new(
        config,
        Extent {
            batch,
            tokens,
            frames: 0,
        },
    )
    .unwrap();
    let token_lengths = golden.array("input.lengths").integers();
    let inputs = [
        Input::Integers(input::IDS, ids.integers()),
        Input::Integers(input::TOKEN_LENGTHS, token_lengths.clone()),
        Input::Floats(input::STYLE, style.floats()),
    ];
    let outputs = [stage.hidden, stage.log_durations];
    let mut results = engine.run(&stage.graph, &golden.weights, &inputs, &outputs);
    let (logs, hidden) = (results.pop().unwrap(), results.pop().unwrap());
    let expected = golden.array("output.text").channels_first();
    assert_close("hidden states", &hidden, &expected.values, tolerance);
    assert_close(
        "log durations",
        &logs,
        &golden.array("output.log_durations").values,
        tolerance,
    );

    let durations = golden.array("output.frames").integers();
    let (index, frame_lengths) = repeat(&durations, tokens);
    let frames = index.len() / batch;
    let stage = PriorStage::new(
        config,
        Extent {
            batch,
            tokens,
            frames,
        },
    )
    .unwrap();
    let inputs = [
        Input::Floats(
            input::HIDDEN,
            hidden.iter().map(|&value| value as f32).collect(),
        ),
        Input::Integers(input::TOKEN_LENGTHS, token_lengths),
        Input::Integers(input::INDEX, index),
        Input::Integers(input::FRAME_LENGTHS, frame_lengths.clone()),
        Input::Floats(input::STYLE, style.floats()),
        Input::Integers(input::SEEDS, vec![0; 2 * batch]),
        Input::Floats(input::DEVIATION, vec![0.0]),
    ];
    let outputs = [stage.mean, stage.state];
    let mut results = engine.run(&stage.graph, &golden.weights, &inputs, &outputs);
    let (state, mean) = (results.pop().unwrap(), results.pop().unwrap());
    let expected = golden.array("output.mu").channels_first();
    assert_close("mean", &mean, &expected.values, tolerance);
    assert_close("start without noise", &state, &mean, tolerance);

    let mean = Array {
        shape: expected.shape,
        values: mean,
    };
    let noise = golden.array("input.noise").channels_first();
    let solver = config.sampling.solver;
    let start = Start {
        mean: &mean,
        style: &style,
        lengths: &frame_lengths,
        noise: &noise,
        step_noise: &[],
    };
    let mel = diffuse(engine, &golden, solver, start);
    let expected = golden.array("output.mel").channels_first();
    assert_close("mel", &mel, &expected.values, 10.0 * tolerance);
}

/// The token of each frame, padded with zeros to the longest item, and the number of frames.
fn repeat(durations: &[u32], tokens: usize) -> (Vec<u32>, Vec<u32>) {
    let items = durations.chunks_exact(tokens);
    let lengths: Vec<u32> = items.clone().map(|item| item.iter().sum()).collect();
    let longest = lengths.iter().copied().max().unwrap_or(0) as usize;
    let index = items.flat_map(|item| {
        let frames = item
            .iter()
            .zip(0..)
            .flat_map(|(&n, token)| (0..n).map(move |_| token));
        let mut frames: Vec<u32> = frames.collect();
        frames.resize(longest, 0);
        frames
    });
    (index.collect(), lengths)
}

#[test]
fn oracle_pipeline() {
    pipeline(&OracleEngine);
}

#[test]
fn adapter_pipeline() {
    pipeline(&AdapterEngine);
}
