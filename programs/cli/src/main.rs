//! The program `gss-wgpu`: one file a subcommand. Nothing here that a user of the library would miss.

#![allow(
    clippy::doc_markdown,
    reason = "doc comments of arguments are help texts, read in a terminal"
)]

mod bench;
mod consent;
mod device;
mod devices;
mod error;
mod g2p;
mod inspect;
mod interrupt;
mod mel;
mod messages;
mod mix;
mod model_folder;
mod output;
mod outputs;
mod picture;
mod profile;
mod progress;
mod speech_args;
mod standard_output;
mod style;
mod synth;
mod terminal;
mod text_source;
mod untrained;
mod verify;
mod vocode;
mod voices;
mod wav_output;

use std::process::ExitCode;

use clap::{ArgAction, Parser, Subcommand};
use gss_wgpu_measure::profile::SpanRecorder;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use error::CliError;
use progress::Console;

/// Zero-shot voice synthesis on any GPU, without CUDA.
///
/// Text and a few seconds of somebody's voice go in; speech in that voice comes out. Runs on Vulkan,
/// Metal and DX12 through wgpu.
#[derive(Debug, Parser)]
#[command(
    name = "gss-wgpu",
    version,
    propagate_version = true,
    max_term_width = 100
)]
#[command(after_help = "Examples:
  gss-wgpu synth \"It speaks.\" --reference me.wav -o speech.wav
  gss-wgpu synth --voice kathleen < chapter.txt -o chapter.wav
  gss-wgpu style --reference me.wav -o me.safetensors
  gss-wgpu devices

Clone a voice only with its owner's consent.")]
struct Cli {
    /// Say less: no progress and no closing line, errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,

    /// Say more on standard error (-v what happens, -vv details); RUST_LOG refines it
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Speak a text in the voice of a reference recording
    Synth(synth::Args),
    /// Turn reference recordings into a small, reusable style file
    Style(style::Args),
    /// Make a voice out of others
    Mix(mix::Args),
    /// List the voices that come with the model
    Voices(voices::Args),
    /// Show what will be spoken: the words and phones of a text
    G2p(g2p::Args),
    /// Compute the mel spectrogram of a recording
    Mel(mel::Args),
    /// Turn a mel spectrogram into audio
    Vocode(vocode::Args),
    /// Tell whether recordings bear the mark of this program's speech
    Verify(verify::Args),
    /// Draw a mel spectrogram or a waveform as a PNG picture
    Picture(picture::Args),
    /// List the adapters that can run the model, and what each offers
    Devices(devices::Args),
    /// Show where the time of a synthesis goes: by stage, by kernel, by node
    Profile(profile::Args),
    /// Show what a model folder holds: sizes, parameters, hashes
    Inspect(inspect::Args),
    /// Measure the adapter, and the model on it: kernels, stages, whole syntheses
    Bench(bench::Args),
}

/// Parses the arguments, runs the command, and reports an error as one sentence.
fn main() -> ExitCode {
    silence_device_select_layer();
    let cli = Cli::parse();
    let spans = SpanRecorder::default();
    let wanted = matches!(cli.command, Command::Profile(_)).then(|| spans.clone());
    start_tracing(cli.quiet, cli.verbose, wanted);
    interrupt::listen();
    let console = Console::new(cli.quiet);
    let result = match cli.command {
        Command::Synth(args) => synth::run(args, &console),
        Command::Style(args) => style::run(&args, &console),
        Command::Mix(args) => mix::run(&args, &console),
        Command::Voices(args) => voices::run(&args),
        Command::G2p(args) => g2p::run(args),
        Command::Mel(args) => mel::run(&args, &console),
        Command::Vocode(args) => vocode::run(&args, &console),
        Command::Verify(args) => match verify::run(&args) {
            Ok(status) => return status,
            Err(error) => Err(error),
        },
        Command::Picture(args) => picture::run(&args, &console),
        Command::Devices(args) => devices::run(&args),
        Command::Profile(args) => profile::run(args, &spans, &console),
        Command::Inspect(args) => inspect::run(&args),
        Command::Bench(args) => bench::run(&args, &console),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads our output has heard enough (`gss-wgpu voices | head -1`).
        Err(CliError::BrokenPipe) => ExitCode::SUCCESS,
        Err(error) => {
            console.error(&error);
            ExitCode::FAILURE
        }
    }
}

/// Sends what happens to standard error, and the spans to `spans`.
fn start_tracing(quiet: bool, verbose: u8, spans: Option<SpanRecorder>) {
    let default = match (quiet, verbose) {
        (true, _) => "off",
        (false, 0) => "gss_wgpu=warn",
        (false, 1) => "gss_wgpu=info",
        (false, _) => "gss_wgpu=debug,wgpu_core=warn",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let messages = messages::messages(verbose > 0);
    tracing_subscriber::registry()
        .with(spans.map(|spans| spans.layer()))
        .with(messages.with_filter(filter))
        .init();
}

/// Mesa's device-select layer, which only reorders adapters, writes `error: XDG_RUNTIME_DIR is invalid`
/// to standard error where there is no desktop session. We order adapters ourselves, so it is switched
/// off unless the user has set its variable.
fn silence_device_select_layer() {
    const VARIABLE: &str = "NODEVICE_SELECT";
    if cfg!(target_os = "linux") && std::env::var_os(VARIABLE).is_none() {
        // SAFETY: this is the first thing that the program does; no other thread exists that could
        // read the environment meanwhile.
        unsafe { std::env::set_var(VARIABLE, "1") };
    }
}
