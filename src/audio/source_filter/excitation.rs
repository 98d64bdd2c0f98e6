//! What the filters shape: a band-limited pulse train and white noise, each of power one.

use std::f64::consts::TAU;

use crate::random::{SplitMix64, unit};

/// Highest frequency of a harmonic, as a part of the sample rate: a little below the half, so that
/// none folds back while the pitch moves.
pub(super) const BANDWIDTH: f64 = 0.49;

/// Below this sine of half the phase, the quotient of the pulse is replaced by its limit.
const SMALL_SINE: f64 = 1e-9;

/// All harmonics of a pitch (one per sample, in Hz) up to [`BANDWIDTH`], in cosine phase.
///
/// At the phase `phi`, K harmonics sum to `cos phi + .. + cos K phi = (D - 1) / 2` with
/// Dirichlet's kernel `D = sin((2K + 1) phi / 2) / sin(phi / 2)`; the gain `sqrt(4 f /
/// sample_rate)` makes their power `K / 2 * 4 f / sample_rate`, about one at every pitch.
pub(super) fn pulses(pitch: &[f64], sample_rate: f64) -> Vec<f64> {
    let mut phase = 0.0;
    pitch
        .iter()
        .map(|&hz| {
            phase = (phase + TAU * hz / sample_rate) % TAU;
            let harmonics = (BANDWIDTH * sample_rate / hz).floor();
            let order = 2.0 * harmonics + 1.0;
            let sine = (0.5 * phase).sin();
            let kernel = if sine.abs() < SMALL_SINE {
                order
            } else {
                (0.5 * order * phase).sin() / sine
            };
            0.5 * (kernel - 1.0) * (4.0 * hz / sample_rate).sqrt()
        })
        .collect()
}

/// Independent values, uniform in `-sqrt(3)..sqrt(3)`: the upper 24 bits of each word of
/// [`SplitMix64`].
pub(super) fn noise(length: usize, seed: u64) -> Vec<f64> {
    let mut random = SplitMix64(seed);
    (0..length)
        .map(|_| (2.0 * f64::from(unit(random.next())) - 1.0) * 3f64.sqrt())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn power(samples: &[f64]) -> f64 {
        samples.iter().map(|s| s * s).sum::<f64>() / samples.len() as f64
    }

    #[test]
    fn pulses_are_the_sum_of_their_harmonics() {
        let hz = 523.0;
        for (k, found) in pulses(&[hz; 400], 16_000.0).into_iter().enumerate() {
            let phase = TAU * hz * (k + 1) as f64 / 16_000.0;
            let sum: f64 = (1..=14).map(|n| (f64::from(n) * phase).cos()).sum();
            let wanted = sum * (4.0 * hz / 16_000.0).sqrt();
            assert!((found - wanted).abs() < 1e-9, "{k}: {found} for {wanted}");
        }
    }

    #[test]
    fn pulses_have_the_power_one() {
        for hz in [55.0, 100.0, 333.3, 640.0] {
            let power = power(&pulses(&[hz; 16_000], 16_000.0));
            // The harmonics end somewhere between 0.49 and one pitch less; 1 % for the period cut.
            let least = 2.0 * (0.49 - hz / 16_000.0) - 0.01;
            assert!(
                (least..0.99).contains(&power),
                "{hz} Hz have the power {power}"
            );
        }
    }

    #[test]
    fn a_pulse_comes_once_in_a_period() {
        // A second of a glide from 100 to 200 Hz: 150 periods.
        let pitch: Vec<f64> = (0..16_000)
            .map(|k| 100.0 + 100.0 * f64::from(k) / 16_000.0)
            .collect();
        let samples = pulses(&pitch, 16_000.0);
        // A pulse is K sqrt(4 f / sample_rate) high, here from 12 down to 8.7; between two samples
        // two thirds of it are seen. Its ripple reaches an eighth.
        let peaks = samples
            .windows(3)
            .filter(|s| s[1] > 4.0 && s[1] > s[0] && s[1] >= s[2])
            .count();
        assert!((149..=151).contains(&peaks), "{peaks} pulses");
    }

    #[test]
    fn the_top_of_a_pulse_is_the_limit() {
        // A period of 64 samples: sample 63 lies at the phase zero but for rounding.
        let samples = pulses(&[250.0; 640], 16_000.0);
        let top = 31.0 * (4.0f64 * 250.0 / 16_000.0).sqrt();
        for pulse in samples.chunks_exact(64) {
            assert!((pulse[63] - top).abs() < 1e-6, "{}", pulse[63]);
        }
    }

    #[test]
    fn noise_is_white_and_has_the_power_one() {
        let samples = noise(100_000, 7);
        assert!((power(&samples) - 1.0).abs() < 0.01);
        assert!(samples.iter().all(|s| s.abs() <= 3f64.sqrt()));
        for lag in 1..5 {
            let pairs = samples.iter().zip(&samples[lag..]);
            let correlation = pairs.map(|(a, b)| a * b).sum::<f64>() / 100_000.0;
            assert!(correlation.abs() < 0.02, "{correlation} at the lag {lag}");
        }
    }
}
