//! `voices`: the styles that come with a model.

use gss_wgpu::model::voices;
use serde::Serialize;

use super::error::CliError;
use super::model_folder::ModelArgs;
use super::output::{print, print_json};

/// List the voices that come with the model
///
/// Each is a style file in the model's folder voices/, computed from recordings of one speaker; the
/// list names source and licence. Use one with `synth --voice NAME`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    model: ModelArgs,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    source: Option<String>,
    licence: Option<String>,
    attribution: Option<String>,
}

pub(crate) fn run(args: &Args) -> Result<(), CliError> {
    let voices = voices::list(&args.model.folder()?)?;
    let rows = voices.into_iter().map(|(name, style)| Row {
        name,
        source: style.origin.source,
        licence: style.origin.licence,
        attribution: style.origin.attribution,
    });
    let rows: Vec<_> = rows.collect();
    if args.json {
        return print_json(&rows);
    }
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
    let lines = rows.iter().map(|row| {
        let known = [&row.source, &row.licence, &row.attribution];
        let known: Vec<_> = known.into_iter().flatten().map(String::as_str).collect();
        format!("{:width$}  {}\n", row.name, known.join("; "))
    });
    print(&lines.collect::<String>())
}
