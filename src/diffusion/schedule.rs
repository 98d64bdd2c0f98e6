//! The linear noise schedule of the variance-preserving diffusion.

use super::DiffusionError;

/// `beta_t = beta_min + (beta_max - beta_min) * t` for `t` in `[0, 1]` (Song et al., arXiv
/// 2011.13456; Grad-TTS uses 0.05 and 20).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Schedule {
    beta_min: f64,
    beta_max: f64,
}

impl Schedule {
    /// A schedule between two noise rates.
    ///
    /// # Errors
    /// Unless `0 <= beta_min < beta_max`, both finite.
    pub fn new(beta_min: f64, beta_max: f64) -> Result<Self, DiffusionError> {
        if beta_min >= 0.0 && beta_min < beta_max && beta_max.is_finite() {
            Ok(Self { beta_min, beta_max })
        } else {
            Err(DiffusionError::Schedule { beta_min, beta_max })
        }
    }

    /// Noise rate `beta_t`.
    #[must_use]
    pub fn beta(&self, t: f64) -> f64 {
        self.beta_min + (self.beta_max - self.beta_min) * t
    }

    /// Accumulated noise `B_t`, the integral of `beta` from 0 to `t`.
    #[must_use]
    pub fn accumulated(&self, t: f64) -> f64 {
        self.beta_min * t + 0.5 * (self.beta_max - self.beta_min) * t * t
    }

    /// Factor of the clean signal: `alpha_t = exp(-B_t / 2)`.
    #[must_use]
    pub fn alpha(&self, t: f64) -> f64 {
        (-0.5 * self.accumulated(t)).exp()
    }

    /// Variance of the noise: `sigma_t^2 = 1 - exp(-B_t)`.
    #[must_use]
    pub fn variance(&self, t: f64) -> f64 {
        -(-self.accumulated(t)).exp_m1()
    }

    /// Standard deviation of the noise, `sigma_t`.
    #[must_use]
    pub fn sigma(&self, t: f64) -> f64 {
        self.variance(t).sqrt()
    }

    /// Half the logarithm of the signal-to-noise ratio: `lambda_t = ln(alpha_t / sigma_t)`.
    #[must_use]
    pub fn lambda(&self, t: f64) -> f64 {
        -0.5 * self.accumulated(t) - 0.5 * self.variance(t).ln()
    }

    /// The time at which [`Self::lambda`] has this value: with `E = 2 ln(1 + e^(-2 lambda)) = 2 B_t`,
    /// `t = E / (sqrt(beta_min^2 + (beta_max - beta_min) * E) + beta_min)`, the root of the quadratic
    /// in a form without cancellation.
    #[must_use]
    pub fn time(&self, lambda: f64) -> f64 {
        // ln(1 + e^x) for either sign of x without overflow.
        let x = -2.0 * lambda;
        let doubled = 2.0 * (x.max(0.0) + (-x.abs()).exp().ln_1p());
        let slope = self.beta_max - self.beta_min;
        doubled / ((self.beta_min * self.beta_min + slope * doubled).sqrt() + self.beta_min)
    }

    /// What of a signal at time `from` is left at the later time `to`: `alpha_to / alpha_from`.
    #[must_use]
    pub fn decay(&self, from: f64, to: f64) -> f64 {
        (0.5 * (self.accumulated(from) - self.accumulated(to))).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::Schedule;

    /// Grad-TTS's schedule.
    fn schedule() -> Schedule {
        Schedule::new(0.05, 20.0).unwrap()
    }

    #[test]
    fn published_values_are_reproduced() {
        // t, beta, B, alpha, sigma, lambda: the process of Grad-TTS, to the digits printed.
        let table = [
            (0.001, 0.070, 0.0001, 0.99997, 0.00774, 4.861),
            (0.01, 0.249, 0.0015, 0.99925, 0.03868, 3.252),
            (0.1, 2.045, 0.1048, 0.94897, 0.31536, 1.102),
            (0.2, 4.040, 0.4090, 0.81505, 0.57938, 0.341),
            (0.3, 6.035, 0.9127, 0.63358, 0.77368, -0.200),
            (0.5, 10.025, 2.5187, 0.28383, 0.95887, -1.217),
            (0.7, 14.015, 4.9227, 0.08532, 0.99635, -2.458),
            (1.0, 20.000, 10.0250, 0.00665, 0.99998, -5.012),
        ];
        let schedule = schedule();
        for (t, beta, accumulated, alpha, sigma, lambda) in table {
            let close = |value: f64, printed: f64, unit: f64, what: &str| {
                assert!(
                    (value - printed).abs() <= 0.51 * unit,
                    "{what} at {t}: {value}, printed {printed}"
                );
            };
            close(schedule.beta(t), beta, 1e-3, "beta");
            close(schedule.accumulated(t), accumulated, 1e-4, "B");
            close(schedule.alpha(t), alpha, 1.1e-5, "alpha");
            close(schedule.sigma(t), sigma, 1e-5, "sigma");
            close(schedule.lambda(t), lambda, 1e-3, "lambda");
        }
    }

    #[test]
    fn time_inverts_lambda() {
        let schedule = schedule();
        for i in 1..=1000 {
            let t = f64::from(i) / 1000.0;
            let back = schedule.time(schedule.lambda(t));
            assert!((back - t).abs() < 1e-12, "{t} came back as {back}");
        }
    }

    #[test]
    fn decay_composes() {
        let schedule = schedule();
        let product = schedule.decay(0.0, 0.3) * schedule.decay(0.3, 0.8);
        assert!((product - schedule.alpha(0.8)).abs() < 1e-15);
    }

    #[test]
    fn falling_or_endless_schedules_are_refused() {
        for (beta_min, beta_max) in [
            (20.0, 0.05),
            (-0.1, 20.0),
            (1.0, 1.0),
            (0.0, f64::INFINITY),
            (f64::NAN, 1.0),
        ] {
            assert!(
                Schedule::new(beta_min, beta_max).is_err(),
                "{beta_min} to {beta_max}"
            );
        }
    }
}
