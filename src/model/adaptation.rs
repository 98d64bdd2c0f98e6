//! Adaptations: small changes of a model's weights, with a style, that fit it to one speaker
//! (`tools/gss/adaptation/finetune.py` makes them).
//!
//! An adaptation is a safetensors file. For each changed weight `NAME` of `[o, ..]` it holds two thin
//! matrices, `NAME.up` of `[o, r]` and `NAME.down` of `[r, elements / o]`, and the weight becomes
//! `NAME + up * down` (low-rank adaptation, arXiv 2106.09685); `style`, `transport.map`,
//! `transport.offset`, `entries` and `pitch` are the speaker's, as in a style file.
//! The file's notes name the format, its version and the SHA-256 of the one `model.safetensors` that
//! the changes belong to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use half::f16;
use thiserror::Error;

use super::style::{ENTRIES, PITCH, STYLE, Style, StyleOrigin, TRANSPORT_MAP, TRANSPORT_OFFSET};
use super::weights::{StoredTensor, WeightsError, WeightsFile};
use crate::graph::{WeightData, WeightFormat};

/// What the note `format` of an adaptation says.
pub const ADAPTATION_FORMAT: &str = "gss-adapter";

/// What the note `version` says: the only version so far.
pub const ADAPTATION_VERSION: &str = "1";

/// Endings of the names of the two factors of a change.
const UP: &str = ".up";
const DOWN: &str = ".down";

/// The changes of a model for one speaker.
#[derive(Debug)]
pub struct Adaptation {
    file: WeightsFile,
    style: Style,
    base: String,
    /// Names of the changed weights.
    changed: Vec<String>,
}

/// An adaptation cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AdaptationError {
    /// The file cannot be read or is no safetensors file.
    #[error(transparent)]
    File(#[from] WeightsError),
    /// The file holds something else.
    #[error("{path} is not an adaptation: {reason}", path = .path.display())]
    NotAnAdaptation {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The adaptation changes other weights than these.
    #[error(
        "the adaptation {path} was made for the model with SHA-256 {expected}, and this model's is {found}: use it with that model, or make one for this", path = .path.display()
    )]
    OtherModel {
        /// The adaptation.
        path: PathBuf,
        /// The model that it belongs to.
        expected: String,
        /// The model that it was to change.
        found: String,
    },
    /// A change does not fit the model's weight.
    #[error("the adaptation {path} cannot change {name}: {problem}", path = .path.display())]
    Change {
        /// The adaptation.
        path: PathBuf,
        /// The weight.
        name: String,
        /// What does not fit.
        problem: String,
    },
}

/// Weights after their changes, by name, in the element type that they had.
#[derive(Debug, Default)]
pub struct ChangedWeights(BTreeMap<String, Parameter>);

#[derive(Debug)]
struct Parameter {
    shape: Vec<usize>,
    format: WeightFormat,
    bytes: Vec<u8>,
}

impl ChangedWeights {
    /// The weight of this name, if it was changed.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<StoredTensor<'_>> {
        let Parameter {
            shape,
            format,
            bytes,
        } = self.0.get(name)?;
        let data = WeightData {
            format: *format,
            bytes,
        };
        Some(StoredTensor { shape, data })
    }
}

impl Adaptation {
    /// Maps an adaptation and reads its style.
    ///
    /// # Errors
    /// When the file cannot be read, is no adaptation of a known version, or is not complete.
    pub fn open(path: &Path) -> Result<Self, AdaptationError> {
        let file = WeightsFile::open(path)?;
        let refuse = |reason: String| AdaptationError::NotAnAdaptation {
            path: path.to_owned(),
            reason,
        };
        let note = |key: &str| file.metadata().get(key).map(String::as_str);
        if note("format") != Some(ADAPTATION_FORMAT) {
            return Err(refuse(format!(
                "its notes do not name the format {ADAPTATION_FORMAT}"
            )));
        }
        if note("version") != Some(ADAPTATION_VERSION) {
            return Err(refuse(format!(
                "it has version {}, and this program reads version {ADAPTATION_VERSION}",
                note("version").unwrap_or("none")
            )));
        }
        let base = note("base").ok_or_else(|| refuse("its notes name no base model".to_owned()))?;
        let base = base.to_owned();
        let origin = StyleOrigin::from_metadata(file.metadata());
        let tensor = |name: &str| {
            let tensor = file.get(name)?;
            Some((tensor.shape.to_vec(), tensor.data.to_f32()))
        };
        let style = Style::from_tensors(origin, tensor).map_err(refuse)?;
        let mut changed = Vec::new();
        let voice = [STYLE, TRANSPORT_MAP, TRANSPORT_OFFSET, ENTRIES, PITCH];
        for name in file.names().filter(|name| !voice.contains(name)) {
            let whole = match (name.strip_suffix(UP), name.strip_suffix(DOWN)) {
                (Some(weight), _) if file.get(&format!("{weight}{DOWN}")).is_some() => {
                    changed.push(weight.to_owned());
                    true
                }
                (_, Some(weight)) => file.get(&format!("{weight}{UP}")).is_some(),
                _ => false,
            };
            if !whole {
                return Err(refuse(format!(
                    "its tensor {name} is no factor of a change, or the other factor is missing"
                )));
            }
        }
        Ok(Self {
            file,
            style,
            base,
            changed,
        })
    }

    /// The speaker's style.
    #[must_use]
    pub fn style(&self) -> &Style {
        &self.style
    }

    /// Names of the weights that it changes.
    pub fn changed(&self) -> impl Iterator<Item = &str> {
        self.changed.iter().map(String::as_str)
    }

    /// The changed weights of a model, whose file stays as it is.
    ///
    /// # Errors
    /// When the adaptation was made for another file, or a change does not fit.
    pub fn apply(&self, model: &WeightsFile) -> Result<ChangedWeights, AdaptationError> {
        let found = model.sha256();
        if found != self.base {
            return Err(AdaptationError::OtherModel {
                path: self.file.path().to_owned(),
                expected: self.base.clone(),
                found,
            });
        }
        let mut changed = BTreeMap::new();
        for name in &self.changed {
            let change = self.change(model, name);
            let change = change.map_err(|problem| AdaptationError::Change {
                path: self.file.path().to_owned(),
                name: name.clone(),
                problem,
            })?;
            changed.insert(name.clone(), change);
        }
        Ok(ChangedWeights(changed))
    }

    fn change(&self, model: &WeightsFile, name: &str) -> Result<Parameter, String> {
        let base = model
            .get(name)
            .ok_or_else(|| "the model has no such weight".to_owned())?;
        let factor = |ending: &str| {
            let factor = self.file.get(&format!("{name}{ending}"));
            factor.expect("open() found both factors")
        };
        let (up, down) = (factor(UP), factor(DOWN));
        let elements: usize = base.shape.iter().product();
        let rows = base.shape.first().copied().unwrap_or(1);
        let (&[up_rows, rank], &[down_rank, columns]) = (up.shape, down.shape) else {
            return Err(format!(
                "its factors are {:?} and {:?}, expected two matrices",
                up.shape, down.shape
            ));
        };
        if (up_rows, down_rank) != (rows, rank) || rows * columns != elements {
            return Err(format!(
                "its factors are {:?} and {:?}, and the weight is {:?}",
                up.shape, down.shape, base.shape
            ));
        }
        let (weight, up, down) = (base.data.to_f32(), up.data.to_f32(), down.data.to_f32());
        let mut bytes = Vec::with_capacity(base.data.bytes.len());
        for (at, weight) in weight.into_iter().enumerate() {
            let (row, column) = (at / columns, at % columns);
            let product = |k| f64::from(up[row * rank + k]) * f64::from(down[k * columns + column]);
            let value = f64::from(weight) + (0..rank).map(product).sum::<f64>();
            #[expect(
                clippy::cast_possible_truncation,
                reason = "back to the precision of the weight"
            )]
            let value = value as f32;
            let stored = match base.data.format {
                WeightFormat::F16 => f16::from_f32(value).to_f32(),
                WeightFormat::F32 => value,
            };
            if !stored.is_finite() {
                return Err("the changed weight is not finite".to_owned());
            }
            match base.data.format {
                WeightFormat::F16 => bytes.extend(f16::from_f32(value).to_le_bytes()),
                WeightFormat::F32 => bytes.extend(value.to_le_bytes()),
            }
        }
        Ok(Parameter {
            shape: base.shape.to_vec(),
            format: base.data.format,
            bytes,
        })
    }
}

#[cfg(test)]
mod tests;
