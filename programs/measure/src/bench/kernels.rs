//! Every kernel at the shapes that a model really uses.

use std::time::Instant;

use super::ceilings::Ceilings;
use super::error::BenchError;
use super::report::{Bound, KernelRow, LeftOut};
use super::run::{Course, Subject};
use super::statistics::median;
use super::timing::samples;
use super::workload::{PlannedStage, StageKind};
use gss_wgpu::gpu::lower::{Dispatch, Extent, Scalar};
use gss_wgpu::gpu::{Executable, describe};
use gss_wgpu::graph::{Graph, Node, Shape, Tensor};

/// No kernel takes more than this part of the limit, but for a first and a second run: large models
/// have some two hundred, of which most take little.
const KERNELS_IN_LIMIT: f64 = 50.0;

/// What makes two dispatches the same work.
#[derive(Debug, Clone, PartialEq)]
struct Work {
    kernel: &'static str,
    entry: &'static str,
    constants: Vec<(&'static str, f64)>,
    params: Vec<(&'static str, Scalar)>,
    operands: Vec<(&'static str, Shape, bool)>,
    extent: Extent,
}

impl Work {
    fn new(graph: &Graph, dispatch: &Dispatch, is_f16: &dyn Fn(&Tensor) -> bool) -> Self {
        let operands = dispatch.operands.iter().map(|&(name, id)| {
            let tensor = graph.tensor(id);
            (name, tensor.shape, is_f16(tensor))
        });
        Self {
            kernel: dispatch.kernel,
            entry: dispatch.entry,
            constants: dispatch.constants.clone(),
            params: dispatch.params.clone(),
            operands: operands.collect(),
            extent: dispatch.extent.clone(),
        }
    }
}

/// A kernel at a shape, and where it is used.
#[derive(Debug)]
struct Use {
    work: Work,
    /// Place of a stage that uses it, and the step of its plan.
    place: (usize, usize),
    stages: Vec<&'static str>,
    /// How often a synthesis runs it.
    uses: usize,
    shape: String,
    flops: u64,
    bytes: u64,
}

impl Use {
    fn name(&self) -> String {
        format!("{}.{}", self.work.kernel, self.work.entry)
    }
}

/// All kernels of the stages, each shape once, the most arithmetic first.
fn enumerate(stages: &[PlannedStage], steps: usize, is_f16: &dyn Fn(&Tensor) -> bool) -> Vec<Use> {
    let mut all: Vec<Use> = Vec::new();
    for (place, stage) in stages.iter().enumerate() {
        let (name, uses) = (stage.kind.name(), stage.kind.uses(steps));
        for (step, dispatch) in stage.dispatches.iter().enumerate() {
            let work = Work::new(&stage.graph, dispatch, is_f16);
            if let Some(known) = all.iter_mut().find(|known| known.work == work) {
                known.uses += uses;
                if !known.stages.contains(&name) {
                    known.stages.push(name);
                }
                continue;
            }
            let node = stage.node(step);
            all.push(Use {
                work,
                place: (place, step),
                stages: vec![name],
                uses,
                shape: describe::shape(&stage.graph, node),
                flops: dispatch.flops,
                bytes: describe::bytes(&stage.graph, node, &|id| is_f16(stage.graph.tensor(id))),
            });
        }
    }
    all.sort_by_key(|kernel| std::cmp::Reverse(kernel.flops * kernel.uses as u64));
    all
}

/// Measures all kernels of the model at the shapes of so much speech; the one that takes most of a
/// synthesis comes first.
pub(super) async fn measure(
    subject: &Subject<'_>,
    ceilings: &Ceilings,
    course: &mut Course<'_>,
) -> Result<(Vec<KernelRow>, Vec<LeftOut>), BenchError> {
    let start = Instant::now();
    let at = course.options.at;
    let mut left_out: Vec<LeftOut> = StageKind::ALL
        .iter()
        .filter_map(|kind| {
            let what = format!("kernels of stage {} at {at} s", kind.name());
            Some(LeftOut::impossible(
                what,
                kind.too_long(subject.config, at)?,
            ))
        })
        .collect();
    let stages: Vec<PlannedStage> = StageKind::ALL
        .into_iter()
        .filter(|kind| kind.too_long(subject.config, at).is_none())
        .filter_map(|kind| {
            let capabilities =
                |graph: &Graph, node: &Node| subject.gpu.capabilities_for(graph, node);
            PlannedStage::new(kind, subject.config, at, &capabilities).transpose()
        })
        .collect::<Result<_, _>>()?;
    let executables: Vec<Executable> = stages
        .iter()
        .map(|stage| stage.executable(subject.gpu, subject.weights))
        .collect::<Result<_, _>>()?;
    let is_f16 = |tensor: &Tensor| subject.weights.is_f16(tensor);
    let uses = enumerate(&stages, subject.steps(), &is_f16);
    let mut rows = Vec::with_capacity(uses.len());
    for (done, kernel) in uses.iter().enumerate() {
        course.tell("kernels", done, uses.len());
        if !course.has_time(start, None) {
            let what = format!("kernel {} at {}", kernel.name(), kernel.shape);
            left_out.push(course.over_limit(what, None));
            continue;
        }
        let (place, step) = kernel.place;
        // A run of another kernel may have left values that no synthesis sees, a step counter
        // beyond the table for one.
        stages[place].write_inputs(&executables[place], &subject.table)?;
        let longest = course.options.limit.as_secs_f64() / KERNELS_IN_LIMIT;
        let seconds = samples(subject.gpu, course.options.repeats, longest, |times| {
            executables[place].repeat_step(step, times)
        })
        .await?;
        let binding = ceilings.binding(kernel.flops as f64, kernel.bytes as f64);
        rows.push(row(kernel, median(&seconds), binding));
    }
    rows.sort_by(|a, b| {
        let total = |row: &KernelRow| row.ms * row.uses as f64;
        total(b).total_cmp(&total(a))
    });
    Ok((rows, left_out))
}

/// `bound` and the least possible time are those of the ceiling that binds.
fn row(kernel: &Use, seconds: f64, (bound, least): (Bound, f64)) -> KernelRow {
    let (flops, bytes) = (kernel.flops as f64, kernel.bytes as f64);
    KernelRow {
        kernel: kernel.name(),
        shape: kernel.shape.clone(),
        stages: kernel.stages.clone(),
        uses: kernel.uses,
        ms: 1e3 * seconds,
        gflop: flops / 1e9,
        gflops: flops / seconds / 1e9,
        gbs: bytes / seconds / 1e9,
        share: least / seconds,
        bound,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use gss_wgpu::gpu::Capabilities;
    use gss_wgpu::gpu::lower::lower;
    use gss_wgpu::model::ModelConfig;

    fn planned(seconds: f64) -> Vec<PlannedStage> {
        let symbols = (0..80).map(|symbol| symbol.to_string()).collect();
        let config = ModelConfig::small(symbols);
        StageKind::ALL
            .into_iter()
            .filter_map(|kind| {
                let portable = |_: &Graph, _: &Node| Capabilities::PORTABLE;
                let planned = PlannedStage::new(kind, &config, seconds, &portable);
                planned.expect("a sound size")
            })
            .collect()
    }

    #[test]
    fn every_kernel_that_the_model_uses_is_enumerated_once_a_shape() {
        // Long enough for the norms of long tensors.
        let (stages, steps) = (planned(10.0), 6);
        let uses = enumerate(&stages, steps, &|_| false);
        let dispatches: usize = stages
            .iter()
            .map(|stage| stage.dispatches.len() * stage.kind.uses(steps))
            .sum();
        let counted: usize = uses.iter().map(|kernel| kernel.uses).sum();
        assert_eq!(counted, dispatches);
        for (i, kernel) in uses.iter().enumerate() {
            assert!(uses[..i].iter().all(|other| other.work != kernel.work));
        }

        let used: BTreeSet<_> = uses.iter().map(|kernel| kernel.work.kernel).collect();
        for stage in &stages {
            for node in stage.graph.nodes() {
                let dispatch = lower(&stage.graph, node, false, Capabilities::PORTABLE)
                    .expect("a size for a GPU");
                assert!(used.contains(dispatch.kernel), "{} is missing", node.name);
            }
        }
    }

    #[test]
    fn a_longer_speech_has_other_shapes_of_the_same_kernels() {
        let names = |seconds| -> BTreeSet<_> {
            let uses = enumerate(&planned(seconds), 6, &|_| false);
            uses.iter().map(Use::name).collect()
        };
        let flops = |seconds| {
            planned(seconds)
                .iter()
                .map(PlannedStage::flops)
                .sum::<u64>()
        };
        assert_eq!(names(4.0), names(8.0));
        assert!(flops(8.0) > 3 * flops(4.0) / 2);
    }
}
