//! DDIM without added noise.

use super::{Schedule, Update, over_intervals, uniform_times};

/// `D_u = alpha_u * clean + sigma_u * eps` with the noise `eps = (D_t - alpha_t * clean) / sigma_t`
/// that the clean estimate implies.
pub(super) fn updates(schedule: &Schedule, steps: usize, t_start: f64) -> Vec<Update> {
    over_intervals(&uniform_times(steps, t_start), |t, u| {
        let noise = schedule.sigma(u) / schedule.sigma(t);
        Update {
            time: t,
            state: noise,
            clean: schedule.alpha(u) - noise * schedule.alpha(t),
            previous: 0.0,
            noise: 0.0,
        }
    })
}
