//! `mel`: audio to a mel spectrogram.

use std::path::PathBuf;

use gss_wgpu::audio::{MelExtractor, decode_file, resample, write_mel};

use super::error::CliError;
use super::model_folder::ModelArgs;
use super::output::check_writable;
use super::progress::Console;

/// Compute the mel spectrogram of a recording
///
/// The recording is mixed to one channel and resampled to the model's rate, and neither trimmed nor
/// levelled. The result is a safetensors file with one f32 tensor `mel` of shape [n_mels, frames]:
/// natural logarithms of mel band magnitudes.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  gss-wgpu mel speech.flac -o speech.mel.safetensors")]
pub(crate) struct Args {
    /// Recording: WAV, FLAC, MP3, Ogg Vorbis or Opus
    audio: PathBuf,

    /// Mel file to write
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,

    #[command(flatten)]
    model: ModelArgs,
}

pub(crate) fn run(args: &Args, console: &Console) -> Result<(), CliError> {
    check_writable(&args.output)?;
    let spec = args.model.config()?.audio;
    let audio = resample(&decode_file(&args.audio)?, spec.sample_rate)?;
    let mel = MelExtractor::new(&spec)?.extract(&audio)?;
    write_mel(&args.output, &mel)?;
    console.say(format_args!(
        "{}: {} bands, {} frames, {:.2} s",
        args.output.display(),
        mel.n_mels(),
        mel.frames(),
        audio.seconds()
    ));
    Ok(())
}
