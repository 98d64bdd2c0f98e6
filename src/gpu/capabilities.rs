//! What the choice among the variants of a kernel depends on.

use serde::{Deserialize, Serialize};
use wgpu::{AdapterInfo, DeviceType, Features};

/// Set to `1`, leaves out the kernels that use subgroup operations.
const DISABLE_SUBGROUPS_VARIABLE: &str = "GSS_DISABLE_SUBGROUPS";
/// Set to `1`, leaves out the kernels that stage their operands in workgroup memory.
const DISABLE_SHARED_TILES_VARIABLE: &str = "GSS_DISABLE_SHARED_TILES";

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
    /// The adapter has workgroup memory that is faster than its caches, and barriers that cost little:
    /// every GPU, no CPU.
    pub shared_tiles: bool,
}

impl Capabilities {
    /// What every adapter has.
    pub const PORTABLE: Self = Self {
        eight_lanes: false,
        shared_tiles: false,
    };

    /// All that a product may be lowered for.
    pub(super) const CANDIDATES: [Self; 3] = [
        Self::PORTABLE,
        Self {
            shared_tiles: true,
            ..Self::PORTABLE
        },
        Self {
            eight_lanes: true,
            ..Self::PORTABLE
        },
    ];

    /// What a device with these features has on this adapter, without what the environment switches
    /// off.
    pub(super) fn of(info: &AdapterInfo, features: Features) -> Self {
        let is_software = info.device_type == DeviceType::Cpu;
        let has_eight_lanes = is_software
            && (info.subgroup_min_size, info.subgroup_max_size) == (LANES, LANES)
            && features.contains(EIGHT_LANES);
        Self {
            eight_lanes: has_eight_lanes && is_on(DISABLE_SUBGROUPS_VARIABLE),
            shared_tiles: !is_software && is_on(DISABLE_SHARED_TILES_VARIABLE),
        }
    }

    /// These, as far as an adapter that offers `offered` can run the kernels that they stand for and the
    /// environment does not switch them off. Workgroup memory is everywhere, if not everywhere fast.
    pub(super) fn within(self, offered: Self) -> Self {
        Self {
            eight_lanes: self.eight_lanes && offered.eight_lanes,
            shared_tiles: self.shared_tiles && is_on(DISABLE_SHARED_TILES_VARIABLE),
        }
    }
}

/// Whether this variable of the environment leaves a feature on.
fn is_on(switch: &str) -> bool {
    std::env::var(switch).as_deref() != Ok("1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::adapters::tests::adapter_info;

    #[test]
    fn eight_lanes_are_a_software_adapter_s_with_the_features() {
        let mut info = adapter_info("llvmpipe", DeviceType::Cpu);
        (info.subgroup_min_size, info.subgroup_max_size) = (8, 8);
        assert!(Capabilities::of(&info, EIGHT_LANES).eight_lanes);
        let without = Capabilities::of(&info, Features::SUBGROUP);
        assert_eq!(without, Capabilities::PORTABLE);
        info.subgroup_min_size = 4;
        assert_eq!(Capabilities::of(&info, EIGHT_LANES), Capabilities::PORTABLE);
        let mut info = adapter_info("Iris Xe", DeviceType::IntegratedGpu);
        (info.subgroup_min_size, info.subgroup_max_size) = (8, 8);
        let gpu = Capabilities::of(&info, EIGHT_LANES);
        assert!(gpu.shared_tiles && !gpu.eight_lanes);
    }
}
