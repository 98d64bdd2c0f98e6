//! `vocode`: a mel spectrogram to audio.

use std::ops::ControlFlow;
use std::path::PathBuf;

use gss_wgpu::audio::{Audio, GriffinLim, GriffinLimOptions, Mel, MelSpec, WavFormat, read_mel};
use gss_wgpu::model::VocoderChoice;
use gss_wgpu::synth::{SynthError, Synthesizer};
use gss_wgpu::watermark::mark;

use super::device::DeviceArgs;
use super::error::CliError;
use super::model_folder::ModelArgs;
use super::outputs::Outputs;
use super::progress::Console;
use super::speech_args::VocoderArg;
use super::wav_output::WavOutput;

/// Turn a mel spectrogram into audio
///
/// The mel file is a safetensors file with one f32 tensor `mel` of shape [n_mels, frames], such as
/// `mel` and `synth --save-mel` write. The audio is marked as synthetic, and neither trimmed nor levelled.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gss-wgpu vocode speech.mel.safetensors -o speech.wav
  gss-wgpu vocode speech.mel.safetensors --vocoder griffin-lim -o - | aplay")]
pub(crate) struct Args {
    /// Mel file
    mel: PathBuf,

    /// WAV file to write; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,

    /// What makes the waveform [default: as the model's configuration says]
    #[arg(long, value_enum)]
    vocoder: Option<VocoderArg>,

    /// Write 32-bit floating point samples instead of 16-bit integers
    #[arg(long)]
    float: bool,

    #[command(flatten)]
    model: ModelArgs,

    #[command(flatten)]
    device: DeviceArgs,
}

/// Sound of a spectrogram, whose phases are found in parts of bounded length; marked.
fn griffin_lim(
    spec: &MelSpec,
    mel: &Mel,
    options: &GriffinLimOptions,
    mut show: impl FnMut(usize, usize),
) -> Result<Audio, CliError> {
    const MOST_FRAMES: usize = 4096;
    let vocoder = GriffinLim::new(spec)?;
    let mut samples = Vec::new();
    for part in mel.parts(MOST_FRAMES) {
        let own = part.frames() * spec.hop_length;
        let part = part.lasting(spec.min_samples().div_ceil(spec.hop_length));
        let made = vocoder.vocode_unmarked(&part, options, &mut show)?;
        samples.extend_from_slice(&made.samples[..own]);
    }
    mark(&mut samples, spec.sample_rate, 0);
    Ok(Audio {
        samples,
        sample_rate: spec.sample_rate,
    })
}

pub(crate) fn run(args: &Args, console: &Console) -> Result<(), CliError> {
    let output = WavOutput::check(&args.output, &mut Outputs::of_reading([&args.mel]))?;
    let config = args.model.config()?;
    let mel = read_mel(&args.mel)?;
    let choice = args
        .vocoder
        .map_or(config.default_vocoder, VocoderChoice::from);
    if !config.has_vocoder(choice) {
        return Err(SynthError::NoVocoder(choice).into());
    }
    let bar = console.bar("vocoder", 1);
    let show = |done, total| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    };
    let audio = match choice {
        // Needs neither weights nor an adapter.
        VocoderChoice::GriffinLim => {
            let options = GriffinLimOptions::default();
            griffin_lim(&config.audio, &mel, &options, show)?
        }
        VocoderChoice::HifiGan | VocoderChoice::SourceFilter => {
            let gpu = args.device.open()?;
            let mut synthesizer = Synthesizer::load(&gpu, &args.model.folder()?)?;
            pollster::block_on(synthesizer.vocode(&mel, choice, |done, total| {
                show(done, total);
                ControlFlow::Continue(())
            }))?
        }
    };
    bar.finish_and_clear();
    let format = if args.float {
        WavFormat::Float32
    } else {
        WavFormat::Pcm16
    };
    let seconds = audio.seconds();
    let mut writer = output.start(audio.sample_rate, format)?;
    writer.append(&audio.samples)?;
    output.finish(writer, None, console)?;
    console.say(format_args!(
        "{}: {seconds:.2} s by {}",
        output,
        choice.name()
    ));
    Ok(())
}
