//! Which model folder a command uses.

use std::env;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use gss_wgpu::model::ModelConfig;
use gss_wgpu::model::weights::{MODEL_FILE, VOCODER_FILE};

use super::device::PROGRAM;
use super::error::CliError;

/// Name of the configuration in a model folder.
const CONFIG: &str = "config.json";

/// Name of the folder of the model that is shipped.
const MODEL: &str = "small";

/// The folder of models in the project's, and beside an executable.
const WEIGHTS: &str = "weights";

/// The option that every command with a model has.
#[derive(Debug, clap::Args)]
pub(crate) struct ModelArgs {
    /// Model folder (config.json, model.safetensors, vocoder.safetensors, voices/) [default: the
    /// nearest weights/small in or above the current folder, then gss-wgpu/small in the user's data
    /// folder, then weights/small beside the program or above it]
    #[arg(long, value_name = "DIR", env = "GSS_MODEL")]
    pub(crate) model: Option<PathBuf>,
}

impl ModelArgs {
    /// The folder to use: the one named, or the first of [`places`] with a model.
    pub(crate) fn folder(&self) -> Result<PathBuf, CliError> {
        let named = |folder: &PathBuf| vec![folder.clone()];
        let places = self.model.as_ref().map_or_else(places, named);
        match places.iter().find(|folder| holds_model(folder)) {
            Some(folder) => Ok(folder.clone()),
            None => Err(CliError::NoModel {
                looked_in: in_words(&places),
            }),
        }
    }

    /// The configuration of the model to use.
    pub(crate) fn config(&self) -> Result<ModelConfig, CliError> {
        config(&self.folder()?)
    }
}

/// The configuration of the model in a folder.
pub(crate) fn config(folder: &Path) -> Result<ModelConfig, CliError> {
    Ok(ModelConfig::load(&folder.join(CONFIG))?)
}

/// The files of a model.
pub(crate) fn files(folder: &Path) -> [PathBuf; 3] {
    [CONFIG, MODEL_FILE, VOCODER_FILE].map(|name| folder.join(name))
}

/// Where a model may be, the first place first.
fn places() -> Vec<PathBuf> {
    let near = |start: PathBuf| -> Vec<PathBuf> {
        let ancestors = start.ancestors().map(Path::to_owned);
        ancestors
            .map(|folder| folder.join(WEIGHTS).join(MODEL))
            .collect()
    };
    let here = env::current_dir().ok().map(near);
    let users = etcetera::choose_base_strategy().ok();
    let users = users.map(|folders| vec![folders.data_dir().join(PROGRAM).join(MODEL)]);
    let program = env::current_exe().ok();
    let beside = program.and_then(|program| program.parent().map(Path::to_owned));
    let mut places = Vec::new();
    for place in [here, users, beside.map(near)]
        .into_iter()
        .flatten()
        .flatten()
    {
        if !places.contains(&place) {
            places.push(place);
        }
    }
    places
}

/// Places as people read them: of the many above a folder only the first.
fn in_words(places: &[PathBuf]) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut below: Option<&Path> = None;
    for place in places {
        // `a/weights/small` stands above `a/b/weights/small`.
        let home = place.ancestors().nth(2);
        let is_above = match (below, home) {
            (Some(below), Some(home)) => below != home && below.starts_with(home),
            _ => false,
        };
        if is_above {
            let last = words.last_mut().filter(|last| !last.ends_with("above it"));
            if let Some(last) = last {
                last.push_str(" or above it");
            }
        } else {
            words.push(place.display().to_string());
        }
        below = home;
    }
    words.join(", nor in ")
}

fn holds_model(folder: &Path) -> bool {
    folder.join(CONFIG).is_file()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::in_words;

    #[test]
    fn folders_above_are_told_of_once() {
        let places = [
            "/home/anna/speech/weights/small",
            "/home/anna/weights/small",
            "/home/weights/small",
            "/home/anna/.local/share/gss-wgpu/small",
            "/usr/bin/weights/small",
            "/usr/weights/small",
        ]
        .map(PathBuf::from);
        assert_eq!(
            in_words(&places),
            "/home/anna/speech/weights/small or above it, nor in \
             /home/anna/.local/share/gss-wgpu/small, nor in /usr/bin/weights/small or above it"
        );
        assert_eq!(in_words(&places[..1]), "/home/anna/speech/weights/small");
    }
}
