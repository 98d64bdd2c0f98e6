//! Euler's method on the probability-flow ordinary differential equation.

use super::{Schedule, Update, over_intervals, uniform_times};

/// `D' = D + (D + s) * beta_t * h / 2` at the interval's middle `t`, with the score
/// `s = (alpha_t * clean - D) / sigma_t^2` written through the clean estimate.
pub(super) fn updates(schedule: &Schedule, steps: usize, t_start: f64) -> Vec<Update> {
    over_intervals(&uniform_times(steps, t_start), |from, to| {
        let time = f64::midpoint(from, to);
        let rate = 0.5 * schedule.beta(time) * (from - to);
        let score = rate / schedule.variance(time);
        Update {
            time,
            state: 1.0 + rate - score,
            clean: score * schedule.alpha(time),
            previous: 0.0,
            noise: 0.0,
        }
    })
}
