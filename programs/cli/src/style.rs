//! `style`: reference recordings to a reusable style file.

use std::path::PathBuf;

use gss_wgpu::audio::{Audio, read_reference};
use gss_wgpu::synth::Synthesizer;

use super::consent::ConsentArgs;
use super::device::DeviceArgs;
use super::error::CliError;
use super::model_folder::{self, ModelArgs};
use super::outputs::Outputs;
use super::progress::Console;

/// Turn reference recordings into a small, reusable style file
///
/// The style is what the model needs to know of a voice: some kilobytes. Each recording is
/// resampled, trimmed and levelled; five to fifteen seconds of clean speech work best. The model needs
/// no transcript. Several recordings of one person make one style.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  gss-wgpu style --reference a.wav --reference b.flac -o me.safetensors
  gss-wgpu synth --style me.safetensors \"It speaks.\"")]
pub(crate) struct Args {
    /// Recording of the voice: WAV, AIFF, CAF, FLAC, MP3, M4A, Ogg or WebM; may be given several times
    #[arg(short, long, value_name = "FILE", required = true)]
    reference: Vec<PathBuf>,

    /// Style file to write
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,

    #[command(flatten)]
    consent: ConsentArgs,

    #[command(flatten)]
    model: ModelArgs,

    #[command(flatten)]
    device: DeviceArgs,
}

pub(crate) fn run(args: &Args, console: &Console) -> Result<(), CliError> {
    let folder = args.model.folder()?;
    let inputs = args.reference.iter().cloned();
    Outputs::of_reading(inputs.chain(model_folder::files(&folder))).take(&args.output)?;
    let consent = args.consent.check()?;
    let recordings = read_references(&args.reference, args.model.config()?.audio.sample_rate)?;
    let gpu = args.device.open()?;
    let mut synthesizer = Synthesizer::load(&gpu, &folder)?;
    let mut style = pollster::block_on(synthesizer.style_from_prepared(&recordings, consent))?;
    let names: Vec<_> = args
        .reference
        .iter()
        .filter_map(|path| path.file_name())
        .collect();
    let names: Vec<_> = names.iter().map(|name| name.to_string_lossy()).collect();
    style.origin.source = Some(format!("{} (rights stated)", names.join(", ")));
    style.write(&args.output)?;
    console.say(format_args!(
        "{}: style of {}",
        args.output.display(),
        names.join(", ")
    ));
    Ok(())
}

/// Reads and prepares recordings, so that a wrong file is reported before the GPU is opened.
pub(crate) fn read_references(paths: &[PathBuf], sample_rate: u32) -> Result<Vec<Audio>, CliError> {
    Ok(paths
        .iter()
        .map(|path| read_reference(path, sample_rate))
        .collect::<Result<_, _>>()?)
}
