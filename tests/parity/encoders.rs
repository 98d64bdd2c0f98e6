//! Style, text and prior encoder, and the duration predictor.

use gss_wgpu::graph::{DType, Graph, Shape};
use gss_wgpu::model::stages::{Extent, StyleStage, input};
use gss_wgpu::model::{duration_predictor, prior_encoder, text_encoder};

use crate::engine::{AdapterEngine, Engine, Input, OracleEngine};
use crate::golden::{Golden, assert_close};

fn style_encoder(engine: &dyn Engine) {
    let golden = Golden::open("style_encoder");
    let mel = golden.array("input.mel").channels_first();
    let extent = Extent {
        batch: mel.extent(0),
        tokens: 0,
        frames: mel.extent(2),
    };
    let stage = StyleStage::new(&golden.config, extent).unwrap();
    let lengths = golden.array("input.lengths").integers();
    let inputs = [
        Input::Floats(input::MEL, mel.floats()),
        Input::Integers(input::FRAME_LENGTHS, lengths),
    ];
    let results = engine.run(&stage.graph, &golden.weights, &inputs, &[stage.style]);
    let expected = golden.array("output.style");
    assert_close("style", &results[0], &expected.values, engine.tolerance());
}

fn text_encoder(engine: &dyn Engine) {
    let golden = Golden::open("text_encoder");
    let ids = golden.array("input.tokens");
    let (batch, tokens) = (ids.extent(0), ids.extent(1));
    let mut graph = Graph::new();
    let lengths = graph.lengths(input::TOKEN_LENGTHS, batch);
    let shape = Shape::sequence(batch, 1, tokens);
    let tensor = graph.masked_input(input::IDS, shape, DType::U32, lengths);
    let symbols = golden.config.symbols.len();
    let text =
        text_encoder::build(&mut graph, &golden.config.text_encoder, symbols, tensor).unwrap();
    graph.output(text);
    let inputs = [
        Input::Integers(input::IDS, ids.integers()),
        Input::Integers(
            input::TOKEN_LENGTHS,
            golden.array("input.lengths").integers(),
        ),
    ];
    let results = engine.run(&graph, &golden.weights, &inputs, &[text]);
    let expected = golden.array("output.text").channels_first();
    assert_close("text", &results[0], &expected.values, engine.tolerance());
}

fn duration_predictor(engine: &dyn Engine) {
    let golden = Golden::open("duration_predictor");
    let text = golden.array("input.text").channels_first();
    let style = golden.array("input.style");
    let (batch, tokens) = (text.extent(0), text.extent(2));
    let mut graph = Graph::new();
    let lengths = graph.lengths(input::TOKEN_LENGTHS, batch);
    let shape = Shape::sequence(batch, text.extent(1), tokens);
    let hidden = graph.masked_input(input::HIDDEN, shape, DType::F32, lengths);
    let shape = Shape::vector(batch, style.extent(1));
    let vector = graph.input(input::STYLE, shape, DType::F32);
    let config = &golden.config.duration_predictor;
    let logs = duration_predictor::build(&mut graph, config, hidden, vector).unwrap();
    graph.output(logs);
    let inputs = [
        Input::Floats(input::HIDDEN, text.floats()),
        Input::Floats(input::STYLE, style.floats()),
        Input::Integers(
            input::TOKEN_LENGTHS,
            golden.array("input.lengths").integers(),
        ),
    ];
    let results = engine.run(&graph, &golden.weights, &inputs, &[logs]);
    let expected = golden.array("output.log_durations");
    assert_close(
        "log durations",
        &results[0],
        &expected.values,
        engine.tolerance(),
    );
}

#[test]
fn durations_are_the_reference_s() {
    let golden = Golden::open("duration_predictor");
    let logs = golden.array("output.log_durations").floats();
    let lengths = golden.array("input.lengths").integers();
    let expected = golden.array("output.frames");
    let tokens = expected.extent(1);
    for (item, &length) in lengths.iter().enumerate() {
        let valid = item * tokens..item * tokens + length as usize;
        let offset = golden.config.sampling.duration_offset;
        let frames: Vec<_> = logs[valid.clone()]
            .iter()
            .map(|&log| duration_predictor::frames(log, offset, 1.0, 1000))
            .collect();
        assert_eq!(frames, expected.integers()[valid]);
    }
}

fn prior_encoder(engine: &dyn Engine) {
    let golden = Golden::open("prior_encoder");
    // The golden gives one hidden state a frame: as many tokens as frames, each one frame long.
    let text = golden.array("input.text").channels_first();
    let style = golden.array("input.style");
    let (batch, frames) = (text.extent(0), text.extent(2));
    let lengths = golden.array("input.lengths").integers();
    let index: Vec<u32> = lengths
        .iter()
        .flat_map(|&n| (0..frames as u32).map(move |i| if i < n { i } else { 0 }))
        .collect();

    let mut graph = Graph::new();
    let columns = graph.lengths(input::FRAME_LENGTHS, batch);
    let shape = Shape::sequence(batch, text.extent(1), frames);
    let hidden = graph.masked_input(input::HIDDEN, shape, DType::F32, columns);
    let shape = Shape::sequence(batch, 1, frames);
    let per_frame = graph.masked_input(input::INDEX, shape, DType::U32, columns);
    let vector = graph.input(
        input::STYLE,
        Shape::vector(batch, style.extent(1)),
        DType::F32,
    );
    let (config, n_mels) = (&golden.config.prior_encoder, golden.config.audio.n_mels);
    let mean = prior_encoder::build(&mut graph, config, n_mels, hidden, per_frame, vector).unwrap();
    graph.output(mean);
    let inputs = [
        Input::Floats(input::HIDDEN, text.floats()),
        Input::Integers(input::INDEX, index),
        Input::Floats(input::STYLE, style.floats()),
        Input::Integers(input::FRAME_LENGTHS, lengths),
    ];
    let results = engine.run(&graph, &golden.weights, &inputs, &[mean]);
    let expected = golden.array("output.mu").channels_first();
    assert_close("mean", &results[0], &expected.values, engine.tolerance());
}

#[test]
fn oracle_style_encoder() {
    style_encoder(&OracleEngine);
}

#[test]
fn oracle_text_encoder() {
    text_encoder(&OracleEngine);
}

#[test]
fn oracle_duration_predictor() {
    duration_predictor(&OracleEngine);
}

#[test]
fn oracle_prior_encoder() {
    prior_encoder(&OracleEngine);
}

#[test]
fn adapter_style_encoder() {
    style_encoder(&AdapterEngine);
}

#[test]
fn adapter_text_encoder() {
    text_encoder(&AdapterEngine);
}

#[test]
fn adapter_duration_predictor() {
    duration_predictor(&AdapterEngine);
}

#[test]
fn adapter_prior_encoder() {
    prior_encoder(&AdapterEngine);
}
