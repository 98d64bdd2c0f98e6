//! A model's parameters: two safetensors files, mapped into memory and checked against the
//! configuration.

mod error;
mod file;
mod manifest;
mod random;

use std::borrow::Cow;
use std::path::Path;

use super::adaptation::{Adaptation, AdaptationError, ChangedWeights};
use super::config::ModelConfig;
use crate::graph::{GraphError, Weights};

pub use error::{WeightProblem, WeightsError};
pub use file::{StoredTensor, WeightsFile};
pub use manifest::{Expected, Manifest, NULL_STYLE};
pub use random::RandomWeights;

/// Name of the acoustic model's file in a model folder.
pub const MODEL_FILE: &str = "model.safetensors";

/// Name of the neural vocoder's file in a model folder.
pub const VOCODER_FILE: &str = "vocoder.safetensors";

/// The parameters of a whole model. The files stay mapped, not read: an upload reads each once.
#[derive(Debug)]
pub struct ModelWeights {
    model: WeightsFile,
    vocoder: Option<WeightsFile>,
    changed: ChangedWeights,
}

impl ModelWeights {
    /// Maps the files of a model folder and compares them with the configuration: names, shapes,
    /// element types, finite values, and what the vocoder says about the mel that it was trained on.
    ///
    /// # Errors
    /// When a file cannot be read or is no safetensors file, or with every mismatch at once.
    pub fn load(folder: &Path, config: &ModelConfig) -> Result<Self, WeightsError> {
        let manifest = Manifest::new(config)?;
        let model = WeightsFile::open(&folder.join(MODEL_FILE))?;
        let vocoder = match manifest.vocoder() {
            Some(_) => Some(WeightsFile::open(&folder.join(VOCODER_FILE))?),
            None => None,
        };
        let mut problems = model.problems(manifest.model());
        if let (Some(file), Some(expected)) = (&vocoder, manifest.vocoder()) {
            problems.extend(file.problems(expected));
            problems.extend(manifest::vocoder_metadata_problems(file, config));
        }
        if problems.is_empty() {
            Ok(Self {
                model,
                vocoder,
                changed: ChangedWeights::default(),
            })
        } else {
            Err(WeightsError::Mismatch {
                folder: folder.to_owned(),
                problems,
            })
        }
    }

    /// Changes the acoustic model's parameters as an adaptation says, in memory; files stay as they are.
    ///
    /// # Errors
    /// When the adaptation was made for other weights, or a change does not fit.
    pub fn adapt(&mut self, adaptation: &Adaptation) -> Result<(), AdaptationError> {
        self.changed = adaptation.apply(&self.model)?;
        Ok(())
    }

    /// The acoustic model's file.
    #[must_use]
    pub fn model(&self) -> &WeightsFile {
        &self.model
    }

    /// The neural vocoder's file.
    #[must_use]
    pub fn vocoder(&self) -> Option<&WeightsFile> {
        self.vocoder.as_ref()
    }

    /// The parameter of this name, in either file; as an adaptation has changed it, if one has.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<StoredTensor<'_>> {
        let vocoder = || self.vocoder.as_ref().and_then(|file| file.get(name));
        let model = || self.model.get(name);
        self.changed.get(name).or_else(model).or_else(vocoder)
    }
}

impl Weights for ModelWeights {
    fn values(&self, name: &str) -> Option<Cow<'_, [f32]>> {
        self.get(name)
            .map(|tensor| Cow::Owned(tensor.data.to_f32()))
    }
}

impl Weights for WeightsFile {
    fn values(&self, name: &str) -> Option<Cow<'_, [f32]>> {
        self.get(name)
            .map(|tensor| Cow::Owned(tensor.data.to_f32()))
    }
}

impl From<GraphError> for WeightsError {
    fn from(source: GraphError) -> Self {
        Self::Graph(source)
    }
}

#[cfg(test)]
mod tests;
