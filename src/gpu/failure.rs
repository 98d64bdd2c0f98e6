//! From wgpu's ways of reporting errors to values.

use std::sync::{Arc, Mutex, PoisonError};

use wgpu::{Device, ErrorFilter};

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
pub(super) fn rejected(what: &str, error: &dyn std::error::Error) -> GpuError {
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
        Some(error) => Err(from_wgpu(error, what, bytes)),
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
