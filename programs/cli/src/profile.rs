//! `profile`: where the time of a synthesis goes.

use std::fmt::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use gss_wgpu::gpu::{Activity, DispatchTiming, Gpu};
use gss_wgpu::model::{ModelConfig, Style};
use gss_wgpu::synth::{
    Request, SentenceTiming, Settings, Speech, StageMemory, Synthesizer, activation_memory,
};
use gss_wgpu_measure::bench::sample_text;
use gss_wgpu_measure::profile::{Recording, Report, SpanRecorder, Trace, Work};
use serde::Serialize;

use super::device::{DeviceArgs, adapter_name};
use super::error::CliError;
use super::inspect::memory_table;
use super::model_folder::ModelArgs;
use super::output::{check_writable, print, print_json, write_json};
use super::progress::Console;
use super::speech_args::{SpeechArgs, VOICE_OPTIONS, Voice, VoiceArgs};
use super::text_source::TextArgs;
use super::untrained::Size;

/// Show where the time of a synthesis goes: by stage, by kernel, by node
///
/// Speaks a text as `synth` does, but keeps the time of every GPU dispatch instead of the sound. The
/// text is spoken once before, unmeasured, so that kernels are compiled and plans made; --cold leaves
/// that out and measures the loading too. Timestamps cost a few microseconds for each dispatch. The
/// voice does not change the times and may be left out.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gss-wgpu profile \"It speaks.\"
  gss-wgpu profile --cold --trace trace.json \"It speaks.\"    (open it in https://ui.perfetto.dev)
  gss-wgpu profile --size base --seconds 5
  gss-wgpu profile --json -n 20 < chapter.txt | jq .kernels")]
pub(crate) struct Args {
    #[command(flatten)]
    text: TextArgs,

    #[command(flatten)]
    voice: VoiceArgs,

    #[command(flatten)]
    speech: SpeechArgs,

    /// Speak a text of about this length instead
    #[arg(long, value_name = "S", value_parser = seconds, conflicts_with_all = ["text", "positional"])]
    seconds: Option<f64>,

    /// Use random weights of this size, whatever --model and GSS_MODEL say; the times are the same
    #[arg(long, alias = "profile", value_enum, conflicts_with_all = VOICE_OPTIONS)]
    size: Option<Size>,

    /// Also write what host and GPU did when, for chrome://tracing and Perfetto
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,

    /// Measure the first synthesis, from the opening of the device on
    #[arg(long)]
    cold: bool,

    /// List so many nodes (all of them in JSON)
    #[arg(long, value_name = "N", default_value_t = 20)]
    nodes: usize,

    /// Print the tables as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    model: ModelArgs,

    #[command(flatten)]
    device: DeviceArgs,
}

/// What is spoken.
enum Words {
    /// The user's text.
    Given(String),
    /// Anything of so many seconds.
    Sample(f64),
}

/// What speaks it.
enum Model {
    /// A size.
    Random(Size),
    /// A folder, and a voice if one was named.
    Trained(PathBuf, Option<Box<Voice>>),
}

/// Longest text that `--seconds` makes.
const MAX_SECONDS: f64 = 600.0;

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(seconds) if seconds > 0.0 && seconds <= MAX_SECONDS => Ok(seconds),
        _ => Err(format!(
            "a length is a number of seconds, up to {MAX_SECONDS}"
        )),
    }
}

/// What was measured, and on what.
#[derive(Debug, Serialize)]
struct Summary {
    adapter: String,
    /// How dispatches are measured.
    timestamps: &'static str,
    #[serde(rename = "profile")]
    size: String,
    /// Whether the first synthesis was measured, and the loading with it.
    cold: bool,
    steps: usize,
    /// Seconds of speech.
    seconds: f64,
    #[serde(flatten)]
    report: Report,
    /// What the host asked of the device.
    activity: Activity,
    /// Activations of the longest sentence.
    memory: Vec<StageMemory>,
}

pub(crate) fn run(args: Args, spans: &SpanRecorder, console: &Console) -> Result<(), CliError> {
    if let Some(path) = &args.trace {
        check_writable(path)?;
    }
    let words = match args.seconds {
        Some(seconds) => Words::Sample(seconds),
        None => Words::Given(args.text.read()?),
    };
    let model = match args.size {
        Some(size) => Model::Random(size),
        None => {
            let folder = args.model.folder()?;
            let voice = args.voice.read(&folder)?;
            Model::Trained(folder, voice.map(Box::new))
        }
    };
    let mut start = Instant::now();
    let gpu = args.device.open_profiling()?;
    let (mut synthesizer, style) = match model {
        Model::Random(size) => neutral(size.synthesizer(&gpu)?),
        Model::Trained(folder, Some(voice)) => voice.load(&gpu, &folder)?,
        Model::Trained(folder, None) => neutral(Synthesizer::load(&gpu, &folder)?),
    };
    let text = match words {
        Words::Given(text) => text,
        Words::Sample(seconds) => sample_text(&synthesizer, seconds)?,
    };
    let request = args.speech.request(text, style);
    if !args.cold {
        speak(&mut synthesizer, &request, console)?;
        timings(&gpu)?;
        let _ = spans.take();
        start = Instant::now();
    }
    let before = if args.cold {
        Activity::default()
    } else {
        gpu.activity()
    };
    let speech = speak(&mut synthesizer, &request, console)?;
    let end = Instant::now();
    let (dispatches, inside_passes) = timings(&gpu)?;
    let recording = Recording {
        start,
        end,
        spans: spans.take(),
        dispatches,
    };
    if let Some(path) = &args.trace {
        write_json(path, &Trace::new(&recording))?;
        console.say(format_args!("{}: trace", path.display()));
    }
    let config = synthesizer.config();
    let summary = Summary {
        adapter: adapter_name(&gpu),
        timestamps: if inside_passes {
            "inside passes"
        } else {
            "a pass for each dispatch"
        },
        size: config.size.clone(),
        cold: args.cold,
        steps: Settings::of(config).with(&request).sampling.steps,
        seconds: speech.audio.seconds(),
        report: Report::new(&recording),
        activity: gpu.activity() - before,
        memory: memory(config, &speech)?,
    };
    if args.json {
        return print_json(&summary);
    }
    print(&tables(&summary, args.nodes).expect("writing to a string does not fail"))
}

/// A model whose voice does not matter.
fn neutral(synthesizer: Synthesizer) -> (Synthesizer, Style) {
    let style = Style::neutral(synthesizer.config());
    (synthesizer, style)
}

/// Memory for the activations of the longest sentence.
fn memory(config: &ModelConfig, speech: &Speech) -> Result<Vec<StageMemory>, CliError> {
    let rate = f64::from(config.audio.sample_rate) / config.audio.hop_length as f64;
    let frames = |sentence: &SentenceTiming| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a few thousand at most"
        )]
        let frames = ((sentence.end - sentence.start) * rate).round() as usize;
        frames
    };
    let sentences = speech.sentences.iter();
    let symbols = sentences.clone().map(|sentence| sentence.tokens.len());
    let (symbols, frames) = (symbols.max(), sentences.map(frames).max());
    Ok(activation_memory(
        config,
        symbols.unwrap_or_default(),
        frames.unwrap_or_default(),
    )?)
}

fn speak(
    synthesizer: &mut Synthesizer,
    request: &Request,
    console: &Console,
) -> Result<Speech, CliError> {
    let bar = console.bar("speaking", 0);
    let speech = pollster::block_on(synthesizer.synthesize(request, |progress| {
        bar.set_length(progress.total as u64);
        bar.set_position(progress.done as u64);
        ControlFlow::Continue(())
    }));
    bar.finish_and_clear();
    Ok(speech?)
}

fn timings(gpu: &Gpu) -> Result<(Vec<DispatchTiming>, bool), CliError> {
    let profiler = gpu.profiler().expect("the device was opened for profiling");
    Ok((profiler.take()?, profiler.inside_passes()))
}

fn tables(summary: &Summary, nodes: usize) -> Result<String, std::fmt::Error> {
    let report = &summary.report;
    let mut text = String::new();
    writeln!(
        text,
        "{}, {}, {} {}, {}: {:.2} s of speech in {:.2} s, {:.0} % of it in kernels",
        summary.adapter,
        summary.size,
        summary.steps,
        if summary.steps == 1 { "step" } else { "steps" },
        if summary.cold { "cold" } else { "warm" },
        summary.seconds,
        report.wall_ms / 1e3,
        100.0 * report.kernel_ms / report.wall_ms
    )?;
    writeln!(text, "\n{:40} {WORK_HEAD}  in kernels", "stage")?;
    for row in &report.stages {
        let (work, busy) = (work(&row.work), 100.0 * row.busy);
        writeln!(text, "{:40} {work}  {busy:8.1} %", row.stage)?;
    }
    writeln!(text, "\n{:40} {WORK_HEAD}", "kernel")?;
    for row in &report.kernels {
        let name = format!("{}.{}", row.kernel, row.entry);
        writeln!(text, "{name:40} {}", work(&row.work))?;
    }
    if nodes > 0 {
        writeln!(text, "\n{:40} {WORK_HEAD}  shape", "node")?;
    }
    for row in report.nodes.iter().take(nodes) {
        writeln!(text, "{:40} {}  {}", row.node, work(&row.work), row.shape)?;
    }
    if nodes > 0 && report.nodes.len() > nodes {
        writeln!(text, "({} more)", report.nodes.len() - nodes)?;
    }
    writeln!(text, "\n{:40} {:>6} {:>10}", "host", "times", "ms")?;
    for row in &report.host {
        writeln!(text, "{:40} {:6} {:10.2}", row.span, row.count, row.ms)?;
    }
    let Activity {
        pipelines,
        bind_groups,
        buffers,
        dispatches,
        submissions,
        waits,
        readbacks,
    } = summary.activity;
    writeln!(
        text,
        "\n{dispatches} dispatches in {submissions} submissions, {waits} waits, {readbacks} readbacks; \
         made {pipelines} pipelines, {bind_groups} bind groups, {buffers} buffers"
    )?;
    writeln!(text, "\nactivations of the longest sentence:")?;
    text += &memory_table(&summary.memory);
    Ok(text)
}

/// Columns of [`work`].
const WORK_HEAD: &str = " times         ms   share  GFLOP/s    GB/s";

fn work(work: &Work) -> String {
    format!(
        "{:6} {:10.2} {:5.1} % {:8.2} {:7.2}",
        work.dispatches,
        work.ms,
        100.0 * work.share,
        work.gflops,
        work.gbs
    )
}
