//! Which cooperative matrices an adapter has that some kernel uses.

use serde::{Deserialize, Serialize};
use wgpu::{
    Adapter, AdapterInfo, Backend, CooperativeMatrixProperties, CooperativeScalarType,
    ExperimentalFeatures, Features,
};

/// What a device needs for them.
const FEATURE: Features = Features::EXPERIMENTAL_COOPERATIVE_MATRIX;

/// Invocations of a subgroup on Apple's GPUs, of which wgpu only knows bounds.
const METAL_SUBGROUP: u32 = 32;

/// Units that multiply small matrices, each spread over the invocations of a subgroup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matrices {
    /// Size and precision.
    pub kind: MatrixKind,
    /// Invocations of a subgroup: the same in all of them, since kernels count on it.
    pub subgroup: u32,
}

/// Size and precision of cooperative matrices. Sums are in single precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatrixKind {
    /// 8 x 8 in single precision.
    Single8,
    /// 8 x 8 in half precision.
    Half8,
    /// 16 x 16 in half precision.
    Half16,
}

impl MatrixKind {
    /// The better one first: the more precise, then the larger.
    const PREFERRED: [Self; 3] = [Self::Single8, Self::Half16, Self::Half8];

    /// The kernel that uses it.
    pub(super) const fn kernel(self) -> &'static str {
        match self {
            Self::Single8 => "conv_matrices_8_f32",
            Self::Half8 => "conv_matrices_8_f16",
            Self::Half16 => "conv_matrices_16_f16",
        }
    }

    /// Whether factors are rounded to half precision.
    pub(super) const fn is_half(self) -> bool {
        !matches!(self, Self::Single8)
    }

    fn is(self, properties: &CooperativeMatrixProperties) -> bool {
        let (size, factors) = match self {
            Self::Single8 => (8, CooperativeScalarType::F32),
            Self::Half8 => (8, CooperativeScalarType::F16),
            Self::Half16 => (16, CooperativeScalarType::F16),
        };
        let &CooperativeMatrixProperties {
            m_size,
            n_size,
            k_size,
            ab_type,
            cr_type,
            ..
        } = properties;
        [m_size, n_size, k_size] == [size; 3]
            && (ab_type, cr_type) == (factors, CooperativeScalarType::F32)
    }
}

impl Matrices {
    /// The best that the adapter has, if it has any that a kernel uses.
    pub(super) fn of_adapter(adapter: &Adapter) -> Option<Self> {
        let offered = adapter.cooperative_matrix_properties();
        Self::of(&adapter.get_info(), &offered).filter(|_| adapter.features().contains(FEATURE))
    }

    /// What to open a device with.
    pub(super) const fn features(wanted: Option<Self>) -> (Features, ExperimentalFeatures) {
        match wanted {
            None => (Features::empty(), ExperimentalFeatures::disabled()),
            // SAFETY: of the experimental features, only cooperative matrices are asked for. wgpu does not
            // check what they touch; the kernels use them on arrays of constant size only, and are used
            // where the self-test finds them right.
            Some(_) => (FEATURE, unsafe { ExperimentalFeatures::enabled() }),
        }
    }

    /// The best of what an adapter has, unless its subgroups differ in size.
    fn of(info: &AdapterInfo, offered: &[CooperativeMatrixProperties]) -> Option<Self> {
        let subgroup = if info.backend == Backend::Metal {
            METAL_SUBGROUP
        } else if info.subgroup_min_size == info.subgroup_max_size {
            info.subgroup_min_size
        } else {
            return None;
        };
        let kind = MatrixKind::PREFERRED
            .into_iter()
            .find(|kind| offered.iter().any(|properties| kind.is(properties)))?;
        Some(Self { kind, subgroup })
    }
}

#[cfg(test)]
mod tests {
    use wgpu::DeviceType;

    use super::*;
    use crate::gpu::adapters::tests::adapter_info;

    const fn square(
        size: u32,
        ab_type: CooperativeScalarType,
        cr_type: CooperativeScalarType,
    ) -> CooperativeMatrixProperties {
        CooperativeMatrixProperties {
            m_size: size,
            n_size: size,
            k_size: size,
            ab_type,
            cr_type,
            saturating_accumulation: false,
        }
    }

    fn kind(info: &AdapterInfo, offered: &[CooperativeMatrixProperties]) -> Option<MatrixKind> {
        Matrices::of(info, offered).map(|found| found.kind)
    }

    #[test]
    fn the_most_precise_and_then_the_largest_matrices_are_chosen() {
        use CooperativeScalarType::{F16, F32};
        let mut info = adapter_info("GeForce", DeviceType::DiscreteGpu);
        (info.subgroup_min_size, info.subgroup_max_size) = (32, 32);
        let (half8, half16) = (square(8, F16, F32), square(16, F16, F32));
        assert_eq!(kind(&info, &[half8, half16]), Some(MatrixKind::Half16));
        let single8 = square(8, F32, F32);
        let all = [half8, half16, single8];
        assert_eq!(kind(&info, &all), Some(MatrixKind::Single8));
        // Sums in half precision, and matrices that are not square.
        assert_eq!(kind(&info, &[square(16, F16, F16)]), None);
        let wide = CooperativeMatrixProperties {
            n_size: 8,
            ..half16
        };
        assert_eq!(kind(&info, &[wide]), None);
        // Which invocations share a matrix is not known.
        info.subgroup_max_size = 64;
        assert_eq!(kind(&info, &all), None);
        info.backend = Backend::Metal;
        let metal = Matrices::of(&info, &all).expect("Apple's subgroups have one size");
        assert_eq!(metal.subgroup, 32);
    }
}
