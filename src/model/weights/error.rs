//! What can be wrong with weights.

use std::fmt;
use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::graph::{GraphError, Shape};

/// How many names of a kind of problem a message lists before it counts the rest.
const LISTED: usize = 6;

/// A model's weights cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// A file cannot be read.
    #[error("cannot read the weights {path}: {source}", path = .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is truncated or something else than safetensors.
    #[error("{path} is not a complete safetensors file: {reason}", path = .path.display())]
    NotSafetensors {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The files do not fit the configuration.
    #[error("the weights in {folder} do not fit its config.json: {}", summary(problems), folder = .folder.display())]
    Mismatch {
        /// The model folder.
        folder: PathBuf,
        /// Every single problem.
        problems: Vec<WeightProblem>,
    },
    /// The configuration's own graphs do not fit together.
    #[error("the configuration gives no network: {0}")]
    Graph(#[source] GraphError),
}

/// One thing that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WeightProblem {
    /// The configuration asks for a tensor that the file does not have.
    Missing {
        /// Its name.
        name: String,
        /// The shape that it should have.
        expected: Shape,
    },
    /// The file has a tensor that the configuration knows nothing of.
    Unexpected {
        /// Its name.
        name: String,
    },
    /// A tensor has another shape.
    Shape {
        /// Its name.
        name: String,
        /// The shape that it should have.
        expected: Shape,
        /// The extents in the file.
        found: Vec<usize>,
    },
    /// A tensor's elements are neither f16 nor f32.
    Type {
        /// Its name.
        name: String,
        /// The type in the file.
        found: String,
    },
    /// A tensor holds NaN or an infinity.
    NotFinite {
        /// Its name.
        name: String,
        /// Position of the first such element.
        index: usize,
    },
    /// No matrix of the file holds anything but zeros.
    Zeros,
    /// The vocoder was made for other settings; the sentence says which.
    Vocoder(String),
}

impl WeightProblem {
    /// Heading under which the problem is listed.
    const fn kind(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "missing",
            Self::Unexpected { .. } => "unexpected",
            Self::Shape { .. } => "of another shape",
            Self::Type { .. } => "of a type other than f16 and f32",
            Self::NotFinite { .. } => "not finite",
            Self::Zeros => "without content",
            Self::Vocoder(_) => "about the vocoder",
        }
    }
}

impl fmt::Display for WeightProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { name, .. } | Self::Unexpected { name } => write!(f, "{name}"),
            Self::Shape {
                name,
                expected,
                found,
            } => {
                write!(
                    f,
                    "{name} is {found:?}, expected {expected} up to axes of 1"
                )
            }
            Self::Type { name, found } => write!(f, "{name} is {found}"),
            Self::NotFinite { name, index } => write!(f, "{name} at element {index}"),
            Self::Zeros => write!(f, "all matrices are zero"),
            Self::Vocoder(sentence) => write!(f, "{sentence}"),
        }
    }
}

/// All problems, grouped by kind in the order of first appearance.
fn summary(problems: &[WeightProblem]) -> String {
    let mut kinds: Vec<&str> = Vec::new();
    for problem in problems {
        if !kinds.contains(&problem.kind()) {
            kinds.push(problem.kind());
        }
    }
    let groups = kinds.into_iter().map(|kind| {
        let all: Vec<_> = problems
            .iter()
            .filter(|problem| problem.kind() == kind)
            .collect();
        let names: Vec<_> = all.iter().take(LISTED).map(ToString::to_string).collect();
        let rest = match all.len().saturating_sub(LISTED) {
            0 => String::new(),
            rest => format!(" and {rest} more"),
        };
        format!("{} {kind} ({}{rest})", all.len(), names.join(", "))
    });
    groups.collect::<Vec<_>>().join("; ")
}
