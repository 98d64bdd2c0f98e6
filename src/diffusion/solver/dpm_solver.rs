//! DPM-Solver++(2M): second order, data prediction, multistep.

use super::{Schedule, Update};

/// Usual time of the last network evaluation; from there the clean estimate is the end. The authors' own
/// choice for continuous-time models (`t_0 = 1e-3`).
pub const LAST_TIME: f64 = 1e-3;

/// Over a grid uniform in `lambda` from the start to `t_end`. With `H = lambda_u - lambda_t`
/// and `r = (lambda_t - lambda_previous) / H`, a step to `u` uses the extrapolated estimate
/// `(1 + 1 / (2 r)) * clean - 1 / (2 r) * previous` (the first step only `clean`):
/// `D_u = sigma_u / sigma_t * D_t + alpha_u * (1 - e^(-H)) * estimate`.
pub(super) fn updates(schedule: &Schedule, steps: usize, t_start: f64, t_end: f64) -> Vec<Update> {
    let times = grid(schedule, steps, t_start, t_end);
    let mut updates = Vec::with_capacity(steps);
    for (i, pair) in times.windows(2).enumerate() {
        let (t, u) = (pair[0], pair[1]);
        let step = schedule.lambda(u) - schedule.lambda(t);
        let gain = -schedule.alpha(u) * (-step).exp_m1();
        // 1 / (2 r)
        let extrapolation = match i.checked_sub(1) {
            Some(previous) => 0.5 * step / (schedule.lambda(t) - schedule.lambda(times[previous])),
            None => 0.0,
        };
        updates.push(Update {
            time: t,
            state: schedule.sigma(u) / schedule.sigma(t),
            clean: gain * (1.0 + extrapolation),
            previous: -gain * extrapolation,
            noise: 0.0,
        });
    }
    updates.push(Update::last(times[steps - 1]));
    updates
}

/// The times of the network's evaluations. Both ends are exact rather than inverted from `lambda`.
fn grid(schedule: &Schedule, steps: usize, t_start: f64, t_end: f64) -> Vec<f64> {
    let (first, last) = (schedule.lambda(t_start), schedule.lambda(t_end));
    let mut times: Vec<_> = (0..steps)
        .map(|i| schedule.time(first + (last - first) * i as f64 / (steps - 1).max(1) as f64))
        .collect();
    times[0] = t_start;
    if steps > 1 {
        times[steps - 1] = t_end;
    }
    times
}
