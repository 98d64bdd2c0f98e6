//! Runs a graph on the adapter and through the oracle, and fails where a node differs.

use std::collections::HashMap;

use gss_wgpu::gpu::lower::{Lowered, lower};
use gss_wgpu::gpu::{
    Capabilities, Executable, Gpu, Program, WeightData, WeightFormat, WeightStore,
};
use gss_wgpu::graph::oracle::{Oracle, Values, compare};
use gss_wgpu::graph::{DType, Graph, Node, Operation, Place, Tensor, TensorId};
use half::f16;
use pollster::block_on;

use crate::support::gpu;

/// Normalised mean squared error that single precision keeps in every kernel without a comment.
const NMSE: f64 = 1e-10;

/// How much more of it a node may show that computes from what products in half precision have rounded: a
/// softmax, say, makes of a difference of scores a ratio of weights.
const AMPLIFICATION: f64 = 10.0;

/// Products through workgroup memory in half precision.
pub(crate) const HALF: Capabilities = Capabilities {
    shared_tiles: true,
    f16_arithmetic: true,
    ..Capabilities::PORTABLE
};

/// A graph with its inputs. Weights, and `f32` inputs that are not given, are random.
pub(crate) struct Check<'g> {
    graph: &'g Graph,
    integers: HashMap<String, Vec<u32>>,
    floats: HashMap<String, Vec<f32>>,
    runs: usize,
    nmse: f64,
    half: bool,
}

impl<'g> Check<'g> {
    pub(crate) fn new(graph: &'g Graph) -> Self {
        Self {
            graph,
            integers: HashMap::new(),
            floats: HashMap::new(),
            runs: 1,
            nmse: NMSE,
            half: false,
        }
    }

    pub(crate) fn integers(mut self, name: &str, values: &[u32]) -> Self {
        self.integers.insert(name.to_owned(), values.to_vec());
        self
    }

    pub(crate) fn floats(mut self, name: &str, values: Vec<f32>) -> Self {
        self.floats.insert(name.to_owned(), values);
        self
    }

    /// How often the plan runs before its outputs are compared.
    pub(crate) fn runs(mut self, runs: usize) -> Self {
        self.runs = runs;
        self
    }

    /// Another tolerance. Say why.
    pub(crate) fn nmse(mut self, nmse: f64) -> Self {
        self.nmse = nmse;
        self
    }

    /// Stores the weights as f16; the oracle gets the same rounded weights.
    pub(crate) fn half(mut self, half: bool) -> Self {
        self.half = half;
        self
    }

    /// Compares every node's output, and then the graph's outputs again in a plan that reuses buffers
    /// and overwrites operands; with the kernels for this adapter, for every adapter and for GPUs.
    /// Fails too where a kernel reads what nobody wrote (it is NaN) or writes behind a buffer's end.
    pub(crate) fn run(self) {
        let mut everything = self.graph.clone();
        everything.output_everything();
        let mut known: Vec<Vec<Lowered>> = Vec::new();
        let subgroups = Capabilities {
            subgroups: true,
            ..Capabilities::PORTABLE
        };
        let own = [gpu().capabilities(), Capabilities::PORTABLE, subgroups];
        for capabilities in own.into_iter().chain(through_workgroup_memory()) {
            let lowered = lowered(self.graph, capabilities);
            if !known.contains(&lowered) {
                let gpu = gpu().planning_for(capabilities);
                let product_nmse = capabilities.product_nmse();
                self.compare(&gpu, &everything, product_nmse);
                self.compare(&gpu, self.graph, product_nmse);
                known.push(lowered);
            }
        }
    }

    /// What the oracle and a device with kernels for these capabilities make of the graph's only output.
    pub(crate) fn outputs(&self, capabilities: Capabilities) -> (Vec<f64>, Vec<f64>) {
        let gpu = gpu().planning_for(capabilities);
        let (expected, executable) = self.computed(&gpu, self.graph);
        let [output] = self.graph.outputs() else {
            panic!("the graph has several outputs");
        };
        let expected = expected.get(*output).expect("it is an output");
        let actual = read(self.graph, &executable, *output);
        (expected.as_floats().into_owned(), actual)
    }

    fn compare(&self, gpu: &Gpu, graph: &Graph, product_nmse: f64) {
        let (expected, executable) = self.computed(gpu, graph);
        let outputs = graph.outputs();
        let differences = compare(graph, &expected, |id| {
            outputs.contains(&id).then(|| read(graph, &executable, id))
        });
        assert_eq!(
            differences.len(),
            outputs.len(),
            "an output was not compared"
        );
        for difference in differences {
            let nmse = if product_nmse > NMSE && reads_results(graph, difference.tensor) {
                AMPLIFICATION * product_nmse
            } else {
                product_nmse
            };
            assert!(
                difference.nmse <= self.nmse.max(nmse),
                "{difference}, shape {}",
                graph.shape(difference.tensor)
            );
        }
        let damaged = block_on(executable.check_guards()).expect("the device is there");
        assert!(damaged.is_empty(), "slots {damaged:?} overflow");
    }

    /// The oracle's values, and the plan that has run on the device.
    fn computed(&self, gpu: &Gpu, graph: &Graph) -> (Values, Executable) {
        let weights: HashMap<_, _> = graph
            .weights()
            .map(|weight| (weight.name.clone(), self.weight(weight)))
            .collect();
        let mut oracle = Oracle::new(graph, &weights).expect("the graph is sound");
        let program = gpu.plan(graph).expect("the graph is sound");
        let executable = executable(gpu, graph, &program, &weights, self.half);
        executable.poison().expect("the device is there");
        for id in graph.inputs() {
            let tensor = graph.tensor(id);
            let name = tensor.name.as_str();
            let is_used = program.plan().place(id) != Place::Unused;
            match tensor.dtype {
                DType::F32 => {
                    let values = self.values(tensor);
                    oracle.set_floats(name, &values).expect("it is an input");
                    if is_used {
                        executable.write_f32(name, &values).expect("it is used");
                    }
                }
                DType::U32 => {
                    let values = &self.integers[name];
                    oracle.set_integers(name, values).expect("it is an input");
                    if is_used {
                        executable.write_u32(name, values).expect("it is used");
                    }
                }
            }
        }
        executable.run(self.runs).expect("the device is there");
        let mut expected = oracle.run().expect("the inputs are sound");
        for _ in 1..self.runs {
            expected = oracle.run().expect("the inputs are sound");
        }
        (expected, executable)
    }

    /// A weight's values, representable as f16 where they will be stored so.
    fn weight(&self, tensor: &Tensor) -> Vec<f32> {
        let mut values = self.values(tensor);
        if self.half {
            for value in &mut values {
                *value = f16::from_f32(*value).to_f32();
            }
        }
        values
    }

    /// What was given, or random numbers that differ from tensor to tensor, with the promised zeros.
    fn values(&self, tensor: &Tensor) -> Vec<f32> {
        if let Some(values) = self.floats.get(&tensor.name) {
            return values.clone();
        }
        let seed = tensor
            .name
            .bytes()
            .fold(tensor.shape.elements(), |seed, byte| {
                seed.wrapping_mul(31).wrapping_add(byte.into())
            });
        let mut values = random(seed as u64, tensor.shape.elements());
        if let Some(lengths) = tensor.lengths {
            let name = &self.graph.tensor(lengths.tensor).name;
            let item = tensor.shape.elements() / tensor.shape.n;
            let items = values.chunks_mut(item).zip(&self.integers[name]);
            for (values, &length) in items {
                let valid = lengths.valid(length, tensor.shape.w);
                for row in values.chunks_mut(tensor.shape.w) {
                    row[valid..].fill(0.0);
                }
            }
        }
        values
    }
}

/// Uniform in -1.3 .. 1.7: a mean other than zero shows where one is forgotten (splitmix64).
pub(crate) fn random(seed: u64, count: usize) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = state;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (word ^ (word >> 31)) >> 40
    };
    let scale = 3.0 / 16_777_216.0;
    (0..count).map(|_| next() as f32 * scale - 1.3).collect()
}

/// Whether the node that makes `output` reads what another node has made.
fn reads_results(graph: &Graph, output: TensorId) -> bool {
    let makes = |node: &&Node, id| node.outputs.contains(&id);
    let node = graph.nodes().iter().find(|node| makes(node, output));
    let operands = node.map(|node| node.op.operands()).unwrap_or_default();
    let mut operands = operands.into_iter();
    operands.any(|(_, id)| graph.nodes().iter().any(|node| makes(&node, id)))
}

/// The kernels for GPUs, as far as the adapter at hand can run them.
fn through_workgroup_memory() -> Vec<Capabilities> {
    let tiled = Capabilities {
        shared_tiles: true,
        ..Capabilities::PORTABLE
    };
    let matrices = Capabilities {
        matrices: gpu().runnable().matrices,
        ..tiled
    };
    vec![tiled, HALF, matrices]
}

/// The graph's nodes as dispatches on an adapter of these capabilities.
fn lowered(graph: &Graph, capabilities: Capabilities) -> Vec<Lowered> {
    let nodes = graph.nodes().iter();
    nodes
        .map(|node| lower(graph, node, capabilities).expect("a test's tensors are small"))
        .collect()
}

fn executable(
    gpu: &Gpu,
    graph: &Graph,
    program: &Program,
    weights: &HashMap<String, Vec<f32>>,
    half: bool,
) -> Executable {
    let mut store = WeightStore::new();
    let halfs: HashMap<_, Vec<_>> = weights
        .iter()
        .map(|(name, values)| (name, values.iter().copied().map(f16::from_f32).collect()))
        .collect();
    store
        .upload(gpu, graph, &|name| {
            Some(if half {
                WeightData {
                    format: WeightFormat::F16,
                    bytes: bytemuck::cast_slice(halfs.get(&name.to_owned())?),
                }
            } else {
                WeightData {
                    format: WeightFormat::F32,
                    bytes: bytemuck::cast_slice(weights.get(name)?),
                }
            })
        })
        .expect("all weights are there");
    Executable::guarded(gpu, graph, program, &store).expect("the plan is runnable")
}

fn read(graph: &Graph, executable: &Executable, id: TensorId) -> Vec<f64> {
    match graph.tensor(id).dtype {
        DType::F32 => block_on(executable.read_f32(id))
            .expect("it is an output")
            .into_iter()
            .map(f64::from)
            .collect(),
        DType::U32 => block_on(executable.read_u32(id))
            .expect("it is an output")
            .into_iter()
            .map(f64::from)
            .collect(),
    }
}
