//! The one-dimensional score network with what serves it: reference encoder, pitch predictor, melody; and
//! the whole acoustic model that is made of them.

use gss_wgpu::audio::Harmonics;
use gss_wgpu::diffusion::SolverTable;
use gss_wgpu::graph::{DType, Graph, Shape, TensorId};
use gss_wgpu::model::pitch_predictor::{Melody, contour};
use gss_wgpu::model::stages::{
    Extent, PitchStage, PriorStage, StepStage, StyleStage, TextStage, input,
};
use gss_wgpu::model::{MAX_ENTRIES, pitch_predictor, reference_encoder};

use crate::engine::{AdapterEngine, Engine, Input, OracleEngine};
use crate::golden::{Array, Golden, assert_close};
use crate::score_unet::padded_table;

fn single(values: &[f64]) -> Vec<f32> {
    values.iter().map(|&value| value as f32).collect()
}

/// Entries `[batch, n, width]` as the step takes them, with room for the most that there may be.
fn entries_input(entries: &Array) -> Vec<f32> {
    let entries = entries.channels_first();
    let rows = entries.values.chunks_exact(entries.extent(2));
    rows.flat_map(|row| {
        let mut row = single(row);
        row.resize(MAX_ENTRIES, 0.0);
        row
    })
    .collect()
}

/// Every `stride`-th of the entries `[width, frames]` of an item that is so long, `[n, width]`.
fn kept(entries: &[f64], frames: usize, length: usize, stride: usize) -> Vec<f64> {
    let kept = (0..length).step_by(stride);
    kept.flat_map(|frame| entries[frame..].iter().step_by(frames).copied())
        .collect()
}

fn encodes_references(engine: &dyn Engine) {
    let golden = Golden::open("reference_encoder");
    let mel = golden.array("input.mel").channels_first();
    let (batch, frames) = (mel.extent(0), mel.extent(2));
    // The style stage holds the encoders of a reference; only the weights of this one are in the golden.
    let config = golden.config.reference_encoder.as_ref().unwrap();
    let mut graph = Graph::new();
    let lengths = graph.lengths(input::FRAME_LENGTHS, batch);
    let shape = Shape::sequence(batch, mel.extent(1), frames);
    let tensor = graph.masked_input(input::MEL, shape, DType::F32, lengths);
    let entries = reference_encoder::build(&mut graph, config, tensor).unwrap();
    graph.output(entries);
    let lengths = golden.array("input.lengths").integers();
    let inputs = [
        Input::Floats(input::MEL, mel.floats()),
        Input::Integers(input::FRAME_LENGTHS, lengths.clone()),
    ];
    let results = engine.run(&graph, &golden.weights, &inputs, &[entries]);
    let expected = golden.array("output.entries");
    let size = results[0].len() / batch;
    for (item, &length) in lengths.iter().enumerate() {
        let made = &results[0][item * size..(item + 1) * size];
        let made = kept(made, frames, length as usize, config.stride);
        let expected = &expected.item(item)[..made.len()];
        assert_close("entries", &made, expected, engine.tolerance());
    }
}

#[test]
fn a_melody_is_made_and_drawn_as_in_the_reference() {
    let golden = Golden::open("melody");
    let melody = Melody {
        intonation: golden.config.sampling.intonation,
        semitones: golden.array("input.semitones").floats()[0],
    };
    let log_odds = golden.array("input.log_odds").floats();
    let octaves = golden.array("input.octaves").floats();
    let level = golden.array("input.level").floats()[0];
    let hertz = contour(&log_odds, &octaves, level, melody);
    let expected = golden.array("output.hertz");
    let wide = |values: &[f32]| values.iter().map(|&v| f64::from(v)).collect::<Vec<_>>();
    assert_close("hertz", &wide(&hertz), &expected.values, 1e-6);
    let drawn = Harmonics::new(&golden.config.audio).inputs(&expected.floats());
    let expected = golden.array("output.inputs");
    // The reference's filterbank is of single precision, before a logarithm.
    assert_close("inputs", &wide(&drawn), &expected.values, 2e-6);
}

fn predicts_pitch(engine: &dyn Engine) {
    let golden = Golden::open("pitch_predictor");
    let config = golden.config.pitch_predictor.as_ref().unwrap();
    let reference = golden.array("input.reference").channels_first();
    let batch = reference.extent(0);
    let mut graph = Graph::new();
    let lengths = graph.lengths(input::FRAME_LENGTHS, batch);
    let shape = Shape::sequence(batch, reference.extent(1), reference.extent(2));
    let mel = graph.masked_input(input::MEL, shape, DType::F32, lengths);
    let movement = pitch_predictor::movement(&mut graph, config, mel).unwrap();
    graph.output(movement);
    let inputs = [
        Input::Floats(input::MEL, reference.floats()),
        Input::Integers(
            input::FRAME_LENGTHS,
            golden.array("input.reference_lengths").integers(),
        ),
    ];
    let movements = engine
        .run(&graph, &golden.weights, &inputs, &[movement])
        .remove(0);
    let levels = golden.array("input.level").values;
    let voices: Vec<_> = movements
        .chunks_exact(movements.len() / batch)
        .zip(levels)
        .flat_map(|(movement, level)| [&[level], movement].concat())
        .collect();
    let expected = golden.array("output.voice");
    assert_close("voice", &voices, &expected.values, engine.tolerance());

    let text = golden.array("input.text").channels_first();
    let mean = golden.array("input.mu").channels_first();
    let extent = Extent {
        batch,
        tokens: text.extent(2),
        frames: mean.extent(2),
    };
    let stage = PitchStage::new(&golden.config, config, extent).unwrap();
    let integers = |name: &str| golden.array(name).integers();
    let inputs = [
        Input::Floats(input::HIDDEN, text.floats()),
        Input::Integers(input::TOKEN_LENGTHS, integers("input.lengths")),
        Input::Integers(input::INDEX, integers("input.token_of_frame")),
        Input::Integers(input::FRAME_LENGTHS, integers("input.frame_lengths")),
        Input::Floats(input::STYLE, golden.array("input.style").floats()),
        Input::Floats(input::VOICE, single(&voices)),
        Input::Floats(input::PLAIN_MEAN, mean.floats()),
    ];
    let results = engine.run(&stage.graph, &golden.weights, &inputs, &[stage.pitch]);
    let expected = golden.array("output.pitch").channels_first();
    assert_close("pitch", &results[0], &expected.values, engine.tolerance());
}

fn score_tcn(engine: &dyn Engine) {
    let golden = Golden::open("score_tcn");
    let noisy = golden.array("input.noisy").channels_first();
    let (batch, frames) = (noisy.extent(0), noisy.extent(2));
    let extent = Extent {
        batch,
        tokens: 0,
        frames,
    };
    let mut stage = StepStage::new(&golden.config, extent).unwrap();
    stage.graph.output(stage.network);
    let floats = |name: &str| golden.array(name).channels_first().floats();
    let integers = |name: &str| golden.array(name).integers();
    let expected = golden.array("output.network").channels_first();
    // In the golden each item has its own time; a step has one for all, so each item is compared in a
    // run at its time.
    for (item, &time) in golden.array("input.t").values.iter().enumerate() {
        let row = [time as f32, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, f32::MAX];
        let inputs = [
            Input::Floats(input::MEAN, floats("input.mu")),
            Input::Floats(input::STATE, noisy.floats()),
            Input::Floats(input::CLEAN, vec![0.0; noisy.values.len()]),
            Input::Floats(input::STYLE, golden.array("input.style").floats()),
            Input::Floats(
                input::ENTRIES,
                entries_input(&golden.array("input.entries")),
            ),
            Input::Integers(input::ENTRY_LENGTHS, integers("input.entry_lengths")),
            Input::Floats(input::PITCH, floats("input.pitch")),
            Input::Floats(input::TABLE, padded_table(&row)),
            Input::Integers(input::STEP, vec![0]),
            Input::Integers(input::SEEDS, vec![0; 2 * batch]),
            Input::Integers(input::FRAME_LENGTHS, integers("input.lengths")),
        ];
        let results = engine.run(&stage.graph, &golden.weights, &inputs, &[stage.network]);
        let size = results[0].len() / batch;
        let made = &results[0][item * size..(item + 1) * size];
        assert_close("network", made, expected.item(item), engine.tolerance());
    }
}

/// From a reference and tokens to a mel, one item, without any noise; each part is given what the engine
/// made before it.
fn pipeline(engine: &dyn Engine) {
    let golden = Golden::open("pipeline_tcn");
    let (config, tolerance) = (&golden.config, engine.tolerance());
    let tcn = config.score_network().unwrap().tcn().unwrap();
    let run = |graph: &Graph, inputs: &[Input], outputs: &[TensorId]| {
        engine.run(graph, &golden.weights, inputs, outputs)
    };
    let matches = |name: &str, made: &[f64], tolerance: f64| {
        let expected = golden.array(&format!("output.{name}"));
        let first = expected.shape.len() == 3 && name != "entries";
        let expected = if first {
            expected.channels_first()
        } else {
            expected
        };
        assert_close(name, made, &expected.values, tolerance);
    };

    let reference = golden.array("input.reference").channels_first();
    let heard = reference.extent(2);
    let of = |tokens: usize, frames: usize| Extent {
        batch: 1,
        tokens,
        frames,
    };
    let stage = StyleStage::new(config, of(0, heard)).unwrap();
    let features = stage.features.unwrap();
    let inputs = [
        Input::Floats(input::MEL, reference.floats()),
        Input::Integers(input::FRAME_LENGTHS, vec![heard as u32]),
    ];
    let outputs = [stage.style, features.entries, features.movement];
    let made = run(&stage.graph, &inputs, &outputs);
    let entries = kept(&made[1], heard, heard, tcn.reference.stride);
    matches("style", &made[0], tolerance);
    matches("entries", &entries, tolerance);
    let level = golden.array("input.level").values;
    let voice = [&level[..], &made[2]].concat();
    matches("voice", &voice, tolerance);
    let (style, voice) = (single(&made[0]), single(&voice));

    let ids = golden.array("input.tokens").integers();
    let tokens = ids.len();
    let stage = TextStage::new(config, of(tokens, 0)).unwrap();
    let inputs = [
        Input::Integers(input::IDS, ids),
        Input::Integers(input::TOKEN_LENGTHS, vec![tokens as u32]),
        Input::Floats(input::STYLE, style.clone()),
    ];
    let outputs = [stage.hidden, stage.log_durations];
    let made = run(&stage.graph, &inputs, &outputs);
    matches("text", &made[0], tolerance);
    matches("log_durations", &made[1], tolerance);
    let hidden = single(&made[0]);

    let durations = golden.array("output.frames").integers();
    let index: Vec<u32> = (0..)
        .zip(&durations)
        .flat_map(|(token, &frames)| (0..frames).map(move |_| token))
        .collect();
    let frames = index.len();
    let stage = PriorStage::new(config, of(tokens, frames)).unwrap();
    let shared = [
        Input::Floats(input::HIDDEN, hidden),
        Input::Integers(input::TOKEN_LENGTHS, vec![tokens as u32]),
        Input::Integers(input::INDEX, index),
        Input::Integers(input::FRAME_LENGTHS, vec![frames as u32]),
        Input::Floats(input::STYLE, style.clone()),
    ];
    let noise = [
        Input::Integers(input::SEEDS, vec![0; 2]),
        Input::Floats(input::DEVIATION, vec![0.0]),
    ];
    let inputs = [shared.to_vec(), noise.to_vec()].concat();
    let mean = run(&stage.graph, &inputs, &[stage.plain_mean.unwrap()]).remove(0);
    matches("mu", &mean, tolerance);

    let stage = PitchStage::new(config, tcn.pitch, of(tokens, frames)).unwrap();
    let own = [
        Input::Floats(input::VOICE, voice),
        Input::Floats(input::PLAIN_MEAN, single(&mean)),
    ];
    let inputs = [shared.to_vec(), own.to_vec()].concat();
    let made = run(&stage.graph, &inputs, &[stage.pitch]).remove(0);
    matches("pitch", &made, tolerance);
    let made = single(&made);
    let melody = Melody {
        intonation: config.sampling.intonation,
        semitones: 0.0,
    };
    let hertz = contour(&made[..frames], &made[frames..], level[0] as f32, melody);
    let wide: Vec<_> = hertz.iter().map(|&hertz| f64::from(hertz)).collect();
    matches("hertz", &wide, tolerance);

    let table = SolverTable::new(
        &config.schedule().unwrap(),
        tcn.score.parameterization,
        &config.own_sampling(),
    )
    .unwrap();
    let stage = StepStage::new(config, of(0, frames)).unwrap();
    let mut graph = stage.graph.clone();
    // The clean estimate is the update's second output.
    let update = graph.nodes().iter().rfind(|node| node.outputs.len() == 2);
    let estimate = update.unwrap().outputs[1];
    graph.output(estimate);
    let kept_entries = Array {
        shape: vec![1, entries.len() / tcn.reference.entry, tcn.reference.entry],
        values: entries,
    };
    let (mut state, mut clean) = (mean.clone(), vec![0.0; mean.len()]);
    for row in table.rows() {
        let inputs = [
            Input::Floats(input::MEAN, single(&mean)),
            Input::Floats(input::STATE, single(&state)),
            Input::Floats(input::CLEAN, single(&clean)),
            Input::Floats(input::STYLE, style.clone()),
            Input::Floats(input::ENTRIES, entries_input(&kept_entries)),
            Input::Integers(input::ENTRY_LENGTHS, vec![kept_entries.extent(1) as u32]),
            Input::Floats(input::PITCH, Harmonics::new(&config.audio).inputs(&hertz)),
            Input::Floats(input::TABLE, padded_table(&row.to_array())),
            Input::Integers(input::STEP, vec![0]),
            Input::Integers(input::SEEDS, vec![0; 2]),
            Input::Integers(input::FRAME_LENGTHS, vec![frames as u32]),
        ];
        let mut made = run(&graph, &inputs, &[stage.state, estimate]);
        clean = made.pop().unwrap();
        state = made.pop().unwrap();
    }
    matches("mel", &state, 10.0 * tolerance);
}

#[test]
fn oracle_reference_encoder() {
    encodes_references(&OracleEngine);
}

#[test]
fn oracle_pitch_predictor() {
    predicts_pitch(&OracleEngine);
}

#[test]
fn oracle_score_tcn() {
    score_tcn(&OracleEngine);
}

#[test]
fn oracle_pipeline_with_a_one_dimensional_network() {
    pipeline(&OracleEngine);
}

#[test]
fn adapter_reference_encoder() {
    encodes_references(&AdapterEngine);
}

#[test]
fn adapter_pitch_predictor() {
    predicts_pitch(&AdapterEngine);
}

#[test]
fn adapter_score_tcn() {
    score_tcn(&AdapterEngine);
}

#[test]
fn adapter_pipeline_with_a_one_dimensional_network() {
    pipeline(&AdapterEngine);
}
