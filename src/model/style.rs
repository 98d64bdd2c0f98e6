//! A voice as a vector, and the file that holds it.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use thiserror::Error;

use crate::output_file;

/// Name of the only tensor in a style file.
const TENSOR: &str = "style";

/// Largest style file that is read: thousands of times a usual one.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// A voice: the style encoder's vector, and where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Style {
    values: Vec<f32>,
    /// Who or what this is.
    pub origin: StyleOrigin,
}

/// Where a style comes from, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StyleOrigin {
    /// Name of the voice.
    pub name: Option<String>,
    /// Recordings that it was computed from.
    pub source: Option<String>,
    /// Licence of those recordings.
    pub licence: Option<String>,
    /// Whom to name when using it.
    pub attribution: Option<String>,
}

/// A style cannot be read, written or used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StyleError {
    /// The file cannot be read.
    #[error("cannot read the style {path}: {source}", path = .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file cannot be written.
    #[error("cannot write the style {path}: {source}", path = .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file holds something else.
    #[error("{path} is not a style file, a safetensors file with one f32 vector `style`: {reason}", path = .path.display())]
    NotAStyle {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The vector is empty or holds NaN or an infinity.
    #[error("a style must have at least one value, and only finite ones")]
    NotFinite,
    /// The model has no voice of this name.
    #[error("the model has no voice {name:?}; it has {known}")]
    UnknownVoice {
        /// As asked for.
        name: String,
        /// The names that exist.
        known: String,
    },
    /// There is nothing to average, or the vectors have different lengths.
    #[error(
        "styles of {0:?} values have no average; at least one is needed, and all of one length"
    )]
    Average(Vec<usize>),
}

impl StyleOrigin {
    fn to_metadata(&self) -> HashMap<String, String> {
        let fields = [
            ("name", &self.name),
            ("source", &self.source),
            ("licence", &self.licence),
            ("attribution", &self.attribution),
        ];
        let known = fields
            .into_iter()
            .filter_map(|(key, value)| Some((key, value.as_ref()?)));
        known
            .map(|(key, value)| (key.to_owned(), value.clone()))
            .collect()
    }

    pub(super) fn from_metadata(metadata: &HashMap<String, String>) -> Self {
        let field = |key: &str| metadata.get(key).cloned();
        Self {
            name: field("name"),
            source: field("source"),
            licence: field("licence"),
            attribution: field("attribution"),
        }
    }
}

impl Style {
    /// A style of these values.
    ///
    /// # Errors
    /// When there are none, or one is NaN or infinite.
    pub fn new(values: Vec<f32>, origin: StyleOrigin) -> Result<Self, StyleError> {
        if values.is_empty() || values.iter().any(|value| !value.is_finite()) {
            return Err(StyleError::NotFinite);
        }
        Ok(Self { values, origin })
    }

    /// The vector.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The mean of several styles, of unknown origin.
    ///
    /// # Errors
    /// When there are none, or their lengths differ.
    pub fn average(styles: &[Self]) -> Result<Self, StyleError> {
        let lengths: Vec<_> = styles.iter().map(|style| style.values.len()).collect();
        let Some(&length) = lengths
            .first()
            .filter(|first| lengths.iter().all(|other| other == *first))
        else {
            return Err(StyleError::Average(lengths));
        };
        let mean = |i: usize| {
            let sum: f64 = styles.iter().map(|style| f64::from(style.values[i])).sum();
            #[expect(
                clippy::cast_possible_truncation,
                reason = "back to the precision of a style"
            )]
            let mean = (sum / styles.len() as f64) as f32;
            mean
        };
        Self::new((0..length).map(mean).collect(), StyleOrigin::default())
    }

    /// Reads a style file.
    ///
    /// # Errors
    /// When it cannot be read or holds no finite vector `style`.
    pub fn read(path: &Path) -> Result<Self, StyleError> {
        let read = |source| StyleError::Read {
            path: path.to_owned(),
            source,
        };
        let not_a_style = |reason: String| StyleError::NotAStyle {
            path: path.to_owned(),
            reason,
        };
        let bytes = fs::metadata(path).map_err(read)?.len();
        if bytes > MAX_FILE_BYTES {
            return Err(not_a_style(format!("it has {bytes} bytes")));
        }
        let bytes = fs::read(path).map_err(read)?;
        let (_, metadata) =
            SafeTensors::read_metadata(&bytes).map_err(|error| not_a_style(error.to_string()))?;
        let file =
            SafeTensors::deserialize(&bytes).map_err(|error| not_a_style(error.to_string()))?;
        let tensor = file
            .tensor(TENSOR)
            .map_err(|error| not_a_style(error.to_string()))?;
        if tensor.dtype() != Dtype::F32 || tensor.shape().len() != 1 {
            let reason = format!(
                "its `style` is {:?} of shape {:?}",
                tensor.dtype(),
                tensor.shape()
            );
            return Err(not_a_style(reason));
        }
        let values = tensor
            .data()
            .as_chunks()
            .0
            .iter()
            .map(|&bytes| f32::from_le_bytes(bytes));
        let origin = metadata
            .metadata()
            .as_ref()
            .map(StyleOrigin::from_metadata)
            .unwrap_or_default();
        Self::new(values.collect(), origin).map_err(|error| not_a_style(error.to_string()))
    }

    /// Writes a style file: first under a temporary name, so that a failure leaves nothing behind.
    ///
    /// # Errors
    /// When the folder does not exist or cannot be written to.
    pub fn write(&self, path: &Path) -> Result<(), StyleError> {
        let write = |source| StyleError::Write {
            path: path.to_owned(),
            source,
        };
        let bytes: Vec<u8> = self
            .values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        let file = TensorView::new(Dtype::F32, vec![self.values.len()], &bytes)
            .and_then(|view| {
                safetensors::serialize([(TENSOR, view)], Some(self.origin.to_metadata()))
            })
            .map_err(|error| write(std::io::Error::other(error)))?;
        output_file::write(path, &file).map_err(write)
    }
}

#[cfg(test)]
mod tests {
    use super::{Style, StyleError, StyleOrigin};

    fn style(values: &[f32]) -> Style {
        Style::new(values.to_vec(), StyleOrigin::default()).unwrap()
    }

    #[test]
    fn a_style_survives_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("voice.safetensors");
        let origin = StyleOrigin {
            name: Some("kathleen".to_owned()),
            licence: Some("CC0".to_owned()),
            ..StyleOrigin::default()
        };
        let written = Style::new(vec![0.5, -1.25, 3e-8], origin).unwrap();
        written.write(&path).unwrap();
        assert_eq!(Style::read(&path).unwrap(), written);
        let names = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(names, 1, "no temporary file stays");
    }

    #[test]
    fn the_average_is_that_of_each_value() {
        let mean = Style::average(&[style(&[1.0, 2.0]), style(&[3.0, -2.0])]).unwrap();
        assert_eq!(mean.values(), [2.0, 0.0]);
        assert!(matches!(Style::average(&[]), Err(StyleError::Average(_))));
        let unequal = Style::average(&[style(&[1.0]), style(&[1.0, 2.0])]);
        assert!(unequal.unwrap_err().to_string().contains("[1, 2]"));
    }

    #[test]
    fn other_files_are_refused_with_a_reason() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("voice.safetensors");
        assert!(matches!(Style::read(&path), Err(StyleError::Read { .. })));
        for bytes in [&b"not a style"[..], b"", b"\x02\0\0\0\0\0\0\0{}"] {
            std::fs::write(&path, bytes).unwrap();
            assert!(
                matches!(Style::read(&path), Err(StyleError::NotAStyle { .. })),
                "{bytes:?}"
            );
        }
        let missing = folder.path().join("nowhere").join("voice.safetensors");
        assert!(matches!(
            style(&[1.0]).write(&missing),
            Err(StyleError::Write { .. })
        ));
        assert!(matches!(
            Style::new(vec![f32::NAN], StyleOrigin::default()),
            Err(StyleError::NotFinite)
        ));
    }
}
