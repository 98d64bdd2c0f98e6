//! A voice as a vector, and the file that holds it.

use std::collections::HashMap;
use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError, SafeTensors};

use super::config::ModelConfig;
use super::reference::ReferenceFeatures;
use super::style_error::StyleError;
use super::transport::Transport;
use crate::input_file;
use crate::output_file;

/// Names of the tensors in a style file; all but the first are there or not.
pub(super) const STYLE: &str = "style";
pub(super) const ENTRIES: &str = "entries";
pub(super) const PITCH: &str = "pitch";
pub(super) const TRANSPORT_MAP: &str = "transport.map";
pub(super) const TRANSPORT_OFFSET: &str = "transport.offset";

/// Largest style file that is read: as many entries as there may be have 4 MiB in the widest model, and
/// 128 KiB in a usual one.
const MAX_FILE_BYTES: u64 = 8 << 20;

/// A voice: the style encoder's vector, what moves the mean mel to it, what else of its reference a model
/// takes, and where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Style {
    values: Vec<f32>,
    transport: Option<Transport>,
    features: Option<ReferenceFeatures>,
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
        Ok(Self {
            values,
            transport: None,
            features: None,
            origin,
        })
    }

    /// The style of nobody in particular: the origin of a model's styles, and no transport.
    #[must_use]
    pub fn neutral(config: &ModelConfig) -> Self {
        Self {
            values: vec![0.0; config.style_encoder.style],
            transport: Transport::neutral(config),
            features: ReferenceFeatures::neutral(config),
            origin: StyleOrigin::default(),
        }
    }

    /// The same with another transport.
    #[must_use]
    pub fn with_transport(self, transport: Option<Transport>) -> Self {
        Self { transport, ..self }
    }

    /// The same with other features of its reference.
    #[must_use]
    pub fn with_features(self, features: Option<ReferenceFeatures>) -> Self {
        Self { features, ..self }
    }

    /// The vector.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// What moves the mean mel to this voice.
    #[must_use]
    pub fn transport(&self) -> Option<&Transport> {
        self.transport.as_ref()
    }

    /// What a model with a temporal convolutional score network takes of the reference besides.
    #[must_use]
    pub fn features(&self) -> Option<&ReferenceFeatures> {
        self.features.as_ref()
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
        let bytes = input_file::read(path, MAX_FILE_BYTES).map_err(read)?;
        let (_, metadata) =
            SafeTensors::read_metadata(&bytes).map_err(|error| not_a_style(error.to_string()))?;
        let file =
            SafeTensors::deserialize(&bytes).map_err(|error| not_a_style(error.to_string()))?;
        let tensor = |name: &str| {
            let tensor = file.tensor(name).ok()?;
            if tensor.dtype() != Dtype::F32 {
                return None;
            }
            let values = tensor.data().as_chunks().0.iter().copied();
            let values = values.map(f32::from_le_bytes).collect();
            Some((tensor.shape().to_vec(), values))
        };
        let origin = metadata
            .metadata()
            .as_ref()
            .map(StyleOrigin::from_metadata)
            .unwrap_or_default();
        Self::from_tensors(origin, tensor).map_err(not_a_style)
    }

    /// A style of the tensors of a file, each as its shape and its values; what is wrong with them.
    pub(super) fn from_tensors(
        origin: StyleOrigin,
        tensor: impl Fn(&str) -> Option<(Vec<usize>, Vec<f32>)>,
    ) -> Result<Self, String> {
        let values = match tensor(STYLE) {
            Some((shape, values)) if shape.len() == 1 => values,
            Some((shape, _)) => return Err(format!("its `{STYLE}` has the shape {shape:?}")),
            None => return Err(format!("it has no vector `{STYLE}`")),
        };
        let transport = match (tensor(TRANSPORT_MAP), tensor(TRANSPORT_OFFSET)) {
            (None, None) => None,
            (Some((shape, map)), Some((_, offset))) => {
                if shape != [offset.len(); 2] {
                    return Err(format!("its `{TRANSPORT_MAP}` has the shape {shape:?}"));
                }
                Some(Transport::new(map, offset).map_err(|error| error.to_string())?)
            }
            _ => {
                return Err(format!(
                    "it has only one of `{TRANSPORT_MAP}` and `{TRANSPORT_OFFSET}`"
                ));
            }
        };
        let features = match (tensor(ENTRIES), tensor(PITCH)) {
            (None, None) => None,
            (Some((entries, values)), Some((pitch, voice))) => {
                let (&[_, width], [_]) = (&entries[..], &pitch[..]) else {
                    return Err(format!(
                        "its `{ENTRIES}` and `{PITCH}` have the shapes {entries:?} and {pitch:?}"
                    ));
                };
                let features = ReferenceFeatures::new(values, width, voice);
                Some(features.map_err(|error| error.to_string())?)
            }
            _ => return Err(format!("it has only one of `{ENTRIES}` and `{PITCH}`")),
        };
        let style = Self::new(values, origin).map_err(|error| error.to_string())?;
        Ok(style.with_transport(transport).with_features(features))
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
        let mut tensors = vec![(STYLE, vec![self.values.len()], self.values.as_slice())];
        if let Some(transport) = &self.transport {
            let bands = transport.offset().len();
            tensors.push((TRANSPORT_MAP, vec![bands; 2], transport.map()));
            tensors.push((TRANSPORT_OFFSET, vec![bands], transport.offset()));
        }
        if let Some(features) = &self.features {
            let shape = vec![features.count(), features.width()];
            tensors.push((ENTRIES, shape, features.entries()));
            tensors.push((PITCH, vec![features.pitch().len()], features.pitch()));
        }
        let tensors: Vec<_> = tensors
            .into_iter()
            .map(|(name, shape, values)| (name, shape, little_endian(values)))
            .collect();
        let views = tensors.iter().map(|(name, shape, bytes)| {
            let view = TensorView::new(Dtype::F32, shape.clone(), bytes)?;
            Ok((*name, view))
        });
        let file = views
            .collect::<Result<Vec<_>, SafeTensorError>>()
            .and_then(|views| safetensors::serialize(views, Some(self.origin.to_metadata())))
            .map_err(|error| write(std::io::Error::other(error)))?;
        output_file::write(path, &file).map_err(write)
    }
}

fn little_endian(values: &[f32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{ReferenceFeatures, Style, StyleError, StyleOrigin, Transport};

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
        let transport = Transport::new(vec![1.0, 0.25, -2.0, 3.0], vec![0.0, 1e-9]).unwrap();
        let written = written.with_transport(Some(transport));
        written.write(&path).unwrap();
        assert_eq!(Style::read(&path).unwrap(), written);
        let features = ReferenceFeatures::new(vec![0.5; 6], 3, vec![1.0, -2.0]).unwrap();
        let written = written.with_features(Some(features));
        written.write(&path).unwrap();
        assert_eq!(Style::read(&path).unwrap(), written);
        let names = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(names, 1, "no temporary file stays");
    }

    #[test]
    fn a_transport_is_whole_or_refused() {
        let with = |map: Option<Vec<usize>>, offset: usize| {
            let tensor = |name: &str| {
                let shape = match name {
                    super::STYLE => vec![3],
                    super::TRANSPORT_MAP => map.clone()?,
                    super::TRANSPORT_OFFSET => vec![offset],
                    _ => return None,
                };
                let values = vec![0.5; shape.iter().product()];
                Some((shape, values))
            };
            Style::from_tensors(StyleOrigin::default(), tensor)
        };
        assert!(with(Some(vec![2, 2]), 2).is_ok());
        assert!(with(Some(vec![4]), 2).unwrap_err().contains("shape [4]"));
        assert!(with(Some(vec![2, 2]), 3).unwrap_err().contains("[2, 2]"));
        assert!(with(None, 2).unwrap_err().contains("only one of"));
    }

    #[test]
    fn features_are_whole_or_refused() {
        let with = |entries: Option<Vec<usize>>, pitch: Option<Vec<usize>>| {
            let tensor = |name: &str| {
                let shape = match name {
                    super::STYLE => vec![3],
                    super::ENTRIES => entries.clone()?,
                    super::PITCH => pitch.clone()?,
                    _ => return None,
                };
                let values = vec![0.5; shape.iter().product()];
                Some((shape, values))
            };
            Style::from_tensors(StyleOrigin::default(), tensor)
        };
        let style = with(Some(vec![5, 2]), Some(vec![3])).unwrap();
        assert_eq!(style.features().unwrap().count(), 5);
        let missing = with(Some(vec![5, 2]), None).unwrap_err();
        assert!(missing.contains("only one of"), "{missing}");
        for (entries, pitch) in [(vec![10], vec![3]), (vec![5, 2], vec![3, 1])] {
            let message = with(Some(entries), Some(pitch)).unwrap_err();
            assert!(message.contains("the shapes"), "{message}");
        }
        for entries in [vec![257, 2], vec![0, 2], vec![5, 0]] {
            let message = with(Some(entries), Some(vec![3])).unwrap_err();
            assert!(message.contains("at most 256"), "{message}");
        }
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
