//! The maximum-likelihood solver of `DiffVC`.

use super::{Schedule, Update, over_intervals, uniform_times};

/// In its three-coefficient form, which is the posterior of the continuous process (ancestral
/// sampling): `D_u = mu * D_t + nu * clean + deviation * z` for a step from `t` to the earlier `u`.
pub(super) fn updates(schedule: &Schedule, steps: usize, t_start: f64) -> Vec<Update> {
    over_intervals(&uniform_times(steps, t_start), |t, u| {
        let decay = schedule.decay(u, t);
        // 1 - decay^2, the variance gained from u to t, without cancellation.
        let gained = -(schedule.accumulated(u) - schedule.accumulated(t)).exp_m1();
        let (before, after) = (schedule.variance(u), schedule.variance(t));
        Update {
            time: t,
            state: decay * before / after,
            clean: schedule.alpha(u) * gained / after,
            previous: 0.0,
            noise: (before * gained / after).sqrt(),
        }
    })
}
