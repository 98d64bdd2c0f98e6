//! The reverse diffusion as pure mathematics: schedule, what a network predicts, and the tables of
//! coefficients that make any solver the same fused update.
//!
//! Everything is about `D = Y - mean`, in which Grad-TTS's process (arXiv 2105.06337) is the plain
//! variance-preserving one: `D_t = alpha_t * D_0 + sigma_t * z`. A [`SolverTable`] has one
//! [`SolverRow`] a step, computed in `f64`; the update that a row stands for is defined at
//! [`crate::graph::DiffusionUpdate`].

mod error;
mod parameterization;
mod schedule;
mod solver;
mod table;

pub use error::DiffusionError;
pub use parameterization::Parameterization;
pub use schedule::Schedule;
pub use solver::{LAST_TIME, Solver};
pub use table::{COLUMNS, MAX_STEPS, Sampling, SolverRow, SolverTable};
