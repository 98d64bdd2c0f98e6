//! What can be wrong with a `config.json`.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// A model's configuration cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the model configuration {path}: {source}", path = .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not JSON, or a key is missing, unknown or of the wrong type.
    #[error("{path} is not a model configuration: {source}", path = .path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
    /// Sizes contradict each other.
    #[error("the model configuration contradicts itself: {}", .0.join("; "))]
    Invalid(Vec<String>),
}
