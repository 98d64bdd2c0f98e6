//! Errors of the command line: the layers' own sentences, and what only a command can get wrong.

use std::io;
use std::path::PathBuf;

use gss_wgpu::audio::AudioError;
use gss_wgpu::gpu::GpuError;
use gss_wgpu::model::{AdaptationError, ConfigError, StyleError, WeightsError};
use gss_wgpu::synth::SynthError;
use gss_wgpu::text::TextError;
use gss_wgpu_measure::bench::BenchError;
use gss_wgpu_picture::PictureError;

/// What a command reports before it exits with code 1.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// The reader of our output went away; not worth a word.
    #[error("the output was closed")]
    BrokenPipe,
    /// Standard output cannot be written.
    #[error("cannot write to standard output: {0}")]
    Stdout(#[source] io::Error),
    /// Nobody could hear what goes to standard output.
    #[error("standard output is closed; open it, or write to a file")]
    StdoutClosed,
    /// A result would replace what it is made of.
    #[error("{path} is read by this command; write the result to another file", path = .0.display())]
    OutputIsInput(PathBuf),
    /// Two results would have one name.
    #[error("{path} is named for two results; give each a file of its own", path = .0.display())]
    OutputTwice(PathBuf),
    /// A text cannot be read.
    #[error("cannot read the text from {from}: {source}")]
    ReadText {
        /// A path or "standard input".
        from: String,
        /// What the operating system said (invalid UTF-8 among it).
        source: io::Error,
    },
    /// A text without an end.
    #[error("{from} gives more than {mebibytes} MiB of text, the most that is read; split it")]
    LongText {
        /// Where it was read from.
        from: String,
        /// The most that is read.
        mebibytes: u64,
    },
    /// A result cannot be written.
    #[error("cannot write {path}: {source}", path = .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A result cannot be written after another one was.
    #[error("cannot write {path}: {source}; {written} was written", path = .path.display())]
    WriteBeside {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
        /// What was written before.
        written: String,
    },
    /// Standard input is a terminal and no text was given.
    #[error("there is no text to speak: give it as an argument, with --text, or on standard input")]
    NoText,
    /// A voice would be cloned and nobody has stated the right to it.
    #[error(
        "a voice is cloned from a recording only with its owner's consent: state that you have it with --i-have-rights, or with GSS_I_HAVE_RIGHTS=1 in scripts"
    )]
    NoRights,
    /// No folder with a model was found.
    #[error(
        "there is no model in {looked_in}; name its folder with --model or GSS_MODEL (it holds config.json, model.safetensors and vocoder.safetensors)"
    )]
    NoModel {
        /// Where we looked, as prose.
        looked_in: String,
    },
    /// A file that is neither a mel file nor audio.
    #[error("{path} is neither a mel file nor audio: as a mel file, {mel}; as audio, {audio}", path = .path.display())]
    NotDrawable {
        /// The file.
        path: PathBuf,
        /// Why it is no mel file.
        mel: Box<AudioError>,
        /// Why it is no audio.
        audio: Box<AudioError>,
    },
    /// The system offers nothing to run on.
    #[error(
        "no adapter was found: install a Vulkan, Metal or DX12 driver (on Debian and Ubuntu, mesa-vulkan-drivers has a software one)"
    )]
    NoAdapters,
    /// Audio and a summary would go to the same place.
    #[error(
        "--json and --output - both want standard output; write the audio to a file, or leave one out"
    )]
    TwoOnStdout,
    /// The synthesis.
    #[error(transparent)]
    Synth(#[from] SynthError),
    /// The model's configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The model's weights.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// An adaptation.
    #[error(transparent)]
    Adaptation(#[from] AdaptationError),
    /// A style file or voice.
    #[error(transparent)]
    Style(#[from] StyleError),
    /// A measurement.
    #[error(transparent)]
    Bench(#[from] BenchError),
    /// The GPU layer's error.
    #[error(transparent)]
    Gpu(#[from] GpuError),
    /// The audio layer's error.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// A picture.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The text layer's error.
    #[error(transparent)]
    Text(#[from] TextError),
}
