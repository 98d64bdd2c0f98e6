//! `inspect`: what a model folder holds.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use gss_wgpu::graph::WeightFormat;
use gss_wgpu::model::{ModelConfig, ModelWeights, WeightsFile};
use gss_wgpu::synth::{StageMemory, activation_memory};
use serde::Serialize;

use super::error::CliError;
use super::model_folder::ModelArgs;
use super::output::{print, print_json};

/// Show what a model folder holds: profile, sizes, parameters, hashes
///
/// Loads and checks the folder as a synthesis would, so this also tells whether a model is sound. The
/// folder is the argument, or found as for `synth`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  gss-wgpu inspect --tensors weights/small")]
pub(crate) struct Args {
    /// Model folder; wins over --model and GSS_MODEL
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,

    #[command(flatten)]
    model: ModelArgs,

    /// List every tensor with shape and element type
    #[arg(long)]
    tensors: bool,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Summary<'a> {
    folder: String,
    config: &'a ModelConfig,
    files: Vec<File>,
    parameters: usize,
    memory: Memory,
}

/// What the activations of a sentence take on the device, weights not included.
#[derive(Debug, Serialize)]
struct Memory {
    seconds: f64,
    symbols: usize,
    stages: Vec<StageMemory>,
}

/// A sentence of usual length, in seconds, and the symbols that are spoken in a second.
const USUAL_SECONDS: f64 = 5.0;
const SYMBOLS_PER_SECOND: f64 = 15.0;

impl Memory {
    fn of(config: &ModelConfig) -> Result<Self, CliError> {
        let rate = f64::from(config.audio.sample_rate) / config.audio.hop_length as f64;
        let count = |rate: f64| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a few hundred"
            )]
            let count = (USUAL_SECONDS * rate).ceil() as usize;
            count
        };
        let symbols = count(SYMBOLS_PER_SECOND);
        Ok(Self {
            seconds: USUAL_SECONDS,
            symbols,
            stages: activation_memory(config, symbols, count(rate))?,
        })
    }
}

#[derive(Debug, Serialize)]
struct File {
    name: String,
    bytes: usize,
    sha256: String,
    /// Parameters of each component (the first part of a tensor's name).
    components: BTreeMap<String, usize>,
    tensors: Vec<Tensor>,
}

#[derive(Debug, Serialize)]
struct Tensor {
    name: String,
    shape: Vec<usize>,
    format: &'static str,
}

impl From<&WeightsFile> for File {
    fn from(file: &WeightsFile) -> Self {
        let mut components = BTreeMap::new();
        for (name, tensor) in file.tensors() {
            let component = name.split('.').next().unwrap_or(name).to_owned();
            *components.entry(component).or_default() += tensor.shape.iter().product::<usize>();
        }
        let name = file.path().file_name().unwrap_or_default();
        let tensors = file.tensors().map(|(name, tensor)| Tensor {
            name: name.to_owned(),
            shape: tensor.shape.to_vec(),
            format: match tensor.data.format {
                WeightFormat::F16 => "f16",
                WeightFormat::F32 => "f32",
            },
        });
        Self {
            name: name.to_string_lossy().into_owned(),
            bytes: file.size(),
            sha256: file.sha256(),
            components,
            tensors: tensors.collect(),
        }
    }
}

pub(crate) fn run(args: &Args) -> Result<(), CliError> {
    let named = ModelArgs {
        model: args.folder.clone().or_else(|| args.model.model.clone()),
    };
    let folder = named.folder()?;
    let config = named.config()?;
    let weights = ModelWeights::load(&folder, &config)?;
    let files: Vec<_> = std::iter::once(weights.model())
        .chain(weights.vocoder())
        .map(File::from)
        .collect();
    let parameters = files.iter().flat_map(|file| file.components.values()).sum();
    let summary = Summary {
        folder: folder.display().to_string(),
        config: &config,
        files,
        parameters,
        memory: Memory::of(&config)?,
    };
    if args.json {
        return print_json(&summary);
    }
    print(&describe(&summary, args.tensors).expect("writing to a string does not fail"))
}

fn describe(summary: &Summary<'_>, with_tensors: bool) -> Result<String, std::fmt::Error> {
    let config = summary.config;
    let mut text = String::new();
    writeln!(
        text,
        "{}: profile {}, {} parameters",
        summary.folder, config.profile, summary.parameters
    )?;
    writeln!(
        text,
        "  {} Hz, {} mel bands, {:.1} frames a second, {} symbols",
        config.audio.sample_rate,
        config.audio.n_mels,
        f64::from(config.audio.sample_rate) / config.audio.hop_length as f64,
        config.symbols.len()
    )?;
    writeln!(
        text,
        "  default: {} steps of {}, temperature {}, detail {}, vocoder {}",
        config.sampling.steps,
        config.sampling.solver,
        config.sampling.temperature,
        config.sampling.detail,
        config.default_vocoder.name()
    )?;
    for file in &summary.files {
        writeln!(
            text,
            "{}: {} bytes, {} tensors, SHA-256 {}",
            file.name,
            file.bytes,
            file.tensors.len(),
            file.sha256
        )?;
        for (component, parameters) in &file.components {
            writeln!(text, "  {component:20} {parameters:>10} parameters")?;
        }
        for tensor in file.tensors.iter().filter(|_| with_tensors) {
            writeln!(
                text,
                "  {} {:?} {}",
                tensor.name, tensor.shape, tensor.format
            )?;
        }
    }
    let Memory {
        seconds, stages, ..
    } = &summary.memory;
    writeln!(text, "activations of {seconds} seconds of speech:")?;
    text += &memory_table(stages);
    Ok(text)
}

/// One line for each stage.
pub(crate) fn memory_table(stages: &[StageMemory]) -> String {
    let mega = |bytes: u64| bytes as f64 / 1e6;
    let lines = stages.iter().map(|stage| {
        format!(
            "  {:20} {:>8.1} MB, without sharing of buffers {:>8.1} MB\n",
            stage.stage,
            mega(stage.planned_bytes),
            mega(stage.naive_bytes)
        )
    });
    lines.collect()
}
