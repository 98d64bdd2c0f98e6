//! Every stage of a synthesis at several lengths.

use std::time::Instant;

use super::ceilings::Ceilings;
use super::error::BenchError;
use super::report::{LeftOut, StageRow};
use super::run::{Course, Subject};
use super::statistics::{median, percentile};
use super::timing::once;
use super::workload::{PlannedStage, REFERENCE_SECONDS, StageKind};
use gss_wgpu::gpu::GpuError;
use gss_wgpu::graph::{Graph, Node};

/// Measures all stages, short speech first.
pub(super) async fn measure(
    subject: &Subject<'_>,
    ceilings: &Ceilings,
    course: &mut Course<'_>,
) -> Result<(Vec<StageRow>, Vec<LeftOut>), BenchError> {
    let start = Instant::now();
    let lengths = course.lengths();
    let total = lengths.len() * StageKind::ALL.len();
    let (mut rows, mut left_out): (Vec<StageRow>, Vec<LeftOut>) = (Vec::new(), Vec::new());
    for (i, &seconds) in lengths.iter().enumerate() {
        for (j, kind) in StageKind::ALL.into_iter().enumerate() {
            course.tell("stages", i * StageKind::ALL.len() + j, total);
            // The reference has one length, however much is spoken.
            if kind == StageKind::Style && i > 0 {
                continue;
            }
            let what = format!("stage {} at {seconds} s", kind.name());
            if let Some(reason) = kind.too_long(subject.config, seconds) {
                left_out.push(LeftOut::impossible(what, reason));
                continue;
            }
            // Twice: the first run and one warm run.
            let before = rows.iter().rfind(|row| row.stage == kind.name());
            let expected = before.map(|row| 2.0 * row.ms_median / 1e3 * seconds / row.seconds);
            if !course.has_time(start, expected) {
                left_out.push(course.over_limit(what, expected));
                continue;
            }
            match stage(subject, ceilings, course, kind, seconds).await {
                Ok(row) => rows.extend(row),
                Err(BenchError::Gpu(
                    error @ (GpuError::BufferTooLarge { .. } | GpuError::OutOfMemory { .. }),
                )) => left_out.push(LeftOut::impossible(what, error.to_string())),
                Err(error) => return Err(error),
            }
        }
    }
    Ok((rows, left_out))
}

/// One stage; none if the model does not have it.
async fn stage(
    subject: &Subject<'_>,
    ceilings: &Ceilings,
    course: &Course<'_>,
    kind: StageKind,
    seconds: f64,
) -> Result<Option<StageRow>, BenchError> {
    let start = Instant::now();
    let capabilities = |graph: &Graph, node: &Node| subject.gpu.capabilities_for(graph, node);
    let Some(stage) = PlannedStage::new(kind, subject.config, seconds, &capabilities)? else {
        return Ok(None);
    };
    let executable = stage.executable(subject.gpu, subject.weights)?;
    stage.write_inputs(&executable, &subject.table)?;
    executable.run(1)?;
    subject.gpu.finish().await?;
    let first = start.elapsed().as_secs_f64();

    let mut warm = Vec::new();
    while course.wants_more(&warm) {
        stage.write_inputs(&executable, &subject.table)?;
        subject.gpu.finish().await?;
        warm.push(once(subject.gpu, || executable.run(1)).await?);
    }
    let (time, flops) = (median(&warm), stage.flops() as f64);
    Ok(Some(StageRow {
        stage: kind.name(),
        seconds: if kind == StageKind::Style {
            REFERENCE_SECONDS
        } else {
            seconds
        },
        ms_first: 1e3 * first,
        ms_median: 1e3 * time,
        ms_p95: 1e3 * percentile(&warm, 95),
        runs: warm.len(),
        dispatches: stage.dispatches.len(),
        gflop: flops / 1e9,
        gflops: flops / time / 1e9,
        share: flops / time / 1e9 / ceilings.fma_f32_gflops,
        planned_bytes: stage.plan.planned_bytes(),
        naive_bytes: stage.plan.naive_bytes(),
    }))
}
