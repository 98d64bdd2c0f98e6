//! Node by node, how far an adapter's values are from the oracle's.

use std::fmt;

use crate::graph::op::Graph;
use crate::graph::operation::Operation;
use crate::graph::tensor::TensorId;
use crate::graph::values::Values;

/// How one output of a node differs from the oracle's.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeDifference {
    /// Scope and name of the node.
    pub node: String,
    /// Kind of operation, as [`Operation::name`] gives it.
    pub op: &'static str,
    /// The output.
    pub tensor: TensorId,
    /// Largest absolute difference; infinite where one side alone is not a number, or the sizes differ.
    pub max_abs: f64,
    /// Sum of squared differences over the sum of squares of the expected values: 0 for two tensors of
    /// zeros, infinite where zeros were expected and something else came.
    pub nmse: f64,
}

impl fmt::Display for NodeDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            node,
            op,
            max_abs,
            nmse,
            ..
        } = self;
        write!(f, "{node} ({op}): max {max_abs:.3e}, nmse {nmse:.3e}")
    }
}

/// Compares every node's outputs, in order, with what `actual` returns for them; `None` skips one.
///
/// An executor reuses the places of intermediate values, so it can only give all of them when the
/// graph was planned with [`Graph::output_everything`].
pub fn compare(
    graph: &Graph,
    expected: &Values,
    mut actual: impl FnMut(TensorId) -> Option<Vec<f64>>,
) -> Vec<NodeDifference> {
    let mut differences = Vec::new();
    for node in graph.nodes() {
        for &tensor in &node.outputs {
            let (Some(expected), Some(actual)) = (expected.get(tensor), actual(tensor)) else {
                continue;
            };
            let (max_abs, nmse) = distance(&expected.as_floats(), &actual);
            differences.push(NodeDifference {
                node: node.name.clone(),
                op: node.op.name(),
                tensor,
                max_abs,
                nmse,
            });
        }
    }
    differences
}

/// Largest absolute difference and normalised mean squared error.
fn distance(expected: &[f64], actual: &[f64]) -> (f64, f64) {
    if expected.len() != actual.len() {
        return (f64::INFINITY, f64::INFINITY);
    }
    let (mut max_abs, mut error, mut power) = (0.0_f64, 0.0, 0.0);
    for (&expected, &actual) in expected.iter().zip(actual) {
        let difference = match (expected.is_nan(), actual.is_nan()) {
            (true, true) => continue,
            (false, false) if expected == actual => 0.0,
            (false, false) => (expected - actual).abs(),
            _ => f64::INFINITY,
        };
        max_abs = max_abs.max(difference);
        error += difference * difference;
        power += expected * expected;
    }
    let nmse = if error == 0.0 { 0.0 } else { error / power };
    (max_abs, nmse)
}

#[cfg(test)]
mod tests {
    use super::distance;

    const INFINITE: (f64, f64) = (f64::INFINITY, f64::INFINITY);

    #[test]
    fn distances_are_those_of_the_definition() {
        assert_eq!(distance(&[3.0, 4.0], &[3.0, 4.0]), (0.0, 0.0));
        assert_eq!(distance(&[3.0, 4.0], &[3.0, 2.0]), (2.0, 4.0 / 25.0));
        assert_eq!(distance(&[0.0], &[0.0]), (0.0, 0.0));
    }

    #[test]
    fn what_cannot_be_compared_is_infinitely_far() {
        assert_eq!(distance(&[0.0], &[1.0]).1, f64::INFINITY);
        assert_eq!(distance(&[1.0], &[f64::NAN]), INFINITE);
        assert_eq!(distance(&[1.0], &[1.0, 1.0]), INFINITE);
        assert_eq!(distance(&[f64::NAN, 1.0], &[f64::NAN, 1.0]), (0.0, 0.0));
    }
}
