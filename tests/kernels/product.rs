//! Matrix products, convolutions and transposed convolutions.

use gss_wgpu::graph::{
    Activation, Conv1d, Conv2d, DType, Epilogue, Graph, GraphError, Shape, TensorId,
};
use proptest::prelude::{Just, Strategy, prop_oneof, proptest};

use crate::check::Check;
use crate::shapes::{batch, columns, config, few, lengths, masked};

/// Output channels: around the kernels' tiles of 8 and workgroups of 32.
fn channels() -> impl Strategy<Value = usize> {
    prop_oneof![few(), Just(9_usize), Just(33)]
}

fn activation() -> impl Strategy<Value = Activation> {
    prop_oneof![
        Just(Activation::Identity),
        Just(Activation::Relu),
        Just(Activation::LeakyRelu(0.1)),
        Just(Activation::Mish),
        Just(Activation::Tanh),
        Just(Activation::Silu),
    ]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn linear(
        parts in batch(), c in few(), h in few(), w in columns(), outputs in channels(),
        prologue in activation(), half in proptest::bool::ANY,
    ) {
        let mut graph = Graph::new();
        let valid = graph.lengths("lengths", parts.len());
        let x = masked(&mut graph, "x", Shape::new(parts.len(), c, h, w), valid);
        let y = graph.linear("layer", x, outputs, prologue, Epilogue::NONE).expect("any shape fits");
        graph.output(y);
        Check::new(&graph).integers("lengths", &lengths(&parts, w)).half(half).run();
    }

    #[test]
    fn linear_of_a_vector(n in 1..4_usize, c in 1..300_usize, outputs in 1..70_usize, prologue in activation(), half in proptest::bool::ANY) {
        let mut graph = Graph::new();
        let x = graph.input("x", Shape::vector(n, c), DType::F32);
        let y = graph.linear("layer", x, outputs, prologue, Epilogue::NONE).expect("any shape fits");
        graph.output(y);
        Check::new(&graph).half(half).run();
    }

    #[test]
    fn conv1d(
        parts in batch(), c in few(), w in columns(), channels in channels(),
        kernel in prop_oneof![Just(1_usize), Just(3), Just(5), Just(11)], dilation in 1..6_usize,
        prologue in activation(), half in proptest::bool::ANY,
    ) {
        let mut graph = Graph::new();
        let valid = graph.lengths("lengths", parts.len());
        let x = masked(&mut graph, "x", Shape::sequence(parts.len(), c, w), valid);
        let conv = Conv1d { channels, kernel, dilation };
        let y = graph.conv1d("conv", x, conv, prologue, Epilogue::NONE).expect("the kernel is odd");
        graph.output(y);
        Check::new(&graph).integers("lengths", &lengths(&parts, w)).half(half).run();
    }

    #[test]
    fn conv2d(
        parts in batch(), c in few(), h in few(), w in columns(), channels in channels(),
        padding in 0..3_usize, stride in 1..4_usize, half in proptest::bool::ANY,
    ) {
        let mut graph = Graph::new();
        let valid = graph.lengths("lengths", parts.len());
        let x = masked(&mut graph, "x", Shape::new(parts.len(), c, h, w), valid);
        let conv = Conv2d { channels, kernel: 2 * padding + 1, stride, padding };
        let y = graph.conv2d("conv", x, conv, Epilogue::NONE).expect("the kernel fits its padding");
        graph.output(y);
        Check::new(&graph).integers("lengths", &lengths(&parts, w)).half(half).run();
    }

    #[test]
    fn conv_transpose1d(
        parts in batch(), c in few(), w in columns(), channels in channels(),
        stride in 1..6_usize, extra in 0..4_usize, prologue in activation(), half in proptest::bool::ANY,
    ) {
        let mut graph = Graph::new();
        let valid = graph.lengths("lengths", parts.len());
        let x = masked(&mut graph, "x", Shape::sequence(parts.len(), c, w), valid);
        let y = graph
            .conv_transpose1d("up", x, channels, stride + 2 * extra, stride, prologue)
            .expect("kernel - stride is even");
        graph.output(y);
        Check::new(&graph).integers("lengths", &lengths(&parts, w)).half(half).run();
    }

    #[test]
    fn conv_transpose2d(
        parts in batch(), c in few(), h in few(), w in columns(), channels in channels(),
        half in proptest::bool::ANY,
    ) {
        let mut graph = Graph::new();
        let valid = graph.lengths("lengths", parts.len());
        let like = masked(&mut graph, "like", Shape::new(parts.len(), 1, h, w), valid);
        let low = Shape::new(parts.len(), c, h.div_ceil(2), w.div_ceil(2));
        let x = masked(&mut graph, "x", low, valid.divided(2));
        let y = graph.conv_transpose2d("up", x, channels, like).expect("x is half of like");
        graph.output(y);
        Check::new(&graph).integers("lengths", &lengths(&parts, w)).half(half).run();
    }
}

/// Every activation before, every activation after, with and without gain and residual, on each kind
/// of product that has them.
#[test]
fn prologues_and_epilogues() {
    let activations = [
        Activation::Identity,
        Activation::Relu,
        Activation::LeakyRelu(0.25),
        Activation::Mish,
        Activation::Tanh,
        Activation::Silu,
    ];
    type Build = fn(&mut Graph, TensorId, Activation, Epilogue) -> Result<TensorId, GraphError>;
    let kinds: [(Shape, Build); 4] = [
        (Shape::new(2, 9, 3, 8), |graph, x, prologue, epilogue| {
            graph.linear("linear", x, 10, prologue, epilogue)
        }),
        (Shape::vector(2, 9), |graph, x, prologue, epilogue| {
            graph.linear("vector", x, 10, prologue, epilogue)
        }),
        (Shape::sequence(2, 9, 21), |graph, x, prologue, epilogue| {
            let conv = Conv1d {
                channels: 10,
                kernel: 3,
                dilation: 2,
            };
            graph.conv1d("conv1d", x, conv, prologue, epilogue)
        }),
        (Shape::new(2, 9, 3, 8), |graph, x, _, epilogue| {
            let conv = Conv2d {
                channels: 10,
                kernel: 3,
                stride: 1,
                padding: 1,
            };
            graph.conv2d("conv2d", x, conv, epilogue)
        }),
    ];
    for (shape, build) in kinds {
        for (index, prologue) in activations.into_iter().enumerate() {
            let mut graph = Graph::new();
            let x = graph.input("x", shape, DType::F32);
            let output = Shape { c: 10, ..shape };
            let residual = graph.input("residual", output, DType::F32);
            let gain = graph
                .weight("gain", Shape::vector(1, 1))
                .expect("declared once");
            let epilogue = Epilogue {
                activation: activations[activations.len() - 1 - index],
                gain: (index % 2 == 0).then_some(gain),
                residual: (index != 1).then_some(residual),
            };
            let y = build(&mut graph, x, prologue, epilogue).expect("the shapes agree");
            graph.output(y);
            Check::new(&graph).run();
        }
    }
}

/// Runs of eight columns that end within a row, before it and behind it, with stride one and two, and
/// with one and two blocks of channels, whole and not; the second item ends within a pair of columns.
#[test]
fn three_columns_in_pairs() {
    for (stride, w) in [(1, 2), (1, 20), (2, 12), (2, 44)] {
        for channels in [5, 16, 31, 34] {
            let mut graph = Graph::new();
            let valid = graph.lengths("lengths", 2);
            let x = masked(&mut graph, "x", Shape::new(2, 3, 5, w), valid);
            let conv = Conv2d {
                channels,
                kernel: 3,
                stride,
                padding: 1,
            };
            let y = graph
                .conv2d("conv", x, conv, Epilogue::NONE)
                .expect("the kernel fits its padding");
            graph.output(y);
            let half = w / 2 - 1;
            let lengths = [w, half.max(1)].map(|length| u32::try_from(length).expect("short"));
            Check::new(&graph).integers("lengths", &lengths).run();
        }
    }
}

/// More than one tile of workgroup memory in each direction, the last ones not full, and sums that are
/// not a multiple of the tiles' depth.
#[test]
fn outputs_of_several_shared_tiles() {
    let mut graph = Graph::new();
    let x = graph.input("x", Shape::new(2, 5, 14, 23), DType::F32);
    let conv = Conv2d {
        channels: 70,
        kernel: 3,
        stride: 2,
        padding: 1,
    };
    let strided = graph
        .conv2d("strided", x, conv, Epilogue::NONE)
        .expect("the kernel fits its padding");
    let conv = Conv2d { stride: 1, ..conv };
    let plain = graph
        .conv2d("plain", x, conv, Epilogue::NONE)
        .expect("the kernel fits its padding");
    let product = graph
        .linear("product", plain, 33, Activation::Mish, Epilogue::NONE)
        .expect("any shape fits");
    graph.output(strided);
    graph.output(product);
    Check::new(&graph).run();
}

/// The shapes of HiFi-GAN's upsampling and of the linear layers without bias.
#[test]
fn upsampling_by_eight_and_products_without_bias() {
    let mut graph = Graph::new();
    let x = graph.input("x", Shape::sequence(1, 20, 33), DType::F32);
    let y = graph
        .conv_transpose1d("up", x, 10, 16, 8, Activation::LeakyRelu(0.1))
        .expect("16 - 8 is even");
    let z = graph
        .linear_without_bias("layer", y, 3)
        .expect("any shape fits");
    graph.output(z);
    Check::new(&graph).run();
}

/// At most 64 positions a workgroup: 65,535 workgroups end before these sequences do. An even number of
/// columns goes to the kernels for whole products, an odd one to those for convolutions.
#[test]
fn products_beyond_the_limit_of_one_dimension() {
    product_of_columns(65_536 * 64 + 4);
    product_of_columns(65_536 * 64 + 3);
}

fn product_of_columns(columns: usize) {
    let mut graph = Graph::new();
    let x = graph.input("x", Shape::sequence(1, 1, columns), DType::F32);
    let y = graph
        .linear("layer", x, 1, Activation::Identity, Epilogue::NONE)
        .expect("any shape fits");
    graph.output(y);
    Check::new(&graph).run();
}
