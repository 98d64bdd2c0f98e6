//! What the choice among the variants of a kernel depends on.

use serde::{Deserialize, Serialize};
use wgpu::{AdapterInfo, DeviceType, Features};

use super::matrices::{Matrices, MatrixKind};

/// Set to `1`, leaves out the kernels that use subgroup operations.
const DISABLE_SUBGROUPS_VARIABLE: &str = "GSS_DISABLE_SUBGROUPS";
/// Set to `1`, leaves out the kernels that stage their operands in workgroup memory.
const DISABLE_SHARED_TILES_VARIABLE: &str = "GSS_DISABLE_SHARED_TILES";
/// Set to `1`, leaves out the kernels that compute in half precision.
const DISABLE_F16_ARITHMETIC_VARIABLE: &str = "GSS_DISABLE_F16_ARITHMETIC";
/// Set to `1`, leaves out the kernels that use cooperative matrices.
const DISABLE_MATRICES_VARIABLE: &str = "GSS_DISABLE_COOPERATIVE_MATRICES";

/// Invocations of a subgroup that fill one register of an x86 CPU with `f32`.
const LANES: u32 = 8;

/// What [`Capabilities::eight_lanes`] needs of the device.
pub(super) const EIGHT_LANES: Features = Features::SUBGROUP.union(Features::SHADER_INT64);

/// What an adapter is and has, as far as the choice of kernels makes use of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capabilities {
    /// The adapter computes on the CPU. There, subgroups of exactly eight invocations share a
    /// register, so that a value goes from one to all in one instruction, and an invocation loads 64
    /// bits as cheaply as 32.
    pub eight_lanes: bool,
    /// A reduction over a workgroup may use subgroup operations, whatever the subgroups' size.
    pub subgroups: bool,
    /// The adapter has workgroup memory that is faster than its caches, and barriers that cost little:
    /// every GPU, no CPU.
    pub shared_tiles: bool,
    /// Products through workgroup memory may be computed in half precision, their sums in single; the
    /// head of `shaders/products/conv_tiles_f16.wgsl` bounds the error.
    pub f16_arithmetic: bool,
    /// Products through workgroup memory may be computed by these cooperative matrices, rather than in
    /// either precision without them.
    pub matrices: Option<Matrices>,
}

impl Capabilities {
    /// What every adapter has.
    pub const PORTABLE: Self = Self {
        eight_lanes: false,
        subgroups: false,
        shared_tiles: false,
        f16_arithmetic: false,
        matrices: None,
    };

    /// All that a product may be lowered for on a device that has `self`.
    pub(super) fn candidates(self) -> [Self; 5] {
        let tiled = Self {
            shared_tiles: true,
            ..Self::PORTABLE
        };
        let half = Self {
            f16_arithmetic: true,
            ..tiled
        };
        let matrices = Self {
            matrices: self.matrices,
            ..tiled
        };
        let lanes = Self {
            eight_lanes: true,
            ..Self::PORTABLE
        };
        [Self::PORTABLE, tiled, half, matrices, lanes].map(|candidate| candidate.within(self))
    }

    /// What a device with these features and matrices can run on this adapter, fast or not, without what
    /// the environment switches off.
    pub(super) fn runnable(
        info: &AdapterInfo,
        features: Features,
        matrices: Option<Matrices>,
    ) -> Self {
        let uses_subgroups = is_on(DISABLE_SUBGROUPS_VARIABLE);
        let has_eight_lanes = info.device_type == DeviceType::Cpu
            && (info.subgroup_min_size, info.subgroup_max_size) == (LANES, LANES)
            && features.contains(EIGHT_LANES);
        let shared_tiles = is_on(DISABLE_SHARED_TILES_VARIABLE);
        let has_f16 = features.contains(Features::SHADER_F16);
        Self {
            eight_lanes: has_eight_lanes && uses_subgroups,
            subgroups: features.contains(Features::SUBGROUP) && uses_subgroups,
            shared_tiles,
            f16_arithmetic: shared_tiles && has_f16 && is_on(DISABLE_F16_ARITHMETIC_VARIABLE),
            matrices: matrices
                .filter(|found| has_f16 || found.kind == MatrixKind::Single8)
                .filter(|_| shared_tiles && uses_matrices()),
        }
    }

    /// What of these makes kernels faster: in software, workgroup memory is memory like any other, half
    /// precision costs conversions, and matrices and reductions over subgroups are loops.
    pub(super) fn worthwhile(self, is_software: bool) -> Self {
        Self {
            subgroups: self.subgroups && !is_software,
            shared_tiles: self.shared_tiles && !is_software,
            f16_arithmetic: self.f16_arithmetic && !is_software,
            matrices: self.matrices.filter(|_| !is_software),
            ..self
        }
    }

    /// Normalised mean squared error (squared differences over squared values) that a product through
    /// workgroup memory keeps to the exact one, for operands within the range of halfs: 1e-10 in single
    /// precision, 1e-6 in half, of which matrices make 2e-7, since only their factors are rounded.
    #[must_use]
    pub const fn product_nmse(self) -> f64 {
        match self.matrices {
            Some(Matrices { kind, .. }) if kind.is_half() => 2e-7,
            None if self.f16_arithmetic => 1e-6,
            _ => 1e-10,
        }
    }

    /// These without half precision and matrices: what a device starts with that has not been self-tested.
    /// With [`Gpu::planning_for`](super::Gpu::planning_for), an application chooses it for its plans.
    #[must_use]
    pub const fn single_precision(self) -> Self {
        Self {
            f16_arithmetic: false,
            matrices: None,
            ..self
        }
    }

    /// What either has.
    pub(super) fn union(self, other: Self) -> Self {
        Self {
            eight_lanes: self.eight_lanes || other.eight_lanes,
            subgroups: self.subgroups || other.subgroups,
            shared_tiles: self.shared_tiles || other.shared_tiles,
            f16_arithmetic: self.f16_arithmetic || other.f16_arithmetic,
            matrices: self.matrices.or(other.matrices),
        }
    }

    /// These, as far as an adapter that offers `offered` can run the kernels that they stand for and the
    /// environment does not switch them off. Workgroup memory is everywhere, if not everywhere fast.
    pub(super) fn within(self, offered: Self) -> Self {
        Self {
            eight_lanes: self.eight_lanes && offered.eight_lanes,
            subgroups: self.subgroups && offered.subgroups,
            shared_tiles: self.shared_tiles && is_on(DISABLE_SHARED_TILES_VARIABLE),
            f16_arithmetic: self.f16_arithmetic && offered.f16_arithmetic,
            matrices: self.matrices.filter(|_| self.matrices == offered.matrices),
        }
    }
}

/// Whether the environment leaves cooperative matrices on.
pub(super) fn uses_matrices() -> bool {
    is_on(DISABLE_MATRICES_VARIABLE)
}

/// Whether this variable of the environment leaves a feature on.
fn is_on(switch: &str) -> bool {
    std::env::var(switch).as_deref() != Ok("1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::adapters::tests::adapter_info;

    fn by_default(info: &AdapterInfo, features: Features) -> Capabilities {
        Capabilities::runnable(info, features, None).worthwhile(info.device_type == DeviceType::Cpu)
    }

    #[test]
    fn eight_lanes_are_a_software_adapter_s_with_the_features() {
        let mut info = adapter_info("llvmpipe", DeviceType::Cpu);
        (info.subgroup_min_size, info.subgroup_max_size) = (8, 8);
        assert!(by_default(&info, EIGHT_LANES).eight_lanes);
        let without = by_default(&info, Features::SUBGROUP);
        assert_eq!(without, Capabilities::PORTABLE);
        info.subgroup_min_size = 4;
        assert_eq!(by_default(&info, EIGHT_LANES), Capabilities::PORTABLE);
        let mut info = adapter_info("Iris Xe", DeviceType::IntegratedGpu);
        (info.subgroup_min_size, info.subgroup_max_size) = (8, 8);
        let gpu = by_default(&info, EIGHT_LANES);
        assert!(gpu.shared_tiles && gpu.subgroups && !gpu.eight_lanes);
        let without = by_default(&info, Features::SHADER_INT64);
        assert!(without.shared_tiles && !without.subgroups);
    }

    #[test]
    fn half_precision_is_for_gpus_that_have_it() {
        let gpu = adapter_info("Iris Xe", DeviceType::IntegratedGpu);
        let with = by_default(&gpu, Features::SHADER_F16);
        assert!(with.shared_tiles && with.f16_arithmetic);
        assert!(!with.single_precision().f16_arithmetic);
        assert!(!by_default(&gpu, EIGHT_LANES).f16_arithmetic);
        let software = adapter_info("llvmpipe", DeviceType::Cpu);
        assert_eq!(
            by_default(&software, Features::SHADER_F16),
            Capabilities::PORTABLE
        );
        let runnable = Capabilities::runnable(&software, Features::SHADER_F16, None);
        assert!(runnable.f16_arithmetic);
    }

    #[test]
    fn matrices_of_halfs_need_halfs_and_count_only_on_gpus() {
        let gpu = adapter_info("Iris Xe", DeviceType::IntegratedGpu);
        let matrices = Some(Matrices {
            kind: MatrixKind::Half8,
            subgroup: 16,
        });
        let with = Capabilities::runnable(&gpu, Features::SHADER_F16, matrices);
        assert_eq!(with.worthwhile(false).matrices, matrices);
        assert_eq!(with.worthwhile(true).matrices, None);
        assert_eq!(with.single_precision().union(with), with);
        let without = Capabilities::runnable(&gpu, EIGHT_LANES, matrices);
        assert_eq!(without.matrices, None);
    }
}
