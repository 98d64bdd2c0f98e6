//! The voice, and how it speaks: options of every command that speaks.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use gss_wgpu::audio::Audio;
use gss_wgpu::diffusion::Solver;
use gss_wgpu::gpu::Gpu;
use gss_wgpu::model::{Adaptation, ModelConfig, Style, StyleOrigin, VocoderChoice, voices};
use gss_wgpu::synth::{Consent, Request, Settings, Synthesizer};

use super::consent::ConsentArgs;
use super::error::CliError;
use super::model_folder;
use super::style::read_references;

/// How to speak; what is not given is as the model's configuration says.
#[derive(Debug, clap::Args)]
pub(crate) struct SpeechArgs {
    /// Steps of the diffusion: fewer are faster, more are finer [default: the model's]
    #[arg(short = 'n', long, value_name = "N")]
    steps: Option<usize>,

    #[arg(long, value_name = "SOLVER", value_parser = solver, help = solver_help())]
    solver: Option<Solver>,

    /// Factor of the initial noise: 0 is the flattest, 1 the most varied [default: the model's]
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    temperature: Option<f32>,

    /// How much of what the diffusion adds to the mean is kept: all with 1, nothing with 0; less is
    /// clearer and flatter [default: the model's]
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    detail: Option<f64>,

    /// How much the score network follows the style, for models with a null style: 1 as trained,
    /// more sharpens the voice and takes twice the time [default: the model's]
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    guidance: Option<f32>,

    /// Speed: 2 is twice as fast, 0.5 half as fast
    #[arg(
        long,
        value_name = "X",
        default_value_t = 1.0,
        allow_negative_numbers = true
    )]
    speed: f32,

    /// Semitones by which the voice is raised, from -12 to 12, for models that predict a pitch
    #[arg(
        long,
        value_name = "X",
        default_value_t = 0.0,
        allow_negative_numbers = true
    )]
    pitch: f32,

    /// How far the melody moves, from 0 (monotonous) over 1 (as the model speaks) to 3, for models that
    /// predict a pitch
    #[arg(
        long,
        value_name = "X",
        default_value_t = 1.0,
        allow_negative_numbers = true
    )]
    intonation: f32,

    /// Seed of the noise; another one gives another rendering of the same words
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        allow_negative_numbers = true
    )]
    seed: u64,

    /// What makes the waveform [default: as the model's configuration says]
    #[arg(long, value_enum)]
    vocoder: Option<VocoderArg>,
}

impl SpeechArgs {
    /// Refuses what the model cannot do, before anything is loaded.
    pub(crate) fn check(&self, config: &ModelConfig) -> Result<(), CliError> {
        // Whose voice it is does not matter here.
        let anyone = Style::new(vec![0.0], StyleOrigin::default())?;
        let request = self.request(String::new(), anyone);
        Ok(Settings::of(config).with(&request).check(config)?)
    }

    /// These wishes for a text in a voice.
    pub(crate) fn request(&self, text: String, style: Style) -> Request {
        Request {
            steps: self.steps,
            solver: self.solver,
            temperature: self.temperature,
            detail: self.detail,
            guidance: self.guidance,
            speed: self.speed,
            pitch: self.pitch,
            intonation: self.intonation,
            seed: self.seed,
            vocoder: self.vocoder.map(Into::into),
            ..Request::new(text, style)
        }
    }
}

/// Names of the options of [`VoiceArgs`], for commands that need one of them.
pub(crate) const VOICE_OPTIONS: [&str; 4] = ["reference", "style", "voice", "adaptation"];

/// The ways to name a voice, of which at most one is used.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
pub(crate) struct VoiceArgs {
    /// Recording of the voice: WAV, AIFF, CAF, FLAC, MP3, M4A, Ogg or WebM; may be given several times
    #[arg(short, long, value_name = "FILE")]
    reference: Vec<PathBuf>,

    /// Style file made by `gss-wgpu style`
    #[arg(long, value_name = "FILE")]
    style: Option<PathBuf>,

    /// One of the model's voices (see `gss-wgpu voices`)
    #[arg(long, value_name = "NAME")]
    voice: Option<String>,

    /// Adaptation of a speaker, made by tools/finetune for this model
    #[arg(long, alias = "adapter", value_name = "FILE")]
    adaptation: Option<PathBuf>,

    #[command(flatten)]
    consent: ConsentArgs,
}

/// A voice that was read.
#[derive(Debug)]
pub(crate) enum Voice {
    /// Recordings of it, prepared, with the statement that they may be used.
    Recordings(Vec<Audio>, Consent),
    /// Its style.
    Style(Style),
    /// Its style, and what fits the model to it.
    Adaptation(Adaptation),
}

impl VoiceArgs {
    /// The files that are read for the voice and its model.
    pub(crate) fn files(&self, model: &Path) -> Vec<PathBuf> {
        let named = self.voice.as_ref().map(|name| voices::path(model, name));
        let own = self
            .reference
            .iter()
            .chain(&self.style)
            .chain(&self.adaptation);
        own.cloned()
            .chain(named)
            .chain(model_folder::files(model))
            .collect()
    }

    /// Reads the files, so that a wrong one is reported before the GPU is opened; without any of the
    /// options, nothing.
    pub(crate) fn read(&self, model: &Path) -> Result<Option<Voice>, CliError> {
        if let Some(path) = &self.style {
            return Ok(Some(Voice::Style(Style::read(path)?)));
        }
        if let Some(name) = &self.voice {
            return Ok(Some(Voice::Style(voices::read(model, name)?)));
        }
        if let Some(path) = &self.adaptation {
            return Ok(Some(Voice::Adaptation(Adaptation::open(path)?)));
        }
        if self.reference.is_empty() {
            return Ok(None);
        }
        let consent = self.consent.check()?;
        let rate = model_folder::config(model)?.audio.sample_rate;
        let recordings = read_references(&self.reference, rate)?;
        Ok(Some(Voice::Recordings(recordings, consent)))
    }
}

impl Voice {
    /// A model that speaks with it, and its style, computed where there are recordings.
    pub(crate) fn load(self, gpu: &Gpu, model: &Path) -> Result<(Synthesizer, Style), CliError> {
        Ok(match self {
            Self::Style(style) => (Synthesizer::load(gpu, model)?, style),
            Self::Recordings(recordings, consent) => {
                let mut synthesizer = Synthesizer::load(gpu, model)?;
                let style =
                    pollster::block_on(synthesizer.style_from_prepared(&recordings, consent))?;
                (synthesizer, style)
            }
            Self::Adaptation(adaptation) => {
                let synthesizer = Synthesizer::load_adapted(gpu, model, &adaptation)?;
                (synthesizer, adaptation.style().clone())
            }
        })
    }
}

/// The vocoders by their names.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum VocoderArg {
    /// The model's HiFi-GAN: a network on the GPU makes the samples
    HifiGan,
    /// The model's source-filter vocoder: a network on the GPU shapes pulses and noise
    SourceFilter,
    /// Phase reconstruction without weights, on the CPU
    GriffinLim,
}

impl From<VocoderArg> for VocoderChoice {
    fn from(vocoder: VocoderArg) -> Self {
        match vocoder {
            VocoderArg::HifiGan => Self::HifiGan,
            VocoderArg::SourceFilter => Self::SourceFilter,
            VocoderArg::GriffinLim => Self::GriffinLim,
        }
    }
}

fn solver(name: &str) -> Result<Solver, String> {
    name.parse()
        .map_err(|error: gss_wgpu::diffusion::DiffusionError| error.to_string())
}

fn solver_help() -> String {
    let names: Vec<_> = Solver::ALL.iter().map(|solver| solver.name()).collect();
    format!(
        "How the diffusion is integrated: {} [default: the model's]",
        names.join(", ")
    )
}
