//! Makes a kernel's mistakes visible: poisoned buffers and guard zones behind them.

use crate::gpu::context::Gpu;
use crate::gpu::error::GpuError;
use crate::gpu::program::Program;
use crate::gpu::weights::WeightStore;
use crate::graph::Graph;

use super::Executable;

/// Guard words behind each slot of an executable made by [`Executable::guarded`].
const GUARD_BYTES: u64 = 256;

/// A quiet NaN with a payload that no computation produces.
const POISON: u32 = 0x7fc0_dead;

impl Executable {
    /// As [`Self::new`], with a guard zone behind every slot, for [`Self::poison`] and
    /// [`Self::check_guards`].
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn guarded(
        gpu: &Gpu,
        graph: &Graph,
        program: &Program,
        weights: &WeightStore,
    ) -> Result<Self, GpuError> {
        Self::build(gpu, graph, program, weights, GUARD_BYTES)
    }

    /// Fills every slot, guard zones included, with NaN: what a kernel reads before it is written, or
    /// outside its tensor, becomes visible. Inputs must be written again.
    ///
    /// # Errors
    /// When the device is lost.
    pub fn poison(&self) -> Result<(), GpuError> {
        for slot in &self.slots {
            let words = usize::try_from(slot.size() / 4).unwrap_or(usize::MAX);
            let poison = vec![POISON; words];
            self.gpu.scoped("poison", || {
                self.gpu
                    .queue()
                    .write_buffer(slot, 0, bytemuck::cast_slice(&poison));
            })?;
        }
        Ok(())
    }

    /// The slots of which something was written behind the end since [`Self::poison`].
    ///
    /// # Errors
    /// When the device fails.
    pub async fn check_guards(&self) -> Result<Vec<usize>, GpuError> {
        let mut damaged = Vec::new();
        for (index, slot) in self.slots.iter().enumerate() {
            let bytes = self.gpu.read("guard words", slot, slot.size()).await?;
            let words: Vec<u32> = bytemuck::pod_collect_to_vec(&bytes);
            let guards = usize::try_from(self.guard_bytes / 4).unwrap_or(0);
            if words[words.len() - guards..]
                .iter()
                .any(|&word| word != POISON)
            {
                damaged.push(index);
            }
        }
        Ok(damaged)
    }
}
