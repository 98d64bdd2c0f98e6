//! Times the variants of a product.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use pollster::block_on;

use super::{Tuning, bucket};
use crate::gpu::capabilities::Capabilities;
use crate::gpu::context::Gpu;
use crate::gpu::error::GpuError;
use crate::gpu::executor::Executable;
use crate::gpu::lower::lower;
use crate::gpu::weights::WeightStore;
use crate::graph::{
    Conv1d, Conv2d, Convolution, DType, Epilogue, Graph, GraphError, MatMul, Node, Op, WeightData,
    WeightFormat,
};

/// Timed runs of each candidate; the fastest counts, since disturbances only make a run longer.
const RUNS: usize = 3;

/// A candidate must take less than this part of the default's time: below it, noise decides.
const MARGIN: f64 = 0.95;

impl Tuning {
    /// Times the products of `graphs` on the device, one after the other, and waits for each.
    ///
    /// # Errors
    /// When the device fails or has no memory for one of them.
    pub fn measure(gpu: &Gpu, graphs: &[&Graph]) -> Result<Self, GpuError> {
        let mut seen = BTreeMap::new();
        for graph in graphs {
            for node in graph.nodes() {
                if let Some(bucket) = bucket(graph, node)
                    && !seen.contains_key(&bucket)
                {
                    seen.insert(bucket, fastest(gpu, graph, node)?);
                }
            }
        }
        let choices = seen
            .into_iter()
            .filter_map(|(bucket, choice)| Some((bucket, choice?)))
            .collect();
        Ok(Self { choices })
    }
}

/// The capabilities with which the node is faster than by default, if there are any.
fn fastest(gpu: &Gpu, graph: &Graph, node: &Node) -> Result<Option<Capabilities>, GpuError> {
    let alone = alone(graph, node).map_err(|error| GpuError::Node {
        node: node.name.clone(),
        problem: error.to_string(),
    })?;
    let node = &alone.nodes()[0];
    let default = gpu.capabilities();
    let mut lowered = vec![lower(&alone, node, default)?];
    let mut best = (
        None,
        time(&gpu.planning_for(default), &alone)?.mul_f64(MARGIN),
    );
    for candidate in default.candidates() {
        let dispatch = lower(&alone, node, candidate)?;
        if lowered.contains(&dispatch) {
            continue;
        }
        lowered.push(dispatch);
        let time = time(&gpu.planning_for(candidate), &alone)?;
        if time < best.1 {
            best = (Some(candidate), time);
        }
    }
    Ok(best.0)
}

/// A graph with this product only, its operand being an input.
fn alone(graph: &Graph, node: &Node) -> Result<Graph, GraphError> {
    let mut alone = Graph::new();
    let mut input = |x| alone.input("x", graph.shape(x), DType::F32);
    let (name, none) = ("product", Epilogue::NONE);
    let y = match &node.op {
        Op::MatMul(MatMul {
            x,
            weight,
            prologue,
            ..
        }) => {
            let x = input(*x);
            alone.linear(name, x, graph.shape(*weight).n, *prologue, none)?
        }
        Op::Convolution(convolution) => {
            let (x, weight) = (input(convolution.x), graph.shape(convolution.weight));
            match *convolution {
                Convolution {
                    dilation,
                    prologue,
                    padding: [0, _],
                    ..
                } if weight.h == 1 => {
                    let conv = Conv1d {
                        channels: weight.n,
                        kernel: weight.w,
                        dilation,
                    };
                    alone.conv1d(name, x, conv, prologue, none)?
                }
                Convolution {
                    stride: [stride, _],
                    padding: [padding, _],
                    ..
                } => {
                    let conv = Conv2d {
                        channels: weight.n,
                        kernel: weight.w,
                        stride,
                        padding,
                    };
                    alone.conv2d(name, x, conv, none)?
                }
            }
        }
        _ => unreachable!("only products have a bucket"),
    };
    alone.output(y);
    Ok(alone)
}

/// The shortest of several runs, after one that compiles.
fn time(gpu: &Gpu, graph: &Graph) -> Result<Duration, GpuError> {
    let program = gpu.plan(graph)?;
    let zeros: HashMap<_, _> = graph
        .weights()
        .map(|weight| {
            (
                weight.name.as_str(),
                vec![0_u8; 4 * weight.shape.elements()],
            )
        })
        .collect();
    let mut weights = WeightStore::new();
    weights.upload(gpu, graph, &|name| {
        Some(WeightData {
            format: WeightFormat::F32,
            bytes: zeros.get(name)?,
        })
    })?;
    let executable = Executable::new(gpu, graph, &program, &weights)?;
    let mut shortest = Duration::MAX;
    for run in 0..=RUNS {
        let start = Instant::now();
        executable.run(1)?;
        if let Some(fence) = gpu.fence() {
            block_on(gpu.reach(fence))?;
        }
        if run > 0 {
            shortest = shortest.min(start.elapsed());
        }
    }
    Ok(shortest)
}
