//! What the property tests sample, and inputs with lengths.

use gss_wgpu::graph::{DType, Graph, Lengths, Shape, TensorId};
use proptest::prelude::{Just, ProptestConfig, Strategy, prop_oneof};

/// A few cases for each property: a case costs several dispatches on a software adapter, and the
/// strategies lean towards the shapes that break kernels.
pub(crate) fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(12)
    }
}

/// Small extents: channels, heads, rows.
pub(crate) fn few() -> impl Strategy<Value = usize> {
    prop_oneof![Just(1_usize), Just(2), Just(3), Just(5), Just(8), Just(13)]
}

/// Numbers of columns: one, primes, and the neighbours of tiles of 16, 32, 64, 256 and 512.
pub(crate) fn columns() -> impl Strategy<Value = usize> {
    prop_oneof![
        Just(1_usize),
        Just(2),
        Just(16),
        Just(17),
        Just(31),
        Just(64),
        Just(67),
        Just(255),
        Just(256),
        Just(257),
        Just(331),
        Just(512),
        Just(521)
    ]
}

/// A batch: for each item, how many hundredths of its columns are valid.
pub(crate) fn batch() -> impl Strategy<Value = Vec<usize>> {
    proptest::collection::vec(prop_oneof![Just(100_usize), Just(0), 1_usize..100], 1..4)
}

/// The lengths that these parts of so many columns are; at least one column each.
pub(crate) fn lengths(parts: &[usize], columns: usize) -> Vec<u32> {
    let lengths = parts.iter().map(|part| (part * columns / 100).max(1));
    lengths
        .map(|length| u32::try_from(length).expect("few columns"))
        .collect()
}

/// An `f32` input with lengths.
pub(crate) fn masked(graph: &mut Graph, name: &str, shape: Shape, lengths: Lengths) -> TensorId {
    graph.masked_input(name, shape, DType::F32, lengths)
}

/// A tensor with lengths that a node computed, so that a later node may overwrite it: twice the
/// input of this name.
pub(crate) fn computed(graph: &mut Graph, name: &str, shape: Shape, lengths: Lengths) -> TensorId {
    let x = masked(graph, name, shape, lengths);
    graph
        .add(&format!("double {name}"), x, x, 1.0)
        .expect("a tensor has its own shape")
}
