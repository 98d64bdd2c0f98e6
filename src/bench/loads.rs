//! How many scalars a dispatch loads from storage, each load counted, cached or not.

use std::collections::HashMap;

use naga::Module;
use naga::valid::{ModuleInfo, ValidationFlags, Validator};

use super::interpreter::{Interpreter, Invocation};
use crate::gpu::kernels::{CAPABILITIES, Kernel};
use crate::gpu::lower::{Dispatch, Scalar};
use crate::gpu::resolve::Resolved;

/// Invocations of a workgroup that are followed: so many, evenly spread.
const FOLLOWED: u32 = 4;

/// Counts the loads of dispatches, and keeps the kernels that it has parsed for it.
#[derive(Debug, Default)]
pub(super) struct LoadCounter {
    modules: HashMap<&'static str, Option<(Module, ModuleInfo)>>,
}

impl LoadCounter {
    /// Scalars that all invocations of a dispatch load: those of a few in the middle of it, times all.
    /// None where a kernel's control flow depends on more than its parameters.
    pub(super) fn loads(
        &mut self,
        kernel: &Kernel,
        dispatch: &Dispatch,
        resolved: &Resolved,
    ) -> Option<u64> {
        let parsed = self
            .modules
            .entry(kernel.name())
            .or_insert_with(|| parse(kernel.source()));
        let (module, info) = parsed.as_ref()?;
        let point = module
            .entry_points
            .iter()
            .find(|point| point.name == dispatch.entry)?;
        if point.workgroup_size_overrides.is_some() {
            return None;
        }
        let params = dispatch
            .params
            .iter()
            .filter_map(|&(name, value)| match value {
                Scalar::U32(value) => Some((name, value)),
                Scalar::F32(_) => None,
            });
        let constants = resolved.constants.iter();
        let interpreter = Interpreter {
            module,
            info,
            constants: constants.map(|(name, value)| (&**name, *value)).collect(),
            params: params.collect(),
        };
        let (size, groups) = (point.workgroup_size, resolved.workgroups);
        let mut loads = 0;
        for i in 0..FOLLOWED {
            let invocation = Invocation {
                group: groups.map(|count| count / 2),
                groups,
                local: size.map(|extent| extent * i / FOLLOWED),
                size,
            };
            loads += interpreter.loads(dispatch.entry, invocation)?;
        }
        let all = |extents: [u32; 3]| extents.map(u64::from).into_iter().product::<u64>();
        Some(loads * all(size) * all(groups) / u64::from(FOLLOWED))
    }
}

/// None for what is no kernel of this crate.
fn parse(source: &str) -> Option<(Module, ModuleInfo)> {
    let module = naga::front::wgsl::parse_str(source).ok()?;
    let info = Validator::new(ValidationFlags::all(), CAPABILITIES)
        .validate(&module)
        .ok()?;
    Some((module, info))
}

#[cfg(test)]
mod tests {
    use super::LoadCounter;
    use crate::gpu::Capabilities;
    use crate::gpu::kernels::Kernels;
    use crate::gpu::lower::lower;
    use crate::gpu::resolve::resolve;
    use crate::graph::{Activation, Conv1d, DType, Epilogue, Graph, Shape};

    /// Scalars that the graph's only node loads.
    fn loads(graph: &Graph) -> u64 {
        let kernels = Kernels::load().expect("all kernels parse");
        let lowered =
            lower(graph, &graph.nodes()[0], Capabilities::PORTABLE).expect("a size for a GPU");
        let dispatch = &lowered.dispatches[0];
        let kernel = kernels.get(dispatch.kernel).expect("a kernel");
        let resolved = resolve(kernel, dispatch, &|_| false).expect("names agree");
        let mut counter = LoadCounter::default();
        counter
            .loads(kernel, dispatch, &resolved)
            .expect("its control flow depends on parameters only")
    }

    #[test]
    fn a_sum_loads_both_operands_once() {
        let shape = Shape::sequence(1, 1, 1 << 16);
        let mut graph = Graph::new();
        let a = graph.input("a", shape, DType::F32);
        let b = graph.input("b", shape, DType::F32);
        graph.add("sum", a, b, 1.0).expect("shapes agree");
        assert_eq!(loads(&graph), 2 << 16);
    }

    #[test]
    fn a_convolution_loads_in_proportion_to_its_arithmetic() {
        let convolution = |inputs, kernel| {
            let mut graph = Graph::new();
            let x = graph.input("x", Shape::sequence(1, inputs, 512), DType::F32);
            let conv = Conv1d {
                channels: 64,
                kernel,
                dilation: 1,
            };
            graph
                .conv1d("conv", x, conv, Activation::Identity, Epilogue::NONE)
                .expect("shapes agree");
            graph
        };
        let (less, more) = (loads(&convolution(32, 5)), loads(&convolution(64, 5)));
        // The bias and what stands before and after the sum do not grow.
        assert!(
            19 * less < 10 * more && more <= 2 * less,
            "{less} and {more}"
        );
        let multiply_adds = 64 * 512 * 64 * 5;
        assert!(
            (multiply_adds / 64..multiply_adds).contains(&more),
            "registers save most loads, not all: {more} for {multiply_adds} multiply-adds"
        );
    }
}
