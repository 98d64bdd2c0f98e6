//! The score network, with each way for the style to enter and each parameterization.

use gss_wgpu::diffusion::MAX_STEPS;
use gss_wgpu::graph::{DType, Graph, Shape};
use gss_wgpu::model::config::StyleInput;
use gss_wgpu::model::score_unet::style_channel;
use gss_wgpu::model::stages::{Extent, StepStage, input};

use crate::engine::{AdapterEngine, Engine, Input, OracleEngine};
use crate::golden::{Array, Golden, assert_close};

/// The step's style input: the vectors themselves, or the pictures that the network makes of them.
pub(crate) fn style_input(
    engine: &dyn Engine,
    golden: &Golden,
    style: &Array,
    frames: usize,
    lengths: &[u32],
) -> Vec<f32> {
    if golden.config.score_unet.as_ref().unwrap().style == StyleInput::TimeEmbedding {
        return style.floats();
    }
    let batch = style.extent(0);
    let mut graph = Graph::new();
    let columns = graph.lengths(input::FRAME_LENGTHS, batch);
    let vector = graph.input(
        input::STYLE,
        Shape::vector(batch, style.extent(1)),
        DType::F32,
    );
    let shape = Shape::sequence(batch, 1, frames);
    let zeros = graph.masked_input(input::ZEROS, shape, DType::U32, columns);
    let channel = style_channel(&mut graph, golden.config.audio.n_mels, vector, zeros).unwrap();
    graph.output(channel);
    let inputs = [
        Input::Floats(input::STYLE, style.floats()),
        Input::Integers(input::ZEROS, vec![0; batch * frames]),
        Input::Integers(input::FRAME_LENGTHS, lengths.to_vec()),
    ];
    let results = engine.run(&graph, &golden.weights, &inputs, &[channel]);
    results[0].iter().map(|&value| value as f32).collect()
}

/// A solver table with one row, padded to the size of the input.
pub(crate) fn padded_table(rows: &[f32]) -> Vec<f32> {
    let mut table = rows.to_vec();
    table.resize(MAX_STEPS * 8, 0.0);
    table
}

fn score_unet(engine: &dyn Engine, name: &str) {
    let golden = Golden::open(name);
    let mean = golden.array("input.mu").channels_first();
    let noisy = golden.array("input.noisy").channels_first();
    let style = golden.array("input.style");
    let lengths = golden.array("input.lengths").integers();
    let times = golden.array("input.t").values;
    let (batch, frames) = (mean.extent(0), mean.extent(2));

    let extent = Extent {
        batch,
        tokens: 0,
        frames,
    };
    let mut stage = StepStage::new(&golden.config, extent).unwrap();
    stage.graph.output(stage.network);
    let styles = style_input(engine, &golden, &style, frames, &lengths);
    let network = golden.array("output.network").channels_first();
    let clean = golden.array("output.clean").channels_first();
    let schedule = golden.config.schedule().unwrap();
    // In the golden each item has its own time; a step has one for all, so each item is compared in a
    // run at its time. The row returns the clean estimate, without bound.
    for (item, &time) in times.iter().enumerate() {
        let parameterization = golden.config.score_network().unwrap().parameterization();
        let (p, q) = parameterization.clean_estimate(&schedule, time);
        let row = [
            time as f32,
            p as f32,
            q as f32,
            0.0,
            1.0,
            0.0,
            0.0,
            f32::MAX,
        ];
        let inputs = [
            Input::Floats(input::MEAN, mean.floats()),
            Input::Floats(input::STATE, noisy.floats()),
            Input::Floats(input::CLEAN, vec![0.0; mean.values.len()]),
            Input::Floats(input::STYLE, styles.clone()),
            Input::Floats(input::TABLE, padded_table(&row)),
            Input::Integers(input::STEP, vec![0]),
            Input::Integers(input::SEEDS, vec![0; 2 * batch]),
            Input::Integers(input::FRAME_LENGTHS, lengths.clone()),
        ];
        let outputs = [stage.network, stage.state];
        let results = engine.run(&stage.graph, &golden.weights, &inputs, &outputs);
        let of_item = |values: &[f64]| {
            let size = values.len() / batch;
            values[item * size..(item + 1) * size].to_vec()
        };
        let tolerance = engine.tolerance();
        assert_close(name, &of_item(&results[0]), network.item(item), tolerance);
        let expected: Vec<_> = mean
            .item(item)
            .iter()
            .zip(clean.item(item))
            .map(|(mean, clean)| mean + clean)
            .collect();
        assert_close(
            &format!("{name}, clean"),
            &of_item(&results[1]),
            &expected,
            tolerance,
        );
    }
}

#[test]
fn oracle_score_unet_with_style_in_the_time_embedding() {
    score_unet(&OracleEngine, "score_unet_time_embedding");
}

#[test]
fn oracle_score_unet_with_a_style_channel() {
    score_unet(&OracleEngine, "score_unet_channel");
}

#[test]
fn oracle_score_unet_that_predicts_noise() {
    score_unet(&OracleEngine, "score_unet_noise");
}

#[test]
fn adapter_score_unet_with_style_in_the_time_embedding() {
    score_unet(&AdapterEngine, "score_unet_time_embedding");
}

#[test]
fn adapter_score_unet_with_a_style_channel() {
    score_unet(&AdapterEngine, "score_unet_channel");
}

#[test]
fn adapter_score_unet_that_predicts_noise() {
    score_unet(&AdapterEngine, "score_unet_noise");
}
