//! The report as people read it.

use std::fmt::Write;

use gss_wgpu_measure::bench::{Bound, Ceilings, KernelRow, LeftOut, PipelineRow, Report, StageRow};

/// Kernels that are listed; the others take little.
const LISTED: usize = 24;

/// Of what was left out for one reason, so much is listed.
const LISTED_LEFT_OUT: usize = 10;

/// How to have what was left out measured.
const CHOICE: &str = "--limit gives every series more time; --only, --at, --seconds, --steps and --batch choose what is measured";

/// Speech with which longer and shorter speech is compared, in seconds.
const COMPARED_SECONDS: f64 = 2.0;

const MIB: f64 = (1 << 20) as f64;

/// The whole report. `at` is the length of the speech of the kernels' shapes.
pub(super) fn report(report: &Report, weights: &str, at: f64) -> String {
    let mut text = String::new();
    write_report(&mut text, report, weights, at).expect("writing to a string does not fail");
    text
}

fn write_report(text: &mut String, report: &Report, weights: &str, at: f64) -> std::fmt::Result {
    let Report {
        version,
        adapter,
        backend,
        device_type,
        driver,
        profile,
        ..
    } = report;
    writeln!(text, "{adapter}, {backend}, {device_type}, {driver}")?;
    writeln!(
        text,
        "gss-wgpu {version}, profile {profile}, {weights}{}",
        if report.checked {
            "; kernels check every index, as in debug builds"
        } else {
            ""
        }
    )?;
    ceilings(text, &report.ceilings)?;
    kernels(text, &report.kernels, at)?;
    stages(text, &report.stages)?;
    pipeline(text, &report.pipeline)?;
    left_out(text, &report.left_out)
}

fn ceilings(text: &mut String, ceilings: &Ceilings) -> std::fmt::Result {
    writeln!(text, "\nCeilings")?;
    writeln!(
        text,
        "  multiply-adds f32 {:10.1} GFLOP/s, {} chains",
        ceilings.fma_f32_gflops, ceilings.fma_f32_chains
    )?;
    if let (Some(rate), Some(chains)) = (ceilings.fma_f16_gflops, ceilings.fma_f16_chains) {
        writeln!(
            text,
            "  multiply-adds f16 {rate:10.1} GFLOP/s, {chains} chains"
        )?;
    }
    writeln!(
        text,
        "  loads from cache  {:10.2} G words/s",
        ceilings.loads_gops
    )?;
    writeln!(
        text,
        "  memory            {:10.1} GB/s",
        ceilings.bandwidth_gbs
    )?;
    writeln!(text, "  dispatch          {:10.2} us", ceilings.dispatch_us)
}

fn kernels(text: &mut String, rows: &[KernelRow], at: f64) -> std::fmt::Result {
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(
        text,
        "\nKernels at {at} s of speech, with the share of the ceiling that binds"
    )?;
    writeln!(
        text,
        "{:>6} {:>5} {:>9} {:>8} {:>7} {:>7}  {:10}  kernel and shape",
        "time", "uses", "ms", "GFLOP/s", "GB/s", "share", "of"
    )?;
    let total: f64 = rows.iter().map(time).sum();
    for row in rows.iter().take(LISTED) {
        writeln!(
            text,
            "{:>5.1}% {:>5} {:>9.3} {:>8.2} {:>7.2} {:>6.1}%  {:10}  {} {}",
            100.0 * time(row) / total,
            row.uses,
            row.ms,
            row.gflops,
            row.gbs,
            100.0 * row.share,
            bound(row.bound),
            row.kernel,
            row.shape
        )?;
    }
    if let rest @ [_, ..] = rows.get(LISTED..).unwrap_or_default() {
        let share = rest.iter().map(time).sum::<f64>() / total;
        writeln!(
            text,
            "{:>5.1}% in {} others, which --json lists",
            100.0 * share,
            rest.len()
        )?;
    }
    Ok(())
}

/// Milliseconds in one synthesis.
fn time(row: &KernelRow) -> f64 {
    row.ms * row.uses as f64
}

const fn bound(bound: Bound) -> &'static str {
    match bound {
        Bound::Arithmetic => "arithmetic",
        Bound::Bandwidth => "memory",
        Bound::Dispatch => "dispatch",
    }
}

fn stages(text: &mut String, rows: &[StageRow]) -> std::fmt::Result {
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(
        text,
        "\nStages (step: one step of the diffusion), with the share of the multiply-add ceiling"
    )?;
    writeln!(
        text,
        "{:8} {:>6} {:>10} {:>10} {:>10} {:>4} {:>8} {:>7} {:>9} {:>9}",
        "", "s", "first ms", "median ms", "p95 ms", "runs", "GFLOP/s", "share", "MiB", "naive MiB"
    )?;
    for row in rows {
        writeln!(
            text,
            "{:14} {:>6.1} {:>10.1} {:>10.1} {:>10.1} {:>4} {:>8.2} {:>6.1}% {:>9.1} {:>9.1}",
            row.stage,
            row.seconds,
            row.ms_first,
            row.ms_median,
            row.ms_p95,
            row.runs,
            row.gflops,
            100.0 * row.share,
            row.planned_bytes as f64 / MIB,
            row.naive_bytes as f64 / MIB
        )?;
    }
    Ok(())
}

fn pipeline(text: &mut String, rows: &[PipelineRow]) -> std::fmt::Result {
    let Some(compared) = rows
        .iter()
        .min_by(|a, b| distance(a).total_cmp(&distance(b)))
    else {
        return Ok(());
    };
    writeln!(
        text,
        "\nSyntheses, from text to samples; cost of a second of speech, against {:.1} s at {} steps",
        compared.seconds, compared.steps
    )?;
    writeln!(
        text,
        "{:>6} {:>5} {:>5} {:>10} {:>10} {:>10} {:>4} {:>7} {:>6} {:>8}",
        "s", "batch", "steps", "first ms", "median ms", "p95 ms", "runs", "RTF", "cost", "MiB"
    )?;
    for row in rows {
        writeln!(
            text,
            "{:>6.2} {:>5} {:>5} {:>10.1} {:>10.1} {:>10.1} {:>4} {:>7.3} {:>6.2} {:>8.1}",
            row.seconds,
            row.batch,
            row.steps,
            row.ms_first,
            row.ms_median,
            row.ms_p95,
            row.runs,
            row.rtf,
            row.rtf / compared.rtf,
            row.peak_bytes as f64 / MIB
        )?;
    }
    Ok(())
}

/// How far a row is from the one that others are compared with. The lengths come first in the
/// report, at the model's own steps, so that the first of equals is the one.
fn distance(row: &PipelineRow) -> f64 {
    (row.seconds - COMPARED_SECONDS).abs() + (row.batch - 1) as f64
}

fn left_out(text: &mut String, left_out: &[LeftOut]) -> std::fmt::Result {
    if left_out.is_empty() {
        return Ok(());
    }
    writeln!(text, "\nNot measured")?;
    for same in left_out.chunk_by(|a, b| a.reason == b.reason) {
        for row in same.iter().take(LISTED_LEFT_OUT) {
            let time = row
                .expected_seconds
                .map(|seconds| format!(", some {seconds:.0} s"));
            writeln!(text, "  {}{}", row.what, time.unwrap_or_default())?;
        }
        if let more @ 1.. = same.len().saturating_sub(LISTED_LEFT_OUT) {
            writeln!(text, "  {more} more, which --json lists")?;
        }
        writeln!(text, "    because {}", same[0].reason)?;
    }
    writeln!(text, "{CHOICE}")
}
