//! All measurements, one after the other.

use std::time::Instant;

use super::ceilings::Ceilings;
use super::error::BenchError;
use super::options::{Options, Section};
use super::report::{LeftOut, Report};
use super::{kernels, pipeline, stages};
use gss_wgpu::diffusion::SolverTable;
use gss_wgpu::gpu::{Gpu, WeightStore};
use gss_wgpu::model::ModelConfig;
use gss_wgpu::synth::Synthesizer;

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

impl Course<'_> {
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

/// Measures the synthesizer's device with its model. Only a synthesizer that has not spoken yet shows
/// what a first call costs. With [`gss_wgpu::gpu::Polling::Owned`] it blocks while it waits.
///
/// # Errors
/// When an option cannot be measured or the device fails. What is too long or too large for the
/// device is left out instead, and listed.
pub async fn run(
    synthesizer: &mut Synthesizer,
    options: &Options,
    mut progress: impl FnMut(Progress),
) -> Result<Report, BenchError> {
    options.check()?;
    let mut course = Course {
        options,
        progress: &mut progress,
    };
    course.tell("ceilings", 0, 1);
    let gpu = synthesizer.gpu().clone();
    let ceilings = Ceilings::measure(&gpu).await?;
    let mut report = Report::new(&gpu, &synthesizer.config().profile, ceilings);
    let wanted = |section| options.sections.contains(&section);
    // First, so that no other measurement has compiled anything for it.
    if wanted(Section::Pipeline) {
        let (rows, left_out) = pipeline::measure(synthesizer, &mut course).await?;
        report.pipeline = rows;
        report.left_out.extend(left_out);
    }
    let subject = Subject {
        gpu: &gpu,
        config: synthesizer.config(),
        weights: synthesizer.weights(),
        table: synthesizer.solver_table(None, None, None)?,
    };
    if wanted(Section::Stages) {
        let (rows, left_out) = stages::measure(&subject, &report.ceilings, &mut course).await?;
        report.stages = rows;
        report.left_out.extend(left_out);
    }
    if wanted(Section::Kernels) {
        let (rows, left_out) = kernels::measure(&subject, &report.ceilings, &mut course).await?;
        report.kernels = rows;
        report.left_out.extend(left_out);
    }
    Ok(report)
}
