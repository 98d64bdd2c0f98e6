//! Runs one dispatch of a program by itself, for measuring it.

use wgpu::ComputePassDescriptor;

use super::{Executable, SUBMISSION_FLOPS, encode_step};
use crate::gpu::error::GpuError;

/// Most dispatches in one submission: enough that its own cost does not count.
const SUBMISSION_DISPATCHES: usize = 1024;

impl Executable {
    /// Runs dispatch `dispatch` of the program `times` times in a row, on whatever its operands hold, in as few
    /// submissions as are short enough for a desktop's watchdog. Does not wait.
    ///
    /// # Errors
    /// When the device is lost or rejects a command.
    ///
    /// # Panics
    /// When the program has no such dispatch.
    pub fn repeat_dispatch(&self, dispatch: usize, times: usize) -> Result<(), GpuError> {
        let step = &self.steps[dispatch];
        let fitting = SUBMISSION_FLOPS / step.flops.max(1);
        let at_once = usize::try_from(fitting)
            .unwrap_or(SUBMISSION_DISPATCHES)
            .clamp(1, SUBMISSION_DISPATCHES);
        let mut left = times;
        while left > 0 {
            let count = left.min(at_once);
            self.gpu.counters().dispatches.add(count);
            self.gpu.scoped("a submission", || {
                let device = self.gpu.device();
                let mut encoder = device.create_command_encoder(&Default::default());
                let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor::default());
                for _ in 0..count {
                    encode_step(&mut pass, step);
                }
                drop(pass);
                self.gpu.submit(encoder.finish());
            })?;
            left -= count;
        }
        Ok(())
    }
}
