//! Counts what a device is asked for, so that a test can tell what a loop costs, and a profile what a
//! synthesis did.

use std::ops::Sub;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

/// What a [`Gpu`](super::Gpu) has been asked for. The difference of two is what happened in between.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Activity {
    /// Pipelines that were compiled.
    pub pipelines: u64,
    /// Bind groups that were made.
    pub bind_groups: u64,
    /// Buffers that were allocated.
    pub buffers: u64,
    /// Dispatches that were encoded.
    pub dispatches: u64,
    /// Command buffers that were submitted.
    pub submissions: u64,
    /// Waits for a mark in the stream of submissions, mostly with later work behind it.
    pub waits: u64,
    /// Results that were read: waits until the queue is empty.
    pub readbacks: u64,
}

impl Sub for Activity {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            pipelines: self.pipelines - earlier.pipelines,
            bind_groups: self.bind_groups - earlier.bind_groups,
            buffers: self.buffers - earlier.buffers,
            dispatches: self.dispatches - earlier.dispatches,
            submissions: self.submissions - earlier.submissions,
            waits: self.waits - earlier.waits,
            readbacks: self.readbacks - earlier.readbacks,
        }
    }
}

/// The same, being counted.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) pipelines: Counter,
    pub(super) bind_groups: Counter,
    pub(super) buffers: Counter,
    pub(super) dispatches: Counter,
    pub(super) submissions: Counter,
    pub(super) waits: Counter,
    pub(super) readbacks: Counter,
}

impl Counters {
    pub(super) fn read(&self) -> Activity {
        Activity {
            pipelines: self.pipelines.read(),
            bind_groups: self.bind_groups.read(),
            buffers: self.buffers.read(),
            dispatches: self.dispatches.read(),
            submissions: self.submissions.read(),
            waits: self.waits.read(),
            readbacks: self.readbacks.read(),
        }
    }
}

/// One number. Its order with respect to other memory does not matter.
#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    pub(super) fn add(&self, count: usize) {
        self.0.fetch_add(count as u64, Ordering::Relaxed);
    }

    fn read(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
