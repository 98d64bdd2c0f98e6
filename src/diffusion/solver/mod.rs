//! The solvers: each says how a clean estimate moves the state from one time to the next.

mod ddim;
mod dpm_solver;
mod euler_maruyama;
mod maximum_likelihood;
mod probability_flow;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{DiffusionError, Schedule};

pub use dpm_solver::LAST_TIME;

/// How the reverse diffusion is integrated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Solver {
    /// Euler's method on the probability-flow equation, evaluated at the middle of each interval
    /// (Grad-TTS's default). Deterministic.
    #[serde(rename = "pf-euler")]
    ProbabilityFlowEuler,
    /// Euler-Maruyama on the reverse stochastic equation, evaluated at the middle of each interval
    /// (Grad-TTS's stochastic sampler). Wants 20 steps or more.
    #[serde(rename = "euler-maruyama")]
    EulerMaruyama,
    /// The maximum-likelihood solver of `DiffVC` (arXiv 2109.13821), which Grad-StyleSpeech uses with
    /// 100 steps. Stochastic.
    #[serde(rename = "ml-sde")]
    MaximumLikelihoodSde,
    /// DDIM (arXiv 2010.02502) on a uniform time grid. Deterministic.
    #[serde(rename = "ddim")]
    Ddim,
    /// The second-order multistep DPM-Solver++ (arXiv 2211.01095) on a grid uniform in the log
    /// signal-to-noise ratio. Deterministic, the best from about four steps.
    #[serde(rename = "dpm++2m")]
    DpmSolverPlusPlus2M,
}

/// The part of a table's row that depends on the solver alone:
/// `D' = state * D + clean * clean' + previous * clean + noise * z`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Update {
    /// Time at which the network is evaluated.
    pub(super) time: f64,
    /// Factor of the state.
    pub(super) state: f64,
    /// Factor of the clean estimate.
    pub(super) clean: f64,
    /// Factor of the previous step's clean estimate.
    pub(super) previous: f64,
    /// Standard deviation of the added noise.
    pub(super) noise: f64,
}

impl Update {
    /// The last step of every solver: the clean estimate itself.
    const fn last(time: f64) -> Self {
        Self {
            time,
            state: 0.0,
            clean: 1.0,
            previous: 0.0,
            noise: 0.0,
        }
    }
}

impl Solver {
    /// Every solver, the default first.
    pub const ALL: [Self; 5] = [
        Self::DpmSolverPlusPlus2M,
        Self::Ddim,
        Self::ProbabilityFlowEuler,
        Self::MaximumLikelihoodSde,
        Self::EulerMaruyama,
    ];

    /// The name in configurations and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ProbabilityFlowEuler => "pf-euler",
            Self::EulerMaruyama => "euler-maruyama",
            Self::MaximumLikelihoodSde => "ml-sde",
            Self::Ddim => "ddim",
            Self::DpmSolverPlusPlus2M => "dpm++2m",
        }
    }

    /// All names, separated by commas.
    pub(super) fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }

    /// The start time must lie above this one.
    pub(super) const fn earliest_time(self, t_end: f64) -> f64 {
        match self {
            Self::DpmSolverPlusPlus2M => t_end,
            _ => 0.0,
        }
    }

    pub(super) fn updates(
        self,
        schedule: &Schedule,
        steps: usize,
        t_start: f64,
        t_end: f64,
    ) -> Vec<Update> {
        match self {
            Self::ProbabilityFlowEuler => probability_flow::updates(schedule, steps, t_start),
            Self::EulerMaruyama => euler_maruyama::updates(schedule, steps, t_start),
            Self::MaximumLikelihoodSde => maximum_likelihood::updates(schedule, steps, t_start),
            Self::Ddim => ddim::updates(schedule, steps, t_start),
            Self::DpmSolverPlusPlus2M => dpm_solver::updates(schedule, steps, t_start, t_end),
        }
    }
}

impl fmt::Display for Solver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Solver {
    type Err = DiffusionError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|solver| solver.name() == name)
            .ok_or_else(|| DiffusionError::UnknownSolver {
                name: name.to_owned(),
                known: Self::names(),
            })
    }
}

/// `t_start * (1 - i / steps)` for `i` in `0..=steps`: from the start down to exactly 0.
fn uniform_times(steps: usize, t_start: f64) -> Vec<f64> {
    (0..=steps)
        .map(|i| t_start * (steps - i) as f64 / steps as f64)
        .collect()
}

/// Updates over a grid of `steps + 1` times, of which the last is the end: `update(from, to)` for all
/// but the last interval, whose clean estimate is the result.
fn over_intervals(times: &[f64], update: impl Fn(f64, f64) -> Update) -> Vec<Update> {
    let last = times.len() - 2;
    times
        .windows(2)
        .enumerate()
        .map(|(i, pair)| match update(pair[0], pair[1]) {
            update if i == last => Update::last(update.time),
            update => update,
        })
        .collect()
}

#[cfg(test)]
mod tests;
