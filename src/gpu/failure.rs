//! From wgpu's ways of reporting errors to values.

use std::sync::{Arc, Mutex, PoisonError};

use wgpu::{BufferDescriptor, BufferUsages, Device, ErrorFilter};

use super::error::GpuError;

/// The first error that happened outside an error scope.
#[derive(Debug, Clone, Default)]
pub(super) struct Failure(Arc<Mutex<Option<GpuError>>>);

impl Failure {
    pub(super) fn record(&self, error: GpuError) {
        let mut first = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Losing the device explains the errors that follow from it.
        if first.is_none() || matches!(error, GpuError::DeviceLost { .. }) {
            *first = Some(error);
        }
    }

    pub(super) fn check(&self) -> Result<(), GpuError> {
        let first = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        first.clone().map_or(Ok(()), Err)
    }
}

/// An error that is no `wgpu::Error`.
pub(super) fn rejected(device: &Device, what: &str, error: &dyn std::error::Error) -> GpuError {
    if is_lost(device) {
        return lost();
    }
    GpuError::Validation {
        what: what.to_owned(),
        reason: error.to_string(),
    }
}

/// Runs `action` in error scopes of its own, so that a host's handlers never hear of it.
pub(super) fn scoped<T>(
    device: &Device,
    what: &str,
    bytes: u64,
    action: impl FnOnce() -> T,
) -> Result<T, GpuError> {
    let scopes = [
        ErrorFilter::Internal,
        ErrorFilter::OutOfMemory,
        ErrorFilter::Validation,
    ]
    .map(|filter| device.push_error_scope(filter));
    let value = action();
    let mut first = None;
    // Scopes are a stack: the last one opened is the first to close. Native backends have the answer
    // at once, so blocking on it does not wait.
    for scope in scopes.into_iter().rev() {
        let error = pollster::block_on(scope.pop());
        first = first.or(error);
    }
    match first {
        None => Ok(value),
        Some(wgpu::Error::Validation { .. } | wgpu::Error::Internal { .. }) if is_lost(device) => {
            Err(lost())
        }
        Some(error) => Err(from_wgpu(error, what, bytes)),
    }
}

/// Whether the device is gone. A host's device has the host's callback for that, and wgpu says it nowhere else: what
/// is made on such a device is void, without an error, and what uses that fails with one about a label.
fn is_lost(device: &Device) -> bool {
    let scope = device.push_error_scope(ErrorFilter::OutOfMemory);
    let probe = device.create_buffer(&BufferDescriptor {
        label: Some("is the device there?"),
        size: 16,
        usage: BufferUsages::COPY_SRC,
        mapped_at_creation: true,
    });
    let no_memory = pollster::block_on(scope.pop()).is_some();
    !no_memory && probe.slice(..).get_mapped_range().is_err()
}

/// The error of a device that is gone.
fn lost() -> GpuError {
    GpuError::DeviceLost {
        reason: "its driver was reset, it was removed, or the application destroyed it".to_owned(),
    }
}

/// An error of wgpu's; `bytes` is what was being allocated.
pub(super) fn from_wgpu(error: wgpu::Error, what: &str, bytes: u64) -> GpuError {
    match error {
        wgpu::Error::OutOfMemory { .. } => GpuError::OutOfMemory {
            what: what.to_owned(),
            wanted: bytes,
        },
        wgpu::Error::Validation { description, .. } | wgpu::Error::Internal { description, .. } => {
            GpuError::Validation {
                what: what.to_owned(),
                reason: description,
            }
        }
    }
}
