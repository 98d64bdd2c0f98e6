//! `bench`: how fast an adapter is with a model, and how fast it could be.

mod table;

use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use gss_wgpu::gpu::Gpu;
use gss_wgpu::model::ModelConfig;
use gss_wgpu::synth::Synthesizer;
use gss_wgpu_measure::bench::{self, Options, Section};

use super::device::{DeviceArgs, adapter_name, cache_folder};
use super::error::CliError;
use super::model_folder::ModelArgs;
use super::output::{check_writable, print, print_json, write_picture};
use super::progress::Console;
use super::untrained::Profile;

/// Measure the adapter, and the model on it: kernels, stages, whole syntheses
///
/// First the adapter's ceilings are measured with kernels that do nothing else: multiply-adds, loads,
/// memory, dispatches. Then whole syntheses (lengths, steps, batches), every stage at several
/// lengths, and every kernel at the model's shapes, with the share of the ceiling that binds it.
/// Needs no trained weights: random ones take as long.
///
/// Each series of measurements ends at --limit, so that the whole takes a few minutes on the slowest
/// adapter; the output lists what did not fit. Nothing else should run meanwhile.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gss-wgpu bench --quick
  gss-wgpu bench --only kernels --at 5 --plot kernels.png
  gss-wgpu bench --tune --quick
  gss-wgpu bench --profile base --json > base.json")]
pub(crate) struct Args {
    /// Sizes of the model, with random weights
    #[arg(long, value_enum, default_value = "small", conflicts_with = "model")]
    profile: Profile,

    /// Measure the trained model in this folder instead
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,

    /// What to measure besides the ceilings [default: all]
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PARTS")]
    only: Vec<Part>,

    /// Measure little: 1 and 2 seconds of speech, two runs
    #[arg(long)]
    quick: bool,

    /// Length of the speech at whose shapes kernels, steps and batches are measured [default: 2]
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    at: Option<f64>,

    /// Lengths of speech for stages and syntheses [default: 1,2,5,10,20,30,60]
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "SECONDS",
        allow_negative_numbers = true
    )]
    seconds: Vec<f64>,

    /// Numbers of diffusion steps, besides the model's own [default: 2,4,10,20]
    #[arg(long, value_delimiter = ',', value_name = "NUMBERS")]
    steps: Vec<usize>,

    /// Numbers of texts that are spoken at once [default: 2,4,8,16]
    #[arg(long, value_delimiter = ',', value_name = "NUMBERS")]
    batch: Vec<usize>,

    /// Warm runs of each measurement, at most [default: 5]
    #[arg(long, value_name = "NUMBER")]
    repeats: Option<usize>,

    /// Longest time for each series of measurements: kernels, stages, lengths, steps, batches
    /// [default: 40]
    #[arg(long, value_name = "SECONDS")]
    limit: Option<u64>,

    /// First find out which kernels are fastest on this adapter, and keep the choice in the user's cache
    /// folder: all commands follow it from then on, except with --deterministic
    #[arg(long, conflicts_with = "deterministic")]
    tune: bool,

    #[command(flatten)]
    device: DeviceArgs,

    /// Also draw kernels against their ceilings, and cost against length and batch, as a PNG picture
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A part of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// What the adapter can do at best; always measured
    Ceilings,
    /// Every kernel at the model's shapes
    Kernels,
    /// Every stage at several lengths
    Stages,
    /// Whole syntheses: lengths, steps, batches
    Pipeline,
}

impl Args {
    fn options(&self) -> Options {
        let mut options = if self.quick {
            Options::quick()
        } else {
            Options::default()
        };
        if !self.only.is_empty() {
            let sections = self.only.iter().filter_map(|part| match part {
                Part::Ceilings => None,
                Part::Kernels => Some(Section::Kernels),
                Part::Stages => Some(Section::Stages),
                Part::Pipeline => Some(Section::Pipeline),
            });
            options.sections = sections.collect();
        }
        let replace = |old: &mut Vec<usize>, new: &Vec<usize>| {
            if !new.is_empty() {
                old.clone_from(new);
            }
        };
        replace(&mut options.steps, &self.steps);
        replace(&mut options.batches, &self.batch);
        if !self.seconds.is_empty() {
            options.seconds.clone_from(&self.seconds);
        }
        options.at = self.at.unwrap_or(options.at);
        options.repeats = self.repeats.unwrap_or(options.repeats);
        options.limit = self.limit.map_or(options.limit, Duration::from_secs);
        options
    }

    /// The model that is asked for.
    fn subject(&self) -> Result<Subject, CliError> {
        if self.model.is_none() {
            return Ok(Subject::Untrained(self.profile));
        }
        let named = ModelArgs {
            model: self.model.clone(),
        };
        Ok(Subject::Trained(named.folder()?))
    }
}

/// What is measured.
enum Subject {
    /// The model in this folder.
    Trained(PathBuf),
    /// One of this size.
    Untrained(Profile),
}

impl Subject {
    /// The model on an adapter.
    fn synthesizer(&self, gpu: &Gpu) -> Result<Synthesizer, CliError> {
        match self {
            Self::Trained(folder) => Ok(Synthesizer::load(gpu, folder)?),
            Self::Untrained(profile) => profile.synthesizer(gpu),
        }
    }

    /// What its weights are.
    fn weights(&self) -> String {
        match self {
            Self::Trained(folder) => format!("weights of {}", folder.display()),
            Self::Untrained(_) => "random weights".to_owned(),
        }
    }
}

/// The device with what is fastest on it, which is kept for later commands.
fn tuned(gpu: &Gpu, config: &ModelConfig, console: &Console) -> Result<Gpu, CliError> {
    console.announce(format_args!("timing the kernels of {}", adapter_name(gpu)));
    let tuning = bench::tune(gpu, config)?;
    if let Some(folder) = cache_folder() {
        let path = tuning
            .keep(&folder, gpu)
            .map_err(|source| CliError::Write {
                path: folder,
                source,
            })?;
        let (path, better) = (path.display(), tuning.len());
        console.say(format_args!(
            "{path}: {better} products have a faster kernel than the default"
        ));
    }
    Ok(gpu.tuned(tuning))
}

pub(crate) fn run(args: &Args, console: &Console) -> Result<(), CliError> {
    if let Some(path) = &args.plot {
        check_writable(path)?;
    }
    let options = args.options();
    options.check()?;
    let subject = args.subject()?;
    let gpu = args.device.open()?;
    let mut synthesizer = subject.synthesizer(&gpu)?;
    if args.tune {
        let gpu = tuned(&gpu, synthesizer.config(), console)?;
        synthesizer = subject.synthesizer(&gpu)?;
    }
    let weights = subject.weights();
    console.announce(format_args!(
        "measuring {} with {weights}, at most {} s for each series",
        adapter_name(&gpu),
        options.limit.as_secs()
    ));
    let bar = console.bar("", 1);
    let report = pollster::block_on(bench::run(&mut synthesizer, &options, |progress| {
        bar.set_message(progress.what);
        bar.set_length(progress.total as u64);
        bar.set_position(progress.done as u64);
    }))?;
    bar.finish_and_clear();
    if let Some(path) = &args.plot {
        write_picture(path, &report.draw())?;
        console.say(format_args!("{}: picture", path.display()));
    }
    if args.json {
        return print_json(&report);
    }
    print(&table::report(&report, &weights, options.at))
}
