//! The promise about masks: for every operation, a padded batch gives what its items give alone.

use std::borrow::Cow;

use proptest::prelude::{ProptestConfig, prop, proptest};

use super::{Oracle, floats};
use crate::graph::epilogue::{Activation, Epilogue};
use crate::graph::error::GraphError;
use crate::graph::noise::standard_normal;
use crate::graph::op::{Conv1d, Conv2d, Graph, SolverInputs};
use crate::graph::tensor::{DType, Lengths, Shape, Tensor, TensorId};
use crate::graph::weights::Weights;

const CHANNELS: usize = 4;
const SYMBOLS: u32 = 5;
const TABLE: [f32; 8] = [0.5, 0.9, 0.4, 0.8, 0.3, 0.2, 0.5, 3.0];

/// A number that depends on nothing but its name and position.
#[expect(
    clippy::cast_possible_truncation,
    reason = "made-up numbers need no double precision"
)]
fn number(name: &str, row: usize, column: usize) -> f32 {
    let key = name.bytes().fold(0_u32, |key, byte| {
        key.wrapping_mul(31).wrapping_add(u32::from(byte))
    });
    standard_normal([key, 0], word(column), word(row), 0) as f32
}

fn word(position: usize) -> u32 {
    u32::try_from(position).expect("tests are small")
}

/// Weights made up from their names.
struct MadeUp<'g>(&'g Graph);

impl Weights for MadeUp<'_> {
    fn values(&self, name: &str) -> Option<Cow<'_, [f32]>> {
        let tensor = self.0.weights().find(|tensor| tensor.name == name)?;
        let elements = 0..tensor.shape.elements();
        Some(elements.map(|index| number(name, 0, index)).collect())
    }
}

/// What a subject may build on: a batch of sequences and spectrograms of one set of lengths, a
/// vector and token ids per item, and the inputs of a solver.
struct Batch {
    graph: Graph,
    lengths: Lengths,
    x: TensorId,
    image: TensorId,
    vector: TensorId,
    ids: TensorId,
    solver: SolverInputs,
}

/// One operation (or a few that need each other) applied to a batch.
type Subject = fn(&mut Batch) -> Result<TensorId, GraphError>;

fn product_subjects() -> Vec<(&'static str, Subject)> {
    vec![
        ("matmul", |b| {
            let epilogue = Epilogue::residual(b.x);
            b.graph
                .linear("m", b.x, CHANNELS, Activation::Mish, epilogue)
        }),
        ("conv1d", |b| {
            let conv = Conv1d {
                channels: 3,
                kernel: 5,
                dilation: 2,
            };
            let epilogue = Epilogue::activation(Activation::Relu);
            b.graph
                .conv1d("c", b.x, conv, Activation::Identity, epilogue)
        }),
        ("conv_transpose1d", |b| {
            let leaky = Activation::LeakyRelu(0.1);
            let up = b.graph.conv_transpose1d("u", b.x, 3, 8, 4, leaky)?;
            let conv = Conv1d {
                channels: 2,
                kernel: 3,
                dilation: 1,
            };
            b.graph.conv1d("c", up, conv, leaky, Epilogue::NONE)
        }),
        ("conv2d and conv_transpose2d", |b| {
            let conv = |stride| Conv2d {
                channels: 3,
                kernel: 3,
                stride,
                padding: 1,
            };
            let level = b.graph.conv2d("a", b.image, conv(1), Epilogue::NONE)?;
            let half = b.graph.conv2d("b", level, conv(2), Epilogue::NONE)?;
            let quarter = b.graph.conv2d("c", half, conv(2), Epilogue::NONE)?;
            let up = b.graph.conv_transpose2d("d", quarter, 3, half)?;
            let up = b.graph.conv_transpose2d("e", up, 3, level)?;
            b.graph.conv2d("f", up, conv(1), Epilogue::NONE)
        }),
    ]
}

fn norm_subjects() -> Vec<(&'static str, Subject)> {
    vec![
        ("layer_norm", |b| b.graph.layer_norm("n", b.x)),
        ("style_adaptive_layer_norm", |b| {
            let style = b.graph.masked_mean("s", b.x)?;
            b.graph.style_adaptive_layer_norm("n", b.x, style)
        }),
        ("group_norm", |b| {
            let activation = Activation::Mish;
            b.graph
                .group_norm("n", b.image, 2, activation, Some(b.vector))
        }),
    ]
}

fn attention_subjects() -> Vec<(&'static str, Subject)> {
    vec![
        ("attention", |b| {
            b.graph.attention("a", b.x, b.x, b.x, 2, 0.5)
        }),
        ("linear_attention", |b| {
            let epilogue = Epilogue::residual(b.image);
            b.graph.linear_attention("a", b.image, 2, 3, epilogue)
        }),
    ]
}

fn sequence_subjects() -> Vec<(&'static str, Subject)> {
    vec![
        ("glu and concat", |b| {
            let both = b.graph.concat("c", b.x, b.x)?;
            b.graph.glu("g", both, b.x)
        }),
        ("add", |b| {
            let sum = b.graph.add("a", b.x, b.x, 0.5)?;
            b.graph.add("v", sum, b.vector, 1.0)
        }),
        ("embedding and add_positions", |b| {
            let embedded = b.graph.embedding("e", b.ids, SYMBOLS as usize, CHANNELS)?;
            b.graph.add_positions("p", embedded)
        }),
        ("regulate_length", |b| {
            let shape = b.graph.shape(b.x);
            let index = Shape::sequence(shape.n, 1, shape.w);
            let index = b.graph.masked_input("index", index, DType::U32, b.lengths);
            b.graph.regulate_length("r", b.x, index)
        }),
        ("transport", |b| {
            let Shape { n, c, .. } = b.graph.shape(b.x);
            let map = Shape::new(n, 1, 3, c);
            let map = b.graph.input("map", map, DType::F32);
            let offset = b.graph.input("offset", Shape::vector(n, 3), DType::F32);
            b.graph.transport("t", b.x, map, offset)
        }),
        ("masked_mean", |b| b.graph.masked_mean("m", b.x)),
    ]
}

fn diffusion_subjects() -> Vec<(&'static str, Subject)> {
    vec![
        ("time_embedding", |b| {
            let n = b.graph.shape(b.x).n;
            b.graph.time_embedding("t", b.solver, n, 6, 1000.0)
        }),
        ("diffusion_start and diffusion_update", |b| {
            let scalar = Shape::new(1, 1, 1, 1);
            let deviation = b.graph.input("deviation", scalar, DType::F32);
            let start = b
                .graph
                .diffusion_start("s", b.image, b.solver.seeds, deviation)?;
            let clean = b.graph.add("c", b.image, b.image, 0.25)?;
            let (state, _) = b
                .graph
                .diffusion_update("u", start, clean, b.image, b.image, b.solver)?;
            Ok(state)
        }),
    ]
}

/// Values of an input as a function of item, row (of all channels) and column; zero where masked.
fn fill<T: Default>(
    tensor: &Tensor,
    items: &[(usize, u32)],
    value: impl Fn(usize, usize, usize) -> T,
) -> Vec<T> {
    let Shape { c, h, w, .. } = tensor.shape;
    let mut all = Vec::new();
    for &(item, length) in items {
        for row in 0..c * h {
            all.extend((0..w).map(|column| {
                let valid = tensor.lengths.is_none() || word(column) < length;
                if valid {
                    value(item, row, column)
                } else {
                    T::default()
                }
            }));
        }
    }
    all
}

/// Builds and runs a subject on some items, padded to a width, and returns its result.
fn run(subject: Subject, items: &[(usize, u32)], width: usize, rows: usize) -> (Shape, Vec<f64>) {
    let n = items.len();
    let mut graph = Graph::new();
    let lengths = graph.lengths("lengths", n);
    let sequence = Shape::sequence(n, CHANNELS, width);
    let image = Shape::new(n, CHANNELS, rows, width);
    let ids = Shape::sequence(n, 1, width);
    let mut batch = Batch {
        lengths,
        x: graph.masked_input("x", sequence, DType::F32, lengths),
        image: graph.masked_input("image", image, DType::F32, lengths),
        vector: graph.input("vector", Shape::vector(n, CHANNELS), DType::F32),
        ids: graph.masked_input("ids", ids, DType::U32, lengths),
        solver: SolverInputs {
            table: graph.input("table", Shape::new(1, 1, 1, 8), DType::F32),
            step: graph.input("step", Shape::new(1, 1, 1, 1), DType::U32),
            seeds: graph.input("seeds", Shape::new(1, 1, n, 2), DType::U32),
        },
        graph,
    };
    let output = subject(&mut batch).expect("the subject's operands fit");
    let graph = batch.graph;
    let mut oracle = Oracle::new(&graph, &MadeUp(&graph)).expect("all weights are made up");
    for id in graph.inputs() {
        let tensor = graph.tensor(id);
        let name = tensor.name.as_str();
        let set = match name {
            "lengths" => {
                let lengths: Vec<_> = items.iter().map(|(_, length)| *length).collect();
                oracle.set_integers(name, &lengths)
            }
            "table" => oracle.set_floats(name, &TABLE),
            "deviation" => oracle.set_floats(name, &[0.7]),
            "step" => oracle.set_integers(name, &[0]),
            "seeds" => {
                let seeds = items.iter().flat_map(|(item, _)| [word(*item), 1]);
                oracle.set_integers(name, &seeds.collect::<Vec<_>>())
            }
            "ids" => {
                let symbol = |item, _, w| word(item + w) % SYMBOLS;
                oracle.set_integers(name, &fill(tensor, items, symbol))
            }
            // Frames in the order of the tokens, each token twice.
            "index" => oracle.set_integers(name, &fill(tensor, items, |_, _, w| word(w / 2))),
            _ => {
                let value = |item, row, w| number(name, 100 * item + row, w);
                oracle.set_floats(name, &fill(tensor, items, value))
            }
        };
        set.expect("the values fit the input");
    }
    let values = oracle.run().expect("the inputs are masked");
    (graph.shape(output), floats(&values, output))
}

/// Runs a subject on a padded batch and on each item alone, and compares.
fn assert_same(name: &str, subject: Subject, lengths: &[u32], padding: usize, rows: usize) {
    let items: Vec<_> = lengths.iter().copied().enumerate().collect();
    let width = padding + lengths.iter().max().map_or(0, |longest| *longest as usize);
    let (shape, together) = run(subject, &items, width, rows);
    for (item, together) in items
        .iter()
        .zip(together.chunks(shape.c * shape.h * shape.w))
    {
        let (own, alone) = run(subject, &[*item], item.1 as usize, rows);
        assert_eq!((own.c, own.h), (shape.c, shape.h), "{name}");
        let pairs = together.chunks(shape.w).zip(alone.chunks(own.w));
        for (row, (together, alone)) in pairs.enumerate() {
            for (column, (a, b)) in together.iter().zip(alone).enumerate() {
                assert!(
                    (a - b).abs() <= 1e-9 * b.abs().max(1.0),
                    "{name}: item {item:?}, row {row}, column {column}: {a} in the batch, {b} alone"
                );
            }
            let beyond = &together[own.w..];
            assert!(
                beyond.iter().all(|x| *x == 0.0),
                "{name}: item {item:?}, row {row} is not zero beyond its length"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_padded_batch_equals_its_items(
        lengths in prop::collection::vec(1_u32..14, 1..4),
        padding in 0_usize..6,
        rows in 1_usize..6,
    ) {
        let families = [
            product_subjects(),
            norm_subjects(),
            attention_subjects(),
            sequence_subjects(),
            diffusion_subjects(),
        ];
        for (name, subject) in families.into_iter().flatten() {
            assert_same(name, subject, &lengths, padding, rows);
        }
    }
}
