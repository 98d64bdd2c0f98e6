//! Two ways to run a graph: the oracle, and plans on an adapter.

use gss_wgpu::graph::oracle::Value;
use gss_wgpu::graph::{Graph, Oracle, TensorId, Weights};
use gss_wgpu::model::WeightsFile;

/// An input by its name.
#[derive(Debug, Clone)]
pub(crate) enum Input {
    Floats(&'static str, Vec<f32>),
    Integers(&'static str, Vec<u32>),
}

/// Runs a graph once and reads tensors that are outputs of it.
pub(crate) trait Engine {
    /// Tolerance of comparisons with goldens, relative to the largest expected value.
    fn tolerance(&self) -> f64;

    fn run(
        &self,
        graph: &Graph,
        weights: &WeightsFile,
        inputs: &[Input],
        outputs: &[TensorId],
    ) -> Vec<Vec<f64>>;
}

pub(crate) struct OracleEngine;

impl Engine for OracleEngine {
    fn tolerance(&self) -> f64 {
        1e-6
    }

    fn run(
        &self,
        graph: &Graph,
        weights: &WeightsFile,
        inputs: &[Input],
        outputs: &[TensorId],
    ) -> Vec<Vec<f64>> {
        let weights: &dyn Weights = weights;
        let mut oracle = Oracle::new(graph, weights).unwrap();
        for input in inputs {
            match input {
                Input::Floats(name, values) => oracle.set_floats(name, values).unwrap(),
                Input::Integers(name, values) => oracle.set_integers(name, values).unwrap(),
            }
        }
        let values = oracle.run().unwrap();
        let value = |id: &TensorId| values.get(*id).map(Value::as_floats).unwrap().into_owned();
        outputs.iter().map(value).collect()
    }
}
