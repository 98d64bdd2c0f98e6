//! What is measured, how, and who hears of it.

use std::time::Instant;

use super::options::Options;
use super::report::LeftOut;
use gss_wgpu::diffusion::SolverTable;
use gss_wgpu::gpu::{Gpu, WeightStore};
use gss_wgpu::model::ModelConfig;

/// How far the measurements are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is being measured.
    pub what: &'static str,
    /// Measurements of this kind that are done.
    pub done: usize,
    /// Measurements of this kind.
    pub total: usize,
}

/// The model that is measured, and on what.
pub(super) struct Subject<'a> {
    pub(super) gpu: &'a Gpu,
    pub(super) config: &'a ModelConfig,
    pub(super) weights: &'a WeightStore,
    pub(super) table: SolverTable,
}

impl Subject<'_> {
    /// The model's own number of steps.
    pub(super) fn steps(&self) -> usize {
        self.table.rows().len()
    }
}

/// How it is measured, and who hears of it.
pub(super) struct Course<'a> {
    pub(super) options: &'a Options,
    progress: &'a mut dyn FnMut(Progress),
}

impl<'a> Course<'a> {
    pub(super) fn new(options: &'a Options, progress: &'a mut dyn FnMut(Progress)) -> Self {
        Self { options, progress }
    }

    pub(super) fn tell(&mut self, what: &'static str, done: usize, total: usize) {
        (self.progress)(Progress { what, done, total });
    }

    /// Lengths of speech, ascending.
    pub(super) fn lengths(&self) -> Vec<f64> {
        let mut lengths = self.options.seconds.clone();
        lengths.sort_by(f64::total_cmp);
        lengths.dedup();
        lengths
    }

    /// Whether another warm run is wanted after these, which took so many seconds each: as many as
    /// were asked for, but no more than fit into a tenth of the limit.
    pub(super) fn wants_more(&self, runs: &[f64]) -> bool {
        let spent: f64 = runs.iter().sum();
        let enough = spent > self.options.limit.as_secs_f64() / 10.0;
        runs.is_empty() || (runs.len() < self.options.repeats && !enough)
    }

    /// Whether the series that began at `start` has time for something that takes about so many
    /// seconds; what nothing is known of begins if the limit is not reached.
    pub(super) fn has_time(&self, start: Instant, expected: Option<f64>) -> bool {
        let end = start.elapsed().as_secs_f64() + expected.unwrap_or(0.0);
        end <= self.options.limit.as_secs_f64()
    }

    /// Something that did not fit into the limit, which would have taken about so many seconds, as far
    /// as that is known.
    pub(super) fn over_limit(&self, what: String, seconds: Option<f64>) -> LeftOut {
        LeftOut {
            what,
            reason: format!(
                "it would exceed the limit of {} s for measurements of its kind",
                self.options.limit.as_secs_f64()
            ),
            expected_seconds: seconds,
        }
    }
}
