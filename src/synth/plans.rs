//! Plans that were made before, for shapes that come again.

use crate::gpu::{Executable, Gpu, WeightStore};
use crate::graph::{GraphError, Plan};
use crate::model::stages::{Extent, Stage};

use super::SynthError;

/// Bytes of activations that the plans of one stage may hold besides the one in use. Making a plan
/// again takes milliseconds; this is room for several sentences of usual length.
const KEPT_BYTES: u64 = 128 << 20;

/// A stage ready to run for one extent.
#[derive(Debug)]
pub(super) struct Prepared<S> {
    extent: Extent,
    bytes: u64,
    /// The graph and where its values are.
    pub(super) stage: S,
    /// The plan on the device.
    pub(super) executable: Executable,
}

/// The plans of one stage, the one used last at the end.
#[derive(Debug)]
pub(super) struct Plans<S>(Vec<Prepared<S>>);

impl<S> Default for Plans<S> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<S: Stage> Plans<S> {
    /// The plan for an extent, made now unless it is kept.
    pub(super) fn get(
        &mut self,
        gpu: &Gpu,
        weights: &WeightStore,
        extent: Extent,
        build: impl FnOnce(Extent) -> Result<S, GraphError>,
    ) -> Result<&Prepared<S>, SynthError> {
        match self.0.iter().position(|prepared| prepared.extent == extent) {
            Some(index) => {
                let prepared = self.0.remove(index);
                self.0.push(prepared);
            }
            None => {
                let stage = build(extent)?;
                let plan = Plan::new(stage.graph())?;
                let executable =
                    Executable::new(gpu, stage.graph(), &plan, weights)?.named(S::NAME);
                let bytes = plan.planned_bytes();
                self.0.push(Prepared {
                    extent,
                    bytes,
                    stage,
                    executable,
                });
                self.forget();
            }
        }
        Ok(self.0.last().expect("one was just pushed"))
    }

    /// Drops the plans that were not used for longest, until the rest is small enough.
    fn forget(&mut self) {
        let mut kept: u64 = self
            .0
            .iter()
            .rev()
            .skip(1)
            .map(|prepared| prepared.bytes)
            .sum();
        while kept > KEPT_BYTES {
            kept -= self.0.remove(0).bytes;
        }
    }
}
