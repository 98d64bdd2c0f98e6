//! Solver tables: one row of coefficients a step, the same fused update for every solver.

use super::{DiffusionError, Parameterization, Schedule, Solver};

/// Most steps of one reverse diffusion: the longest that the literature uses for this process.
pub const MAX_STEPS: usize = 1000;

/// Columns of a table in the order of [`SolverRow::to_array`].
pub const COLUMNS: usize = 8;

/// What a table is made for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampling {
    /// How to integrate.
    pub solver: Solver,
    /// Network evaluations, `1..=MAX_STEPS`.
    pub steps: usize,
    /// Where to start, in `(0, 1]`: below 1 the start is still the mean plus noise, only less of it.
    pub t_start: f64,
    /// Where DPM-Solver++ takes its last clean estimate, in `(0, t_start)`; the other solvers have a grid
    /// of their own.
    pub t_end: f64,
    /// Bound of the clean estimate on both sides.
    pub clip: Option<f64>,
    /// Share of the result's difference from the mean that is kept, in `0..=1`.
    pub detail: f64,
}

/// One step, with `D = state - mean`: `clean' = clamp(p * D + q * network, -clip, clip)`, then
/// `D' = a * D + b * clean' + c * clean + noise * z`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SolverRow {
    /// Time at which the network is evaluated.
    pub time: f64,
    /// Factor of `D` in the clean estimate.
    pub p: f64,
    /// Factor of the network's output in the clean estimate.
    pub q: f64,
    /// Factor of `D`.
    pub a: f64,
    /// Factor of this step's clean estimate.
    pub b: f64,
    /// Factor of the previous step's clean estimate.
    pub c: f64,
    /// Standard deviation of the added noise.
    pub noise: f64,
    /// Bound of the clean estimate; infinite when there is none.
    pub clip: f64,
}

impl SolverRow {
    /// The row in the precision and order of the kernel's table; an absent bound is `f32::MAX`.
    #[must_use]
    pub fn to_array(&self) -> [f32; COLUMNS] {
        let row = [
            self.time, self.p, self.q, self.a, self.b, self.c, self.noise, self.clip,
        ];
        #[expect(
            clippy::cast_possible_truncation,
            reason = "rounding to the kernel's precision is the purpose"
        )]
        row.map(|value| (value as f32).clamp(f32::MIN, f32::MAX))
    }
}

/// All steps of a reverse diffusion. The last row returns the clean estimate, or the share of it that
/// [`Sampling::detail`] keeps.
#[derive(Debug, Clone, PartialEq)]
pub struct SolverTable {
    rows: Vec<SolverRow>,
    start_sigma: f64,
}

impl SolverTable {
    /// The table of a solver for a network of this parameterization.
    ///
    /// # Errors
    /// When the steps are none or more than [`MAX_STEPS`], the start or the end lies outside the process, the bound
    /// is not positive, or the detail no share.
    pub fn new(
        schedule: &Schedule,
        parameterization: Parameterization,
        sampling: &Sampling,
    ) -> Result<Self, DiffusionError> {
        let Sampling {
            solver,
            steps,
            t_start,
            t_end,
            clip,
            detail,
        } = *sampling;
        if !(1..=MAX_STEPS).contains(&steps) {
            return Err(DiffusionError::Steps {
                steps,
                most: MAX_STEPS,
            });
        }
        if !(t_end > 0.0 && t_end < 1.0) {
            return Err(DiffusionError::End(t_end));
        }
        let minimum = solver.earliest_time(t_end);
        if !(t_start > minimum && t_start <= 1.0) {
            return Err(DiffusionError::Start { t_start, minimum });
        }
        if let Some(clip) = clip
            && (clip.is_nan() || clip <= 0.0)
        {
            return Err(DiffusionError::Clip(clip));
        }
        if !(0.0..=1.0).contains(&detail) {
            return Err(DiffusionError::Detail(detail));
        }
        let mut rows: Vec<_> = solver
            .updates(schedule, steps, t_start, t_end)
            .into_iter()
            .map(|update| {
                let (p, q) = parameterization.clean_estimate(schedule, update.time);
                SolverRow {
                    time: update.time,
                    p,
                    q,
                    a: update.state,
                    b: update.clean,
                    c: update.previous,
                    noise: update.noise,
                    clip: clip.unwrap_or(f64::INFINITY),
                }
            })
            .collect();
        if let Some(last) = rows.last_mut() {
            last.b *= detail;
        }
        Ok(Self {
            rows,
            start_sigma: schedule.sigma(t_start),
        })
    }

    /// The steps in order.
    #[must_use]
    pub fn rows(&self) -> &[SolverRow] {
        &self.rows
    }

    /// Standard deviation of the noise at the start, before any temperature.
    #[must_use]
    pub fn start_sigma(&self) -> f64 {
        self.start_sigma
    }

    /// The table as the kernel reads it: `[steps, COLUMNS]`, row-major.
    #[must_use]
    pub fn to_f32(&self) -> Vec<f32> {
        self.rows.iter().flat_map(SolverRow::to_array).collect()
    }
}
