//! Euler-Maruyama on the reverse stochastic differential equation.

use super::{Schedule, Update, over_intervals, uniform_times};

/// `D' = D + (D / 2 + s) * beta_t * h + sqrt(beta_t * h) * z` at the interval's middle `t`, with the
/// score `s = (alpha_t * clean - D) / sigma_t^2` written through the clean estimate.
pub(super) fn updates(schedule: &Schedule, steps: usize, t_start: f64) -> Vec<Update> {
    over_intervals(&uniform_times(steps, t_start), |from, to| {
        let time = f64::midpoint(from, to);
        let rate = schedule.beta(time) * (from - to);
        let score = rate / schedule.variance(time);
        Update {
            time,
            state: 1.0 + 0.5 * rate - score,
            clean: score * schedule.alpha(time),
            previous: 0.0,
            noise: rate.sqrt(),
        }
    })
}
