//! Which variant of the products is fastest on this very adapter, measured once and kept.
//!
//! [`Capabilities`] give good defaults. [`Tuning::measure`] runs the products of some graphs with every
//! set of capabilities that lowers them differently and notes where another than the default was
//! faster. Nothing is ever measured during a request.

mod kept;
mod measure;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::capabilities::Capabilities;
use crate::graph::{Graph, Node, Op};

/// What was measured faster than the default, by the kind and shape of the product.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tuning {
    choices: BTreeMap<String, Capabilities>,
}

impl Tuning {
    /// Products for which something else than the default was faster.
    #[must_use]
    pub fn len(&self) -> usize {
        self.choices.len()
    }

    /// Whether the defaults stand.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.choices.is_empty()
    }

    /// What to lower the node for, on an adapter of capabilities `default`.
    pub(super) fn capabilities(
        &self,
        graph: &Graph,
        node: &Node,
        default: Capabilities,
    ) -> Capabilities {
        let choice = bucket(graph, node).and_then(|bucket| self.choices.get(&bucket));
        choice.map_or(default, |choice| choice.within(default))
    }
}

/// Kind and shape of a product that has variants; the number of its positions, which differs from
/// sentence to sentence, is rounded up to a power of two.
fn bucket(graph: &Graph, node: &Node) -> Option<String> {
    let (kind, weight, step) = match &node.op {
        Op::MatMul(product) => ("matmul", product.weight, 1),
        Op::Convolution(product) => {
            let [_, stride] = product.stride;
            ("convolution", product.weight, stride * product.dilation)
        }
        _ => return None,
    };
    let (weight, y) = (graph.shape(weight), graph.shape(node.outputs[0]));
    let positions = (y.n * y.h * y.w).next_power_of_two();
    let even = if y.w.is_multiple_of(2) { "even" } else { "odd" };
    Some(format!("{kind} {weight} step {step} at {positions} {even}"))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::graph::{Activation, DType, Epilogue, Shape};

    pub(super) fn product_at(columns: usize) -> Graph {
        let mut graph = Graph::new();
        let x = graph.input("x", Shape::sequence(1, 4, columns), DType::F32);
        graph
            .linear("layer", x, 8, Activation::Identity, Epilogue::NONE)
            .expect("any shape fits");
        graph
    }

    pub(super) const TILED: Capabilities = Capabilities {
        shared_tiles: true,
        ..Capabilities::PORTABLE
    };

    pub(super) fn tuned(graph: &Graph) -> Tuning {
        let bucket = bucket(graph, &graph.nodes()[0]).expect("a product");
        Tuning {
            choices: BTreeMap::from([(bucket, TILED)]),
        }
    }

    #[test]
    fn a_choice_holds_for_its_bucket_only() {
        let tuning = tuned(&product_at(100));
        let choice = |columns| {
            let graph = product_at(columns);
            tuning.capabilities(&graph, &graph.nodes()[0], Capabilities::PORTABLE)
        };
        assert_eq!(choice(128), TILED);
        assert_eq!(choice(101), Capabilities::PORTABLE, "odd");
        assert_eq!(choice(130), Capabilities::PORTABLE, "more positions");
    }
}
