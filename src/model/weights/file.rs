//! One safetensors file, mapped into memory.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

use memmap2::Mmap;
use safetensors::{Dtype, SafeTensors};
use sha2::{Digest, Sha256};

use super::error::{WeightProblem, WeightsError};
use super::manifest::{Expected, fits};
use crate::graph::{WeightData, WeightFormat};
use crate::input_file;

/// One tensor where it lies in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredTensor<'a> {
    /// Extents as `PyTorch` has them.
    pub shape: &'a [usize],
    /// The elements.
    pub data: WeightData<'a>,
}

/// Where a tensor is.
#[derive(Debug, Clone)]
struct Entry {
    dtype: Dtype,
    shape: Vec<usize>,
    range: Range<usize>,
}

/// A safetensors file.
#[derive(Debug)]
pub struct WeightsFile {
    path: PathBuf,
    bytes: Mmap,
    /// In the order of their names.
    tensors: BTreeMap<String, Entry>,
    metadata: HashMap<String, String>,
}

impl WeightsFile {
    /// Maps a file and reads its header.
    ///
    /// # Errors
    /// When the file cannot be read, or is truncated or no safetensors file.
    pub fn open(path: &Path) -> Result<Self, WeightsError> {
        let read = |source| WeightsError::Read {
            path: path.to_owned(),
            source,
        };
        input_file::check_regular(path).map_err(read)?;
        let file = File::open(path).map_err(read)?;
        // SAFETY: the mapping is private and read-only. If another process shortens or rewrites the
        // file meanwhile, values change or the process is stopped by the system; no safe alternative
        // avoids a second copy, and model files are not edited in place.
        let bytes = unsafe { Mmap::map(&file) }.map_err(read)?;
        let (header, metadata) =
            SafeTensors::read_metadata(&bytes).map_err(|error| WeightsError::NotSafetensors {
                path: path.to_owned(),
                reason: error.to_string(),
            })?;
        // Eight bytes of header length, the header, then the data from which offsets count.
        let data = size_of::<u64>() + header;
        let tensors = metadata
            .tensors()
            .into_iter()
            .map(|(name, info)| {
                let (start, end) = info.data_offsets;
                let range = data + start..data + end;
                (
                    name,
                    Entry {
                        dtype: info.dtype,
                        shape: info.shape.clone(),
                        range,
                    },
                )
            })
            .collect();
        let metadata = metadata.metadata().clone().unwrap_or_default();
        Ok(Self {
            path: path.to_owned(),
            bytes,
            tensors,
            metadata,
        })
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Size of the file in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// The file's own notes.
    #[must_use]
    pub fn metadata(&self) -> &HashMap<String, String> {
        &self.metadata
    }

    /// SHA-256 of the whole file in hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> String {
        Sha256::digest(&self.bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// All tensors in the order of their names; those of another type than f16 and f32 are left out.
    pub fn tensors(&self) -> impl Iterator<Item = (&str, StoredTensor<'_>)> {
        self.tensors
            .iter()
            .filter_map(|(name, entry)| Some((name.as_str(), self.stored(entry)?)))
    }

    /// The names of all tensors, of whatever type, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// The tensor of this name, unless it is of another type than f16 and f32.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<StoredTensor<'_>> {
        self.stored(self.tensors.get(name)?)
    }

    fn stored<'a>(&'a self, entry: &'a Entry) -> Option<StoredTensor<'a>> {
        let format = match entry.dtype {
            Dtype::F16 => WeightFormat::F16,
            Dtype::F32 => WeightFormat::F32,
            _ => return None,
        };
        let bytes = &self.bytes[entry.range.clone()];
        Some(StoredTensor {
            shape: &entry.shape,
            data: WeightData { format, bytes },
        })
    }

    /// Everything about this file that differs from what is expected of it.
    #[must_use]
    pub fn problems(&self, expected: &[Expected]) -> Vec<WeightProblem> {
        let mut problems: Vec<_> = expected
            .iter()
            .filter_map(|expected| self.problem(expected))
            .collect();
        let known: HashSet<_> = expected
            .iter()
            .map(|expected| expected.name.as_str())
            .collect();
        let unexpected = self
            .tensors
            .keys()
            .filter(|name| !known.contains(name.as_str()));
        problems.extend(unexpected.map(|name| WeightProblem::Unexpected { name: name.clone() }));
        // A copy that was cut off may have the length and no content. One matrix may be zero, as trainings begin.
        let mut matrices = self
            .tensors()
            .filter(|(_, tensor)| tensor.shape.len() > 1)
            .peekable();
        if matrices.peek().is_some()
            && matrices.all(|(_, tensor)| tensor.data.bytes.iter().all(|&byte| byte == 0))
        {
            problems.push(WeightProblem::Zeros);
        }
        problems
    }

    fn problem(&self, expected: &Expected) -> Option<WeightProblem> {
        let name = expected.name.clone();
        let Some(entry) = self.tensors.get(&name) else {
            return Some(WeightProblem::Missing {
                name,
                expected: expected.shape,
            });
        };
        if !fits(&entry.shape, expected.shape) {
            let found = entry.shape.clone();
            return Some(WeightProblem::Shape {
                name,
                expected: expected.shape,
                found,
            });
        }
        let Some(stored) = self.stored(entry) else {
            return Some(WeightProblem::Type {
                name,
                found: format!("{:?}", entry.dtype),
            });
        };
        let index = first_not_finite(stored.data)?;
        Some(WeightProblem::NotFinite { name, index })
    }
}

/// Position of the first NaN or infinity: an exponent of ones in either format.
fn first_not_finite(data: WeightData<'_>) -> Option<usize> {
    match data.format {
        WeightFormat::F16 => data.bytes.as_chunks().0.iter().position(|&bytes| {
            let exponent = 0x7c00;
            u16::from_le_bytes(bytes) & exponent == exponent
        }),
        WeightFormat::F32 => data.bytes.as_chunks().0.iter().position(|&bytes| {
            let exponent = 0x7f80_0000;
            u32::from_le_bytes(bytes) & exponent == exponent
        }),
    }
}
