//! What can be wrong with a style or what it is made of.

use std::path::PathBuf;

use thiserror::Error;

use super::reference::MAX_ENTRIES;

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
    #[error("{path} is not a style file, a safetensors file with an f32 vector `style`: {reason}", path = .path.display())]
    NotAStyle {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The vector is empty or holds NaN or an infinity.
    #[error("a style must have at least one value, and only finite ones")]
    NotFinite,
    /// Styles cannot be mixed.
    #[error("these styles cannot be mixed: {0}")]
    Mixture(&'static str),
    /// The model has no voice of this name.
    #[error("the model has no voice {name:?}; it has {known}")]
    UnknownVoice {
        /// As asked for.
        name: String,
        /// The names that exist.
        known: String,
    },
    /// The features of a reference are none.
    #[error(
        "a reference needs at least one and at most {MAX_ENTRIES} entries of one width and a vector of its pitch, all finite; this has {entries} entries of {width} values and a pitch of {pitch}"
    )]
    Features {
        /// Whole entries.
        entries: usize,
        /// Values of each.
        width: usize,
        /// Values of the pitch.
        pitch: usize,
    },
    /// The transport is none.
    #[error(
        "a transport needs a square map and an offset for each of its rows, all finite; these have {map} and {offset} values"
    )]
    Transport {
        /// Values of the map.
        map: usize,
        /// Values of the offset.
        offset: usize,
    },
}
