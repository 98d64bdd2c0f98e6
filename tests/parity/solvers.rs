//! Solver tables, and whole reverse diffusions with given noise.

use gss_wgpu::diffusion::{Sampling, Solver, SolverTable};
use gss_wgpu::graph::Weights;
use gss_wgpu::model::ModelConfig;
use gss_wgpu::model::stages::{Extent, StepStage, input};
use gss_wgpu::model::weights::NULL_STYLE;

use crate::engine::{AdapterEngine, Engine, Input, OracleEngine};
use crate::golden::{Array, Golden, assert_close};
use crate::score_unet::{padded_table, style_input};

fn table(config: &ModelConfig, solver: Solver, steps: Option<usize>) -> SolverTable {
    let schedule = config.schedule().unwrap();
    let own = config.own_sampling();
    let sampling = Sampling {
        solver,
        steps: steps.unwrap_or(own.steps),
        ..own
    };
    let parameterization = config.score_network().unwrap().parameterization();
    SolverTable::new(&schedule, parameterization, &sampling).unwrap()
}

#[test]
fn solver_tables_are_the_reference_s() {
    let golden = Golden::open("solver_steps");
    for solver in Solver::ALL {
        for steps in [1, 2, 7] {
            let expected = golden.array(&format!("output.{solver}.{steps}")).values;
            let rows = table(&golden.config, solver, Some(steps));
            let actual: Vec<_> = rows
                .rows()
                .iter()
                .flat_map(|row| [row.time, row.a, row.b, row.c, row.noise])
                .collect();
            // Both compute in double precision, in another order.
            assert_close(&format!("{solver} of {steps}"), &actual, &expected, 1e-12);
        }
    }
}

/// What a reverse diffusion starts from; `[batch, n_mels, frames]` each but the style. Noise of the
/// steps is added by the test and not by the generator, because the reference draws its own.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Start<'a> {
    pub(crate) mean: &'a Array,
    pub(crate) style: &'a Array,
    pub(crate) lengths: &'a [u32],
    pub(crate) noise: &'a Array,
    pub(crate) step_noise: &'a [Array],
}

pub(crate) fn diffuse(
    engine: &dyn Engine,
    golden: &Golden,
    solver: Solver,
    start: Start<'_>,
) -> Vec<f64> {
    let Start {
        mean,
        style,
        lengths,
        noise,
        step_noise,
    } = start;
    let config = &golden.config;
    let (batch, frames) = (mean.extent(0), mean.extent(2));
    let extent = Extent {
        batch,
        tokens: 0,
        frames,
    };
    let guidance = config.sampling.guidance;
    let (stage, guided) = if guidance == 1.0 {
        (StepStage::new(config, extent).unwrap(), vec![])
    } else {
        let null_style = golden.weights.values(NULL_STYLE).unwrap();
        let guided = vec![
            Input::Floats(input::NULL_STYLE, null_style.repeat(batch)),
            Input::Floats(input::GUIDANCE, vec![guidance]),
        ];
        (StepStage::guided(config, extent).unwrap(), guided)
    };
    let styles = style_input(engine, golden, style, frames, lengths);
    let table = table(config, solver, None);
    let deviation = f64::from(config.sampling.temperature) * table.start_sigma();
    let add = |values: &[f64], noise: &[f64], deviation: f64| -> Vec<f64> {
        values
            .iter()
            .zip(noise)
            .map(|(value, noise)| value + deviation * noise)
            .collect()
    };
    let mut state = add(&mean.values, &noise.values, deviation);
    let mut clean = vec![0.0_f32; state.len()];
    for (step, row) in table.rows().iter().enumerate() {
        let mut without_noise = *row;
        without_noise.noise = 0.0;
        let mut inputs = vec![
            Input::Floats(input::MEAN, mean.floats()),
            Input::Floats(
                input::STATE,
                state.iter().map(|&value| value as f32).collect(),
            ),
            Input::Floats(input::CLEAN, clean.clone()),
            Input::Floats(input::STYLE, styles.clone()),
            Input::Floats(input::TABLE, padded_table(&without_noise.to_array())),
            Input::Integers(input::STEP, vec![0]),
            Input::Integers(input::SEEDS, vec![0; 2 * batch]),
            Input::Integers(input::FRAME_LENGTHS, lengths.to_vec()),
        ];
        inputs.extend(guided.iter().cloned());
        let mut graph = stage.graph.clone();
        // The clean estimate is the update's second output.
        let update = graph
            .nodes()
            .iter()
            .rfind(|node| node.outputs.len() == 2)
            .unwrap();
        let estimate = update.outputs[1];
        graph.output(estimate);
        let outputs = [stage.state, estimate];
        let results = engine.run(&graph, &golden.weights, &inputs, &outputs);
        clean = results[1].iter().map(|&value| value as f32).collect();
        state = match step_noise.get(step) {
            Some(noise) => add(&results[0], &noise.values, row.noise),
            None => results[0].clone(),
        };
    }
    state
}

fn sampler(engine: &dyn Engine) {
    let golden = Golden::open("sampler");
    let mean = golden.array("input.mu").channels_first();
    let noise = golden.array("input.noise").channels_first();
    let style = golden.array("input.style");
    let lengths = golden.array("input.lengths").integers();
    let all = golden.array("input.step_noise");
    let step_noise: Vec<_> = (0..all.extent(0))
        .map(|step| Array {
            shape: all.shape[1..].to_vec(),
            values: all.item(step).to_vec(),
        })
        .map(|noise| noise.channels_first())
        .collect();
    let start = Start {
        mean: &mean,
        style: &style,
        lengths: &lengths,
        noise: &noise,
        step_noise: &step_noise,
    };
    for solver in Solver::ALL {
        let mel = diffuse(engine, &golden, solver, start);
        let expected = golden.array(&format!("output.{solver}")).channels_first();
        // Every step feeds its rounding into the next.
        assert_close(
            solver.name(),
            &mel,
            &expected.values,
            10.0 * engine.tolerance(),
        );
    }
}

fn guidance(engine: &dyn Engine) {
    let golden = Golden::open("guidance");
    let start = Start {
        mean: &golden.array("input.mu").channels_first(),
        style: &golden.array("input.style"),
        lengths: &golden.array("input.lengths").integers(),
        noise: &golden.array("input.noise").channels_first(),
        step_noise: &[],
    };
    let mel = diffuse(engine, &golden, golden.config.sampling.solver, start);
    let expected = golden.array("output.mel").channels_first();
    assert_close("mel", &mel, &expected.values, 10.0 * engine.tolerance());
}

#[test]
fn oracle_guidance() {
    guidance(&OracleEngine);
}

#[test]
fn adapter_guidance() {
    guidance(&AdapterEngine);
}

#[test]
fn oracle_sampler() {
    sampler(&OracleEngine);
}

#[test]
fn adapter_sampler() {
    sampler(&AdapterEngine);
}
