//! Two ways to run a graph: the oracle, and plans on an adapter.

use gss_wgpu::gpu::{Executable, WeightStore};
use gss_wgpu::graph::oracle::Value;
use gss_wgpu::graph::{Graph, Oracle, TensorId, Weights};
use gss_wgpu::model::WeightsFile;

use crate::support;

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

/// Plans on the default adapter in single precision, with every buffer full of NaN before the inputs are
/// written.
pub(crate) struct AdapterEngine;

impl Engine for AdapterEngine {
    fn tolerance(&self) -> f64 {
        1e-4
    }

    fn run(
        &self,
        graph: &Graph,
        weights: &WeightsFile,
        inputs: &[Input],
        outputs: &[TensorId],
    ) -> Vec<Vec<f64>> {
        let gpu = support::gpu();
        let gpu = gpu.planning_for(gpu.capabilities().single_precision());
        let source = |name: &str| weights.get(name).map(|tensor| tensor.data);
        let mut store = WeightStore::new();
        store.upload(&gpu, graph, &source).unwrap();
        let program = gpu.plan(graph).unwrap();
        let executable = Executable::new(&gpu, graph, &program, &store).unwrap();
        executable.poison().unwrap();
        for input in inputs {
            match input {
                Input::Floats(name, values) => executable.write_f32(name, values).unwrap(),
                Input::Integers(name, values) => executable.write_u32(name, values).unwrap(),
            }
        }
        executable.run(1).unwrap();
        let read = |&id: &TensorId| {
            let values = pollster::block_on(executable.read_f32(id)).unwrap();
            values.into_iter().map(f64::from).collect()
        };
        outputs.iter().map(read).collect()
    }
}
