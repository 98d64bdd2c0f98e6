//! `synth`: a text in a voice.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::ArgGroup;
use gss_wgpu::audio::{Mel, MelSpec, WavFormat, WavWriter, mel_bytes};
use gss_wgpu::model::ModelConfig;
use gss_wgpu::model::weights::{MODEL_FILE, WeightsFile};
use gss_wgpu::synth::{Event, Progress, SentenceTiming, Settings, SpokenSentence, StageName};
use indicatif::ProgressBar;
use serde::Serialize;

use super::device::{DeviceArgs, adapter_name};
use super::error::CliError;
use super::model_folder::ModelArgs;
use super::output::{commit, prepare, prepare_json, print_json};
use super::outputs::Outputs;
use super::progress::Console;
use super::speech_args::{SpeechArgs, VOICE_OPTIONS, VoiceArgs};
use super::text_source::{LexiconArgs, TextArgs};
use super::wav_output::WavOutput;

/// Speak a text in the voice of a reference recording
///
/// Long texts are spoken sentence by sentence in bounded memory. The voice is a recording (five to
/// fifteen seconds of clean speech work best; no transcript is needed), a style file, one of the model's
/// named voices, or an adaptation that was trained on a speaker's recordings. The same text, voice,
/// settings and seed give the same file on the same GPU.
#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("a voice").args(VOICE_OPTIONS).required(true))]
#[command(after_help = "Examples:
  gss-wgpu synth \"It speaks.\" --reference me.wav
  gss-wgpu synth --voice linda --speed 1.2 -o news.wav < news.txt
  gss-wgpu synth --text \"Say [[ HH AH0 L OW1 ]].\" --style me.safetensors -o - | aplay")]
pub(crate) struct Args {
    #[command(flatten)]
    text: TextArgs,

    #[command(flatten)]
    lexicon: LexiconArgs,

    #[command(flatten)]
    voice: VoiceArgs,

    /// WAV file to write, replacing what is there; `-` is standard output
    #[arg(short, long, value_name = "FILE", default_value = "speech.wav")]
    output: PathBuf,

    #[command(flatten)]
    speech: SpeechArgs,

    /// Also write the mel spectrogram (safetensors, tensor `mel`)
    #[arg(long, value_name = "FILE")]
    save_mel: Option<PathBuf>,

    /// Also write when each sentence and phone is spoken, and at what pitch, as JSON
    #[arg(long, value_name = "FILE")]
    timings: Option<PathBuf>,

    /// Print a machine-readable summary on standard output
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    model: ModelArgs,

    #[command(flatten)]
    device: DeviceArgs,
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Summary {
    output: String,
    seconds: f64,
    sample_rate: u32,
    sentences: usize,
    elapsed: f64,
    real_time_factor: f64,
    adapter: String,
    seed: u64,
    solver: String,
    steps: usize,
    temperature: f32,
    detail: f64,
    guidance: f32,
    speed: f32,
    vocoder: &'static str,
    stages: Stages,
}

/// Seconds spent in each part of the work.
#[derive(Debug, Default, Serialize)]
struct Stages {
    load: f64,
    encoders: f64,
    diffusion: f64,
    vocoder: f64,
}

pub(crate) fn run(args: Args, console: &Console) -> Result<(), CliError> {
    let folder = args.model.folder()?;
    let inputs = args.voice.files(&folder).into_iter();
    let mut outputs = Outputs::of_reading(inputs.chain(args.lexicon.file()));
    let output = WavOutput::check(&args.output, &mut outputs)?;
    if args.json {
        if matches!(output, WavOutput::Stdout) {
            return Err(CliError::TwoOnStdout);
        }
        outputs.take_stdout()?;
    }
    for path in args.save_mel.iter().chain(&args.timings) {
        outputs.take(path)?;
    }
    let config = args.model.config()?;
    args.speech.check(&config)?;
    let text = args.text.read()?;
    let lexicon = args.lexicon.read()?;
    let started = Instant::now();
    let voice = args.voice.read(&folder)?;
    let voice = voice.expect("clap requires one of the options that name a voice");
    let gpu = args.device.open()?;
    let (mut synthesizer, style) = voice.load(&gpu, &folder)?;
    if let Some(lexicon) = lexicon {
        synthesizer.set_lexicon(lexicon);
    }
    let request = args.speech.request(text, style);
    let loaded = started.elapsed();

    let mut take = Take::new(&output, &config, args.save_mel.is_some())?;
    let mut stages = Stages {
        load: loaded.as_secs_f64(),
        ..Stages::default()
    };
    let mut display = Display::new(console);
    let mut failure = None;
    let spoken = pollster::block_on(synthesizer.speak(&request, |event| {
        let kept = match event {
            Event::Progress(progress) => {
                display.show(progress, &mut stages);
                Ok(())
            }
            Event::Sentence(sentence) => take.keep(sentence),
        };
        match kept {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failure = Some(error);
                ControlFlow::Break(())
            }
        }
    }));
    display.clear();
    if let Some(error) = failure {
        return Err(error);
    }
    spoken?;

    let settings = Settings::of(&config).with(&request);
    let elapsed = started.elapsed();
    let seconds = take.seconds();
    let summary = Summary {
        output: output.to_string(),
        seconds,
        sample_rate: config.audio.sample_rate,
        sentences: take.timings.len(),
        elapsed: elapsed.as_secs_f64(),
        real_time_factor: (elapsed - loaded).as_secs_f64() / seconds,
        adapter: adapter_name(&gpu),
        seed: request.seed,
        solver: settings.sampling.solver.to_string(),
        steps: settings.sampling.steps,
        temperature: settings.temperature,
        detail: settings.sampling.detail,
        guidance: settings.guidance,
        speed: settings.speed,
        vocoder: settings.vocoder.name(),
        stages,
    };
    let mut beside = Vec::new();
    if let Some(path) = &args.save_mel {
        beside.push(prepare(path, &mel_bytes(&take.mel()?))?);
    }
    if let Some(path) = &args.timings {
        beside.push(prepare_json(path, &take.timings)?);
    }
    output.finish(take.writer, Some(summary.comment(&folder)?), console)?;
    // What can fail has not failed: these only get their names.
    for file in beside {
        commit(file, &output)?;
    }
    if args.json {
        print_json(&summary)?;
    }
    console.say(format_args!(
        "{}: {:.2} s of speech in {:.2} s (real-time factor {:.2}; loading took {:.2} s) on {}",
        output,
        seconds,
        summary.elapsed - summary.stages.load,
        summary.real_time_factor,
        summary.stages.load,
        summary.adapter
    ));
    Ok(())
}

impl Summary {
    /// What the file itself says about how it was made.
    fn comment(&self, model: &Path) -> Result<String, CliError> {
        let model = WeightsFile::open(&model.join(MODEL_FILE))?.sha256();
        Ok(format!(
            "synthetic speech; model sha256 {model}, seed {}, {} steps of {}, temperature {}, detail {}, guidance {}, vocoder {}",
            self.seed,
            self.steps,
            self.solver,
            self.temperature,
            self.detail,
            self.guidance,
            self.vocoder
        ))
    }
}

/// What is kept of the sentences as they come: samples go to the file at once.
struct Take {
    writer: WavWriter,
    timings: Vec<SentenceTiming>,
    /// Mels with the silent frames before each, if they are wanted.
    mels: Option<Vec<(usize, Mel)>>,
    spec: MelSpec,
    samples: usize,
}

impl Take {
    fn new(output: &WavOutput, config: &ModelConfig, keep_mels: bool) -> Result<Self, CliError> {
        Ok(Self {
            writer: output.start(config.audio.sample_rate, WavFormat::Pcm16)?,
            timings: Vec::new(),
            mels: keep_mels.then(Vec::new),
            spec: config.audio.clone(),
            samples: 0,
        })
    }

    fn keep(&mut self, sentence: SpokenSentence) -> Result<(), CliError> {
        let gap = vec![0.0; sentence.gap_frames * self.spec.hop_length];
        self.writer.append(&gap)?;
        self.writer.append(&sentence.samples)?;
        self.samples += gap.len() + sentence.samples.len();
        self.timings.push(sentence.timing);
        if let Some(mels) = &mut self.mels {
            mels.push((sentence.gap_frames, sentence.mel));
        }
        Ok(())
    }

    fn seconds(&self) -> f64 {
        self.samples as f64 / f64::from(self.spec.sample_rate)
    }

    /// The whole mel, silent in the gaps.
    fn mel(&self) -> Result<Mel, CliError> {
        let parts = self.mels.as_deref().unwrap_or_default();
        Ok(Mel::join(parts, &self.spec)?)
    }
}

/// Progress on the terminal, and the time that each stage takes.
struct Display {
    bar: ProgressBar,
    last: Instant,
}

impl Display {
    fn new(console: &Console) -> Self {
        Self {
            bar: console.bar("encoders", 0),
            last: Instant::now(),
        }
    }

    fn show(&mut self, progress: Progress, stages: &mut Stages) {
        let (stage, name) = match progress.stage {
            StageName::Encoders => (&mut stages.encoders, "encoders"),
            StageName::Diffusion => (&mut stages.diffusion, "diffusion"),
            StageName::Vocoder => (&mut stages.vocoder, "vocoder"),
        };
        let now = Instant::now();
        *stage += (now - self.last).as_secs_f64();
        self.last = now;
        self.bar.set_message(format!(
            "sentence {}/{}: {name}",
            progress.sentence + 1,
            progress.sentences
        ));
        self.bar.set_length(progress.total as u64);
        self.bar.set_position(progress.done as u64);
    }

    fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
