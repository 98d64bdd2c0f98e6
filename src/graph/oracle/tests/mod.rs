//! Every operation against numbers worked out by hand or by an independent formula, and the promise
//! about masks against single runs.

mod attention;
mod diffusion;
mod errors;
mod masks;
mod norm;
mod product;
mod sequence;

use std::collections::HashMap;

use super::{Oracle, Value, Values};
use crate::graph::error::GraphError;
use crate::graph::op::Graph;
use crate::graph::tensor::{DType, Lengths, Shape, TensorId};

/// A graph with its weights and inputs.
#[derive(Debug, Default)]
struct Case {
    graph: Graph,
    weights: HashMap<String, Vec<f32>>,
    floats: HashMap<String, Vec<f32>>,
    integers: HashMap<String, Vec<u32>>,
}

impl Case {
    fn floats(&mut self, name: &str, shape: Shape, values: &[f32]) -> TensorId {
        self.floats.insert(name.to_owned(), values.to_vec());
        self.graph.input(name, shape, DType::F32)
    }

    fn integers(&mut self, name: &str, shape: Shape, values: &[u32]) -> TensorId {
        self.integers.insert(name.to_owned(), values.to_vec());
        self.graph.input(name, shape, DType::U32)
    }

    fn lengths(&mut self, values: &[u32]) -> Lengths {
        let name = "lengths";
        self.integers.insert(name.to_owned(), values.to_vec());
        self.graph.lengths(name, values.len())
    }

    fn masked(&mut self, name: &str, shape: Shape, values: &[f32], lengths: Lengths) -> TensorId {
        self.floats.insert(name.to_owned(), values.to_vec());
        self.graph.masked_input(name, shape, DType::F32, lengths)
    }

    fn weight(&mut self, name: &str, values: &[f32]) {
        self.weights.insert(name.to_owned(), values.to_vec());
    }

    fn oracle(&self) -> Result<Oracle<'_>, GraphError> {
        let mut oracle = Oracle::new(&self.graph, &self.weights)?;
        for (name, values) in &self.floats {
            oracle.set_floats(name, values)?;
        }
        for (name, values) in &self.integers {
            oracle.set_integers(name, values)?;
        }
        Ok(oracle)
    }

    fn run(&self) -> Values {
        let mut oracle = self.oracle().expect("weights and inputs fit the graph");
        oracle.run().expect("the inputs keep their promises")
    }

    /// The value of one tensor after a run.
    fn value(&self, id: Result<TensorId, GraphError>) -> Vec<f64> {
        floats(&self.run(), id.expect("the operands fit"))
    }
}

fn floats(values: &Values, id: TensorId) -> Vec<f64> {
    values
        .get(id)
        .map(Value::as_floats)
        .expect("every tensor has a value after a run")
        .into_owned()
}

/// Fails unless the values agree to the rounding of their `f32` inputs.
#[track_caller]
fn assert_close(actual: &[f64], expected: &[f64]) {
    assert_eq!(actual.len(), expected.len());
    for (index, (actual, expected)) in actual.iter().zip(expected).enumerate() {
        let bound = 1e-6 * expected.abs().max(1.0);
        assert!(
            (actual - expected).abs() <= bound,
            "element {index} is {actual}, expected {expected}"
        );
    }
}
