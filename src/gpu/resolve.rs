//! Places a dispatch's names with what the kernel's WGSL declares.

use super::error::GpuError;
use super::kernels::{Access, Kernel, ScalarKind};
use super::lower::{Dispatch, Extent, Operand, Scalar};
use crate::graph::TensorId;

/// Prefix of the override constants that say whether an optional operand is there.
const HAS: &str = "HAS_";
/// Suffix of the override constants that say whether a weight is stored as f16.
const F16: &str = "_F16";

/// WebGPU's limit for each dimension of a dispatch; no adapter offers less.
const MAX_WORKGROUPS: u64 = 65_535;

/// What a storage binding gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    /// `@binding`
    pub index: u32,
    /// Whether the kernel writes it.
    pub access: Access,
    /// What is bound, or none for an absent optional operand.
    pub operand: Option<Operand>,
}

/// A dispatch ready for an adapter.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// All override constants of the kernel.
    pub constants: Vec<(String, f64)>,
    /// The entry point's storage bindings.
    pub bindings: Vec<Bound>,
    /// `@binding` of the parameters and their bytes, unless the entry point has none.
    pub params: Option<(u32, Vec<u8>)>,
    /// Workgroups in each dimension.
    pub workgroups: [u32; 3],
}

/// Resolves `dispatch` against its kernel. `is_f16` says which weights are stored as f16.
///
/// # Errors
/// When a name is on one side only, a type differs, or the dispatch is too long.
pub fn resolve(
    kernel: &Kernel,
    dispatch: &Dispatch,
    is_f16: &dyn Fn(TensorId) -> bool,
) -> Result<Resolved, GpuError> {
    let entry = kernel.entry(dispatch.entry)?;
    let constants = constants(kernel, dispatch, is_f16)?;
    let mut bindings = Vec::new();
    let mut params = None;
    for binding in &entry.bindings {
        if binding.access == Access::Uniform {
            params = Some((binding.index, pack_params(kernel, dispatch)?));
            continue;
        }
        let operand = operand(dispatch, &binding.name);
        let has = format!("{HAS}{}", binding.name.to_uppercase());
        if operand.is_none() && !kernel.overrides().iter().any(|(name, _)| *name == has) {
            return Err(
                kernel.problem(format!("{} needs the operand {}", entry.name, binding.name))
            );
        }
        bindings.push(Bound {
            index: binding.index,
            access: binding.access,
            operand,
        });
    }
    for (name, _) in &dispatch.operands {
        if !entry.bindings.iter().any(|binding| binding.name == *name) {
            return Err(kernel.problem(format!("{} has no binding {name}", entry.name)));
        }
    }
    let named: Vec<_> = constants
        .iter()
        .map(|(name, value)| (name.as_str(), *value))
        .collect();
    let invocations = kernel.workgroup_invocations(entry, &named)?;
    let workgroups = workgroups(kernel, &dispatch.extent, invocations)?;
    Ok(Resolved {
        constants,
        bindings,
        params,
        workgroups,
    })
}

fn operand(dispatch: &Dispatch, name: &str) -> Option<Operand> {
    dispatch
        .operands
        .iter()
        .find(|(operand, _)| *operand == name)
        .map(|&(_, id)| id)
}

fn constants(
    kernel: &Kernel,
    dispatch: &Dispatch,
    is_f16: &dyn Fn(TensorId) -> bool,
) -> Result<Vec<(String, f64)>, GpuError> {
    for (name, _) in &dispatch.constants {
        if !kernel.overrides().iter().any(|(known, _)| known == name) {
            return Err(kernel.problem(format!("has no override {name}")));
        }
    }
    let value = |name: &str, default: f64| {
        if let Some(&(_, value)) = dispatch.constants.iter().find(|(given, _)| *given == name) {
            return value;
        }
        if let Some(optional) = name.strip_prefix(HAS) {
            let present = operand(dispatch, &optional.to_lowercase()).is_some();
            return f64::from(u8::from(present));
        }
        if let Some(weight) = name.strip_suffix(F16) {
            let weight = operand(dispatch, &weight.to_lowercase());
            let half = matches!(weight, Some(Operand::Tensor(id)) if is_f16(id));
            return f64::from(u8::from(half));
        }
        default
    };
    Ok(kernel
        .overrides()
        .iter()
        .map(|(name, default)| (name.clone(), value(name, *default)))
        .collect())
}

fn pack_params(kernel: &Kernel, dispatch: &Dispatch) -> Result<Vec<u8>, GpuError> {
    for (name, _) in &dispatch.params {
        if !kernel.params().iter().any(|param| param.name == *name) {
            return Err(kernel.problem(format!("has no parameter {name}")));
        }
    }
    let mut bytes = vec![0; kernel.params_bytes() as usize];
    for param in kernel.params() {
        let given = dispatch.params.iter().find(|(name, _)| *name == param.name);
        let word = match (given, param.kind) {
            (Some((_, Scalar::U32(value))), ScalarKind::U32) => value.to_le_bytes(),
            (Some((_, Scalar::F32(value))), ScalarKind::F32) => value.to_le_bytes(),
            (given, kind) => {
                return Err(kernel.problem(format!(
                    "parameter {} is {kind:?}, given {given:?}",
                    param.name
                )));
            }
        };
        let offset = param.offset as usize;
        bytes[offset..offset + word.len()].copy_from_slice(&word);
    }
    Ok(bytes)
}

/// Folds the list of workgroups into two dimensions where one is too short; see
/// `shaders/common/grid.wgsl`.
fn workgroups(kernel: &Kernel, extent: &Extent, invocations: u32) -> Result<[u32; 3], GpuError> {
    let count = match extent {
        Extent::Invocations(count) => count.div_ceil(u64::from(invocations)),
        Extent::Tiles { groups, tiled } => {
            let mut count = *groups;
            for &(tile, extent) in tiled {
                let Some(size @ 1..) = kernel.constant(tile) else {
                    return Err(kernel.problem(format!("has no positive constant {tile}")));
                };
                count = count.saturating_mul(extent.div_ceil(u64::from(size)));
            }
            count
        }
    };
    let rows = count.div_ceil(MAX_WORKGROUPS).max(1);
    let columns = count.div_ceil(rows);
    match (u32::try_from(columns), u32::try_from(rows)) {
        (Ok(columns), Ok(rows)) if u64::from(rows) <= MAX_WORKGROUPS => Ok([columns, rows, 1]),
        _ => Err(kernel.problem(format!("{count} workgroups are more than a dispatch takes"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::capabilities::Capabilities;
    use crate::gpu::kernels::Kernels;
    use crate::gpu::lower::lower;
    use crate::graph::{DType, Graph, Shape};

    fn addition(shape: Shape, masked: bool) -> (Graph, Dispatch) {
        let mut graph = Graph::new();
        let a = if masked {
            let lengths = graph.lengths("lengths", shape.n);
            graph.masked_input("a", shape, DType::F32, lengths.divided(2))
        } else {
            graph.input("a", shape, DType::F32)
        };
        let b = graph.input("b", shape, DType::F32);
        graph.add("sum", a, b, 0.5).expect("shapes agree");
        let mut lowered =
            lower(&graph, &graph.nodes()[0], Capabilities::PORTABLE).expect("a size for a GPU");
        (graph, lowered.dispatches.remove(0))
    }

    fn resolved(dispatch: &Dispatch) -> Result<Resolved, GpuError> {
        let kernels = Kernels::load().expect("all kernels parse");
        resolve(kernels.get(dispatch.kernel)?, dispatch, &|_| false)
    }

    #[test]
    fn parameters_land_at_the_offsets_of_the_shader() {
        let (_, dispatch) = addition(Shape::new(2, 3, 4, 5), true);
        let resolved = resolved(&dispatch).expect("names agree");
        let (_, bytes) = resolved.params.expect("add has parameters");
        let words: Vec<u32> = bytemuck::pod_collect_to_vec(&bytes);
        assert_eq!(words[..6], [24, 5, 12, 4, 1, 2]);
        assert_eq!(f32::from_bits(words[6]), 0.5);
    }

    #[test]
    fn an_absent_optional_operand_switches_its_override_off() {
        for masked in [false, true] {
            let (_, dispatch) = addition(Shape::new(1, 1, 1, 8), masked);
            let resolved = resolved(&dispatch).expect("names agree");
            let has = resolved
                .constants
                .iter()
                .find(|(name, _)| name == "HAS_LENGTHS")
                .expect("add masks its output");
            assert_eq!(has.1, f64::from(u8::from(masked)));
            let bound = resolved.bindings.iter().find(|bound| bound.index == 1);
            assert_eq!(bound.and_then(|bound| bound.operand).is_some(), masked);
        }
    }

    #[test]
    fn names_on_one_side_only_are_refused() {
        let (_, good) = addition(Shape::new(1, 1, 1, 8), false);
        let broken: [fn(&mut Dispatch); 5] = [
            |dispatch| dispatch.params.push(("colour", Scalar::U32(1))),
            |dispatch| dispatch.params.truncate(3),
            |dispatch| dispatch.operands[0].0 = "c",
            |dispatch| dispatch.operands.truncate(1),
            |dispatch| dispatch.constants.push(("HEIGHT", 1.0)),
        ];
        assert!(resolved(&good).is_ok());
        for damage in broken {
            let mut dispatch = good.clone();
            damage(&mut dispatch);
            assert!(matches!(resolved(&dispatch), Err(GpuError::Kernel { .. })));
        }
    }

    fn untiled(groups: u64) -> Extent {
        Extent::Tiles {
            groups,
            tiled: Vec::new(),
        }
    }

    #[test]
    fn tiles_are_counted_with_the_constants_of_the_shader() {
        let kernels = Kernels::load().expect("all kernels parse");
        let kernel = kernels.get("add").expect("add exists");
        let tile = kernel.constant("ROW_TILE").expect("a grid of rows");
        let extent = |name, columns| Extent::Tiles {
            groups: 3,
            tiled: vec![(name, columns)],
        };
        for (columns, expected) in [(1, 3), (u64::from(tile), 3), (u64::from(tile) + 1, 6)] {
            let workgroups = workgroups(kernel, &extent("ROW_TILE", columns), 64);
            assert_eq!(workgroups, Ok([expected, 1, 1]));
        }
        assert!(workgroups(kernel, &extent("NO_TILE", 1), 64).is_err());
    }

    #[test]
    fn long_dispatches_fold_and_still_reach_the_end() {
        let kernels = Kernels::load().expect("all kernels parse");
        let kernel = kernels.get("add").expect("add exists");
        for count in [1, 65_535, 65_536, 200_001, 65_535 * 65_535] {
            let [x, y, z] = workgroups(kernel, &untiled(count), 64).expect("within the limit");
            assert!(x <= 65_535 && y <= 65_535 && z == 1);
            let reached = u64::from(x) * u64::from(y);
            assert!(reached >= count && reached - count < u64::from(y));
        }
        assert!(workgroups(kernel, &untiled(1 << 40), 64).is_err());
    }
}
