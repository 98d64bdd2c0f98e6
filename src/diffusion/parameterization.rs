//! What the score network's output means.

use serde::{Deserialize, Serialize};

use super::Schedule;

/// What the network outputs for `D_t = alpha_t * D_0 + sigma_t * z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Parameterization {
    /// The score `-z / sigma_t` (Grad-TTS).
    Score,
    /// The noise `z`.
    Noise,
    /// The velocity `alpha_t * z - sigma_t * D_0` (Salimans & Ho, arXiv 2202.00512).
    #[serde(rename = "v")]
    Velocity,
}

impl Parameterization {
    /// The factors `(p, q)` of the clean estimate `D_0 = p * D_t + q * output`.
    #[must_use]
    pub fn clean_estimate(self, schedule: &Schedule, t: f64) -> (f64, f64) {
        let (alpha, sigma) = (schedule.alpha(t), schedule.sigma(t));
        match self {
            Self::Score => (1.0 / alpha, schedule.variance(t) / alpha),
            Self::Noise => (1.0 / alpha, -sigma / alpha),
            Self::Velocity => (alpha, -sigma),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Parameterization, Schedule};

    #[test]
    fn every_parameterization_recovers_the_clean_signal() {
        let schedule = Schedule::new(0.05, 20.0).unwrap();
        let (clean, z) = (0.73, -1.21);
        for t in [0.001, 0.05, 0.4, 1.0] {
            let (alpha, sigma) = (schedule.alpha(t), schedule.sigma(t));
            let noisy = alpha * clean + sigma * z;
            for (kind, output) in [
                (Parameterization::Score, -z / sigma),
                (Parameterization::Noise, z),
                (Parameterization::Velocity, alpha * z - sigma * clean),
            ] {
                let (p, q) = kind.clean_estimate(&schedule, t);
                let estimate = p * noisy + q * output;
                // 1 / alpha is 150 at t = 1 and magnifies the rounding of the subtraction.
                assert!(
                    (estimate - clean).abs() < 1e-13,
                    "{kind:?} at {t}: {estimate}"
                );
            }
        }
    }
}
