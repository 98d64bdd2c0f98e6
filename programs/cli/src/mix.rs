//! `mix`: a voice between others.

use std::path::{Path, PathBuf};

use gss_wgpu::model::{Style, voices};

use super::error::CliError;
use super::model_folder::{self, ModelArgs};
use super::outputs::Outputs;
use super::progress::Console;

/// Make a voice out of others
///
/// The style file has the weighted mean of theirs, and the last line says which of the model's voices it is
/// nearest to, and how near. With the model `small` two recordings of one person mostly have a similarity above
/// 0.26, of different people one below.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  gss-wgpu mix linda:0.6 kathleen:0.4 -o between.safetensors
  gss-wgpu synth --style between.safetensors \"In between.\"")]
pub(crate) struct Args {
    /// Voices of the model or style files, each with its weight, 1 if none is given
    #[arg(required = true, value_name = "VOICE[:WEIGHT]")]
    parts: Vec<String>,

    /// Style file to write
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,

    #[command(flatten)]
    model: ModelArgs,
}

pub(crate) fn run(args: &Args, console: &Console) -> Result<(), CliError> {
    let folder = args.model.folder()?;
    let parts: Vec<_> = args.parts.iter().map(|part| weighted(part)).collect();
    let files = parts.iter().map(|(name, _)| PathBuf::from(name));
    Outputs::of_reading(files.chain(model_folder::files(&folder))).take(&args.output)?;
    let styles = parts
        .iter()
        .map(|(name, weight)| Ok((*weight, style(&folder, name)?)))
        .collect::<Result<Vec<_>, CliError>>()?;
    let styles: Vec<_> = styles
        .iter()
        .map(|(weight, style)| (*weight, style))
        .collect();
    let mixed = Style::mix(&styles)?;
    let stored = voices::list(&folder)?.into_iter();
    let known = stored.filter_map(|(name, style)| Some((mixed.similarity(&style.ok()?), name)));
    let nearest = known.max_by(|a, b| a.0.total_cmp(&b.0));
    mixed.write(&args.output)?;
    let output = args.output.display();
    match nearest {
        Some((similarity, name)) => console.say(format_args!(
            "{output}: nearest to the voice {name}, with a similarity of {similarity:.2}"
        )),
        None => console.say(format_args!("{output}: a voice of its own")),
    }
    Ok(())
}

/// A name and its weight. What follows a colon and is no number belongs to the name.
fn weighted(part: &str) -> (&str, f32) {
    let split = part.rsplit_once(':');
    split
        .and_then(|(name, weight)| Some((name, weight.parse().ok()?)))
        .unwrap_or((part, 1.0))
}

fn style(model: &Path, name: &str) -> Result<Style, CliError> {
    let path = Path::new(name);
    Ok(
        if path.extension().is_some() || path.components().count() > 1 {
            Style::read(path)?
        } else {
            voices::read(model, name)?
        },
    )
}
