//! Where an executor gets a model's parameters.

use std::borrow::Cow;
use std::collections::HashMap;

use half::f16;

/// How the elements of a parameter are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WeightFormat {
    /// IEEE 754 binary16, little endian.
    F16,
    /// IEEE 754 binary32, little endian.
    F32,
}

impl WeightFormat {
    /// Size of an element.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::F16 => 2,
            Self::F32 => 4,
        }
    }
}

/// One parameter as it lies in the weights file, row-major.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeightData<'a> {
    /// Element type.
    pub format: WeightFormat,
    /// All elements.
    pub bytes: &'a [u8],
}

impl WeightData<'_> {
    /// The elements as `f32`, exact from both formats.
    #[must_use]
    pub fn to_f32(&self) -> Vec<f32> {
        match self.format {
            WeightFormat::F16 => {
                let elements = self.bytes.as_chunks().0;
                elements
                    .iter()
                    .map(|&bytes| f16::from_le_bytes(bytes).to_f32())
                    .collect()
            }
            WeightFormat::F32 => self
                .bytes
                .as_chunks()
                .0
                .iter()
                .map(|&bytes| f32::from_le_bytes(bytes))
                .collect(),
        }
    }
}

/// Parameters by the names that a graph declares (those of the safetensors file).
pub trait Weights {
    /// Values of a parameter in row-major order, or `None` when there is none of this name. However
    /// they are stored, these are the numbers that the model computes with: half-precision storage
    /// gives rounded ones.
    fn values(&self, name: &str) -> Option<Cow<'_, [f32]>>;
}

impl Weights for HashMap<String, Vec<f32>> {
    fn values(&self, name: &str) -> Option<Cow<'_, [f32]>> {
        self.get(name)
            .map(|values| Cow::Borrowed(values.as_slice()))
    }
}
