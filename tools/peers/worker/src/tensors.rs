//! Weights and inputs of a work.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use safetensors::{Dtype, SafeTensors};

use super::Failure;

/// One `f32` tensor.
#[derive(Debug, Clone)]
pub struct StoredTensor {
    /// Extents as in `PyTorch`.
    pub shape: Vec<usize>,
    /// Elements, row-major.
    pub values: Vec<f32>,
}

/// Tensors by name: weights as in the networks' state dicts, inputs as `input.NAME`.
#[derive(Debug, Clone, Default)]
pub struct Tensors {
    tensors: HashMap<String, StoredTensor>,
}

impl Tensors {
    /// Reads a safetensors file.
    ///
    /// # Errors
    /// When it cannot be read or holds another type than `f32`.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = fs::read(path)?;
        let file = SafeTensors::deserialize(&bytes)?;
        let mut tensors = HashMap::new();
        for (name, view) in file.iter() {
            if view.dtype() != Dtype::F32 {
                return Err(format!("{name} is of type {:?}, expected F32", view.dtype()).into());
            }
            let values = view.data().as_chunks().0;
            let tensor = StoredTensor {
                shape: view.shape().to_vec(),
                values: values
                    .iter()
                    .map(|&bytes| f32::from_le_bytes(bytes))
                    .collect(),
            };
            tensors.insert(name.to_owned(), tensor);
        }
        Ok(Self { tensors })
    }

    /// The tensor of this name.
    ///
    /// # Errors
    /// When there is none.
    pub fn get(&self, name: &str) -> Result<&StoredTensor, Failure> {
        let found = self.tensors.get(name);
        found.ok_or_else(|| format!("the work has no tensor {name}").into())
    }

    /// Extents of the tensor of this name.
    ///
    /// # Errors
    /// When there is none, or it has another number of extents.
    pub fn shape<const D: usize>(&self, name: &str) -> Result<[usize; D], Failure> {
        let shape = &self.get(name)?.shape;
        shape
            .as_slice()
            .try_into()
            .map_err(|_| format!("{name} has the extents {shape:?}, expected {D} of them").into())
    }
}
