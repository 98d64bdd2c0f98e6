//! Which model folder a command uses.

use std::path::{Path, PathBuf};

use gss_wgpu::model::ModelConfig;

use super::error::CliError;

/// Name of the configuration in a model folder.
const CONFIG: &str = "config.json";

/// Where the shipped model lies below the project's folder.
const SHIPPED: &str = "weights/small";

/// The option that every command with a model has.
#[derive(Debug, clap::Args)]
pub(crate) struct ModelArgs {
    /// Model folder (config.json, model.safetensors, vocoder.safetensors, voices/) [default: the
    /// nearest weights/small in or above the current folder, then above the program]
    #[arg(long, value_name = "DIR", env = "GSS_MODEL")]
    pub(crate) model: Option<PathBuf>,
}

impl ModelArgs {
    /// The folder to use: the one named, or the nearest shipped one.
    pub(crate) fn folder(&self) -> Result<PathBuf, CliError> {
        if let Some(folder) = &self.model {
            return if holds_model(folder) {
                Ok(folder.clone())
            } else {
                Err(CliError::NoModel {
                    looked_in: folder.display().to_string(),
                })
            };
        }
        let starts = [std::env::current_dir().ok(), std::env::current_exe().ok()];
        starts
            .iter()
            .flatten()
            .flat_map(|start| start.ancestors())
            .map(|ancestor| ancestor.join(SHIPPED))
            .find(|folder| holds_model(folder))
            .ok_or_else(|| CliError::NoModel {
                looked_in: format!(
                    "{SHIPPED}, in or above the current folder or above the program"
                ),
            })
    }

    /// The configuration of the model to use.
    pub(crate) fn config(&self) -> Result<ModelConfig, CliError> {
        Ok(ModelConfig::load(&self.folder()?.join(CONFIG))?)
    }
}

fn holds_model(folder: &Path) -> bool {
    folder.join(CONFIG).is_file()
}
