//! `verify`: whether recordings bear the mark of synthetic speech.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use gss_wgpu::watermark::{Verdict, verify_file};
use serde::Serialize;

use super::error::CliError;
use super::output::{print, print_json};

/// Exit status where a recording has no mark.
const NOT_MARKED: u8 = 3;

/// Tell whether recordings bear the mark that this program puts into all that it speaks
///
/// The mark outlasts lossy compression, telephones, noise 20 dB below the speech, a change of tempo or pitch by five
/// per cent, and cutting down to three seconds. It can be taken out by whoever wants to: that it is missing proves
/// nothing. Any format that a reference may have is read; of more than fifty minutes the first fifty.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit status:
  0  every recording bears the mark
  1  one could not be read
  3  one bears no mark, or is too short to tell

Examples:
  gss-wgpu verify speech.mp3
  gss-wgpu verify --json *.wav | jq '.[] | select(.is_marked) | .file'")]
pub(crate) struct Args {
    /// Recordings
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Print JSON, with every piece of three seconds
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Row {
    file: String,
    #[serde(flatten)]
    verdict: Verdict,
    /// Whether there was enough sound for an absent mark to mean anything.
    can_tell: bool,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode, CliError> {
    let rows = args.files.iter().map(|path| {
        let verdict = verify_file(path)?;
        Ok(Row {
            file: path.display().to_string(),
            can_tell: verdict.can_tell(),
            verdict,
        })
    });
    let rows = rows.collect::<Result<Vec<_>, CliError>>()?;
    if args.json {
        print_json(&rows)?;
    } else {
        print(&rows.iter().map(said).collect::<String>())?;
    }
    let all = rows.iter().all(|row| row.verdict.is_marked);
    Ok(if all {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(NOT_MARKED)
    })
}

/// A recording's verdict in a line, and where the mark is if that is not everywhere.
fn said(row: &Row) -> String {
    let Row { file, verdict, .. } = row;
    let Verdict { score, chance, .. } = verdict;
    let chance = if *chance < 1e-3 {
        format!("{chance:.0e}")
    } else {
        format!("{:.1} %", 100.0 * chance)
    };
    let measured = format!("score {score:.1}, chance of a false alarm {chance}");
    if !verdict.is_marked {
        return if row.can_tell {
            format!("{file}: no mark found ({measured})\n")
        } else {
            let heard = verdict.heard;
            format!("{file}: no mark found, but {heard:.1} s of sound are too little to tell\n")
        };
    }
    let mut text = format!("{file}: marked as synthetic ({measured})\n");
    let marked: Vec<_> = spans(verdict);
    let everywhere = verdict.pieces.iter().all(|piece| piece.is_marked);
    if !everywhere && !marked.is_empty() {
        let list: Vec<_> = marked
            .iter()
            .map(|(start, end)| format!("{start:.1} to {end:.1} s"))
            .collect();
        let _ = writeln!(text, "  surely so from {}", list.join(", "));
    }
    text
}

/// Marked pieces that touch each other, joined.
fn spans(verdict: &Verdict) -> Vec<(f64, f64)> {
    let mut spans: Vec<(f64, f64)> = Vec::new();
    for piece in verdict.pieces.iter().filter(|piece| piece.is_marked) {
        match spans.last_mut() {
            Some(last) if piece.start <= last.1 => last.1 = piece.end,
            _ => spans.push((piece.start, piece.end)),
        }
    }
    spans
}
