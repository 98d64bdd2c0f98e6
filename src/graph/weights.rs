//! Where an executor gets a model's parameters.

use std::borrow::Cow;
use std::collections::HashMap;

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
