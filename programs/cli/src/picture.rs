//! `picture`: a mel spectrogram or a waveform as a PNG.

use std::path::PathBuf;

use gss_wgpu::audio::{decode_file, read_mel};
use gss_wgpu_picture::{draw_mel, draw_waveform};

use super::error::CliError;
use super::model_folder::ModelArgs;
use super::output::{check_writable, write_picture};
use super::progress::Console;

/// Draw a mel spectrogram or a waveform as a PNG picture
///
/// A mel file is drawn with low frequencies at the bottom, its axes by the model's settings; a
/// recording is drawn as its waveform.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gss-wgpu picture speech.mel.safetensors -o mel.png
  gss-wgpu picture speech.wav -o wave.png")]
pub(crate) struct Args {
    /// Mel file, or recording (WAV, FLAC, MP3, Ogg Vorbis, Opus)
    input: PathBuf,

    /// PNG file to write
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,

    #[command(flatten)]
    model: ModelArgs,
}

pub(crate) fn run(args: &Args, console: &Console) -> Result<(), CliError> {
    check_writable(&args.output)?;
    let picture = match read_mel(&args.input) {
        Ok(mel) => draw_mel(&mel, &args.model.config()?.audio)?,
        Err(mel) => match decode_file(&args.input) {
            Ok(audio) => draw_waveform(&audio)?,
            Err(audio) => {
                return Err(CliError::NotDrawable {
                    path: args.input.clone(),
                    mel: Box::new(mel),
                    audio: Box::new(audio),
                });
            }
        },
    };
    write_picture(&args.output, &picture)?;
    console.say(format_args!(
        "{}: {} x {} pixels",
        args.output.display(),
        picture.width(),
        picture.height()
    ));
    Ok(())
}
