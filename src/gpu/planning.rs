//! How work is planned on a device: what decides among the variants of kernels, made once from the device
//! and handed on.

use std::sync::Arc;

use super::capabilities::Capabilities;
use super::tuning::Tuning;
use crate::graph::{Graph, Node};

/// What plans are made for. The default is what every adapter has.
#[derive(Debug, Clone, Default)]
pub struct Planning {
    /// What the device can run.
    runnable: Capabilities,
    /// What plans are made for.
    capabilities: Capabilities,
    tuning: Arc<Tuning>,
}

impl Planning {
    /// For a device that can run so much, of which half precision and matrices are yet to be tested.
    pub(super) fn untested(runnable: Capabilities, is_software: bool) -> Self {
        Self {
            runnable,
            capabilities: runnable.worthwhile(is_software).single_precision(),
            tuning: Arc::default(),
        }
    }

    /// What a device would be planned for that passes every test.
    pub(super) fn wanted(&self, is_software: bool) -> Capabilities {
        self.runnable.worthwhile(is_software)
    }

    /// The same for a device that passed so much of what was wanted.
    pub(super) fn tested(&self, wanted: Capabilities, passed: Capabilities) -> Self {
        let runnable = if passed == wanted {
            self.runnable
        } else {
            self.runnable.single_precision().union(passed)
        };
        Self {
            runnable,
            capabilities: passed,
            ..self.clone()
        }
    }

    /// The same device, planned for these capabilities as far as it can run their kernels.
    pub(super) fn with(&self, capabilities: Capabilities) -> Self {
        Self {
            runnable: self.runnable,
            capabilities: capabilities.within(self.runnable),
            tuning: Arc::default(),
        }
    }

    /// The same device, planned as `tuning` found best.
    pub(super) fn tuned(&self, tuning: Tuning) -> Self {
        Self {
            tuning: Arc::new(tuning),
            ..self.clone()
        }
    }

    /// What the choice of kernels depends on.
    #[must_use]
    pub const fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    /// What the device can run, whether it is faster or not, and whether that was tested or not.
    #[must_use]
    pub const fn runnable(&self) -> Capabilities {
        self.runnable
    }

    /// What a node is lowered for.
    pub(super) fn capabilities_for(&self, graph: &Graph, node: &Node) -> Capabilities {
        self.tuning.capabilities(graph, node, self.capabilities)
    }
}
