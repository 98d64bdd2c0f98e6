//! Stands in for the profiler in builds without the feature `profiling`: its types have no values, so no
//! device has a profiler, and nothing that would use one is ever run.

use std::sync::Arc;

use wgpu::{CommandEncoder, ComputePass, Device, Features, Queue};

use super::error::GpuError;
use super::timing::{DispatchInfo, DispatchTiming};

/// Where timestamps are put: nowhere without the feature `profiling`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timestamps {}

impl Timestamps {
    pub(super) const fn features(self) -> Features {
        match self {}
    }
}

/// Measures every run on its device, with the feature `profiling`.
#[derive(Debug)]
pub enum Profiler {}

impl Profiler {
    pub(super) fn new(
        timestamps: Timestamps,
        _device: &Device,
        _queue: &Queue,
    ) -> Result<Self, GpuError> {
        match timestamps {}
    }

    /// Whether dispatches are measured inside their passes.
    #[must_use]
    pub const fn inside_passes(&self) -> bool {
        match *self {}
    }

    /// Everything that has run since the last call.
    ///
    /// # Errors
    /// Never: there is no such profiler.
    pub fn take(&self) -> Result<Vec<DispatchTiming>, GpuError> {
        match *self {}
    }

    pub(super) fn run(&self, _plan: &'static str) -> Result<Run, GpuError> {
        match *self {}
    }
}

/// A run that is being encoded.
pub(super) enum Run {}

impl Run {
    pub(super) fn encode<'i>(
        &mut self,
        _encoder: &mut CommandEncoder,
        _infos: impl Iterator<Item = &'i Arc<DispatchInfo>>,
        _encode: impl Fn(&mut ComputePass<'_>, usize),
    ) {
        match *self {}
    }

    pub(super) fn end(self) -> Result<(), GpuError> {
        match self {}
    }
}
