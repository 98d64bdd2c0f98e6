//! What can be wrong with a request for a reverse diffusion.

use thiserror::Error;

/// Settings from which no solver table can be made.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum DiffusionError {
    /// The noise schedule is not one.
    #[error(
        "the noise schedule must rise from a beta_min of at least 0 to a greater, finite beta_max, not from {beta_min} to {beta_max}"
    )]
    Schedule {
        /// Noise rate at time 0.
        beta_min: f64,
        /// Noise rate at time 1.
        beta_max: f64,
    },
    /// Too few or too many steps.
    #[error("{steps} diffusion steps were asked for; between 1 and {most} are possible")]
    Steps {
        /// The steps asked for.
        steps: usize,
        /// Most steps that are possible.
        most: usize,
    },
    /// The start lies outside the process.
    #[error("the start time must lie above {minimum} and at most at 1, not at {t_start}")]
    Start {
        /// The time asked for.
        t_start: f64,
        /// The earliest time at which a clean estimate is taken.
        minimum: f64,
    },
    /// The end lies outside the process.
    #[error("the last time must lie between 0 and 1, not at {0}")]
    End(f64),
    /// The bound of the clean estimate is not positive.
    #[error("the bound of the clean estimate must be a positive number, not {0}")]
    Clip(f64),
    /// The detail is not a share.
    #[error("the detail must lie between 0 and 1, not at {0}")]
    Detail(f64),
    /// There is no solver of this name.
    #[error("there is no solver `{name}`; the solvers are {known}")]
    UnknownSolver {
        /// The name.
        name: String,
        /// The names that there are.
        known: String,
    },
}
