//! What stages are planned from, and plans that were made before, for shapes that come again.

use crate::audio::Harmonics;
use crate::gpu::{Executable, Gpu, WeightStore};
use crate::graph::GraphError;
use crate::model::ModelConfig;
use crate::model::config::TcnConfig;
use crate::model::stages::{Extent, Stage};

use super::SynthError;

/// Bytes of activations that the plans of one stage may hold besides the one in use. Making a plan
/// again takes milliseconds; this is room for several sentences of usual length.
const KEPT_BYTES: u64 = 128 << 20;

/// Plans of one stage that are kept at most, however small: each has some hundred bind groups.
const KEPT_PLANS: usize = 16;

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

/// What every stage needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Model<'a> {
    pub(super) gpu: &'a Gpu,
    pub(super) config: &'a ModelConfig,
    pub(super) weights: &'a WeightStore,
    /// The style that stands for none, if the model has one.
    pub(super) null_style: Option<&'a [f32]>,
    /// The pictures of pitches, if the model predicts them.
    pub(super) harmonics: Option<&'a Harmonics>,
}

impl<'a> Model<'a> {
    /// The sections of a temporal convolutional network and the pictures that it takes, if the model's is one.
    pub(super) fn tcn(&self) -> Result<Option<(TcnConfig<'a>, &'a Harmonics)>, SynthError> {
        let network = self.config.score_network()?;
        Ok(network.tcn().zip(self.harmonics))
    }
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
                let program = gpu.plan(stage.graph())?;
                let executable =
                    Executable::new(gpu, stage.graph(), &program, weights)?.named(S::NAME);
                let bytes = program.plan().planned_bytes();
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

    /// Bytes of activations of all plans that are kept.
    pub(super) fn bytes(&self) -> u64 {
        self.0.iter().map(|prepared| prepared.bytes).sum()
    }

    /// Drops the plans that were not used for longest, until the rest is small enough.
    fn forget(&mut self) {
        let bytes: Vec<_> = self.0.iter().map(|prepared| prepared.bytes).collect();
        self.0.drain(..too_many(&bytes));
    }
}

/// How many of the first plans do not fit into the limits, given the bytes of each; the last one, which
/// is in use, counts for neither limit.
fn too_many(bytes: &[u64]) -> usize {
    let kept = bytes.split_last().map_or(bytes, |(_, kept)| kept);
    let mut total = 0;
    let fitting = kept.iter().rev().take(KEPT_PLANS).take_while(|&&bytes| {
        total += bytes;
        total <= KEPT_BYTES
    });
    kept.len() - fitting.count()
}

#[cfg(test)]
mod tests {
    use super::{KEPT_BYTES, KEPT_PLANS, too_many};

    #[test]
    fn the_plans_that_were_used_last_are_kept_within_the_limits() {
        assert_eq!(too_many(&[]), 0);
        assert_eq!(
            too_many(&[10 * KEPT_BYTES]),
            0,
            "the one in use always fits"
        );
        assert_eq!(too_many(&[1, KEPT_BYTES - 1, 1, 1]), 1);
        assert_eq!(too_many(&[1, 1, KEPT_BYTES + 1, 1, 1]), 3);
        assert_eq!(too_many(&[1; KEPT_PLANS + 1]), 0);
        assert_eq!(too_many(&[1; KEPT_PLANS + 5]), 4);
    }
}
