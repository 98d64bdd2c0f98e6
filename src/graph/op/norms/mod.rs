//! Normalisations.

mod group_norm;
mod layer_norm;
mod moments;

pub use group_norm::GroupNorm;
pub use layer_norm::{LayerNorm, StyleAdaptiveLayerNorm};
