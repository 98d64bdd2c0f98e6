//! All measurements, one after the other.

use super::ceilings::Ceilings;
use super::course::{Course, Progress, Subject};
use super::error::BenchError;
use super::options::{Options, Section};
use super::report::Report;
use super::{kernels, pipeline, stages};
use gss_wgpu::synth::{Settings, Synthesizer};

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
    let mut course = Course::new(options, &mut progress);
    course.tell("ceilings", 0, 1);
    let gpu = synthesizer.gpu().clone();
    let ceilings = Ceilings::measure(&gpu).await?;
    let mut report = Report::new(&gpu, &synthesizer.config().size, ceilings);
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
        table: Settings::of(synthesizer.config()).table(synthesizer.config())?,
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
