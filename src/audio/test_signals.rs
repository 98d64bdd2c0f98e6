//! Signals that the tests of this layer are made of, computed from formulas.

use std::f64::consts::TAU;

use super::{Audio, MelSpec};

/// The mel settings of the 16 kHz model.
pub(super) fn spec() -> MelSpec {
    MelSpec {
        sample_rate: 16_000,
        n_fft: 1024,
        win_length: 1024,
        hop_length: 256,
        n_mels: 80,
        fmin: 0.0,
        fmax: 8000.0,
        log_floor: 1e-5,
    }
}

/// A sine.
pub(super) fn tone(hz: f64, amplitude: f64, seconds: f64, sample_rate: u32) -> Audio {
    let rate = f64::from(sample_rate);
    let sample = |i| (amplitude * (TAU * hz * f64::from(i) / rate).sin()) as f32;
    Audio {
        samples: (0..(seconds * rate) as u32).map(sample).collect(),
        sample_rate,
    }
}

/// A voice-like sound: harmonics of a gliding pitch and a breath of noise, swelling and fading
/// three times a second.
pub(super) fn voice(seconds: f64, sample_rate: u32) -> Audio {
    let rate = f64::from(sample_rate);
    let mut phase = 0.0;
    let mut noise = 1u32;
    let sample = |i| {
        let time = f64::from(i) / rate;
        phase += TAU * (140.0 + 30.0 * (TAU * 0.7 * time).sin()) / rate;
        let harmonics: f64 = (1..=20)
            .map(|h| (phase * f64::from(h)).sin() / f64::from(h))
            .sum();
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let breath = 0.05 * (f64::from(noise >> 8) / f64::from(1 << 23) - 1.0);
        (0.2 * (harmonics + breath) * (0.55 - 0.45 * (TAU * 3.0 * time).cos())) as f32
    };
    Audio {
        samples: (0..(seconds * rate) as u32).map(sample).collect(),
        sample_rate,
    }
}

/// Silence, sound, silence.
pub(super) fn padded(before: f64, sound: &Audio, after: f64) -> Audio {
    let rate = f64::from(sound.sample_rate);
    let mut samples = vec![0.0; (before * rate) as usize];
    samples.extend_from_slice(&sound.samples);
    samples.resize(samples.len() + (after * rate) as usize, 0.0);
    Audio {
        samples,
        sample_rate: sound.sample_rate,
    }
}

/// Signal-to-difference ratio in dB.
pub(super) fn sdr(wanted: &[f32], found: &[f32]) -> f64 {
    assert_eq!(wanted.len(), found.len(), "signals of different lengths");
    let energy = |values: &mut dyn Iterator<Item = f32>| -> f64 {
        values.map(|value| f64::from(value).powi(2)).sum()
    };
    let signal = energy(&mut wanted.iter().copied());
    let difference = energy(&mut wanted.iter().zip(found).map(|(w, f)| w - f));
    10.0 * (signal / difference.max(1e-30)).log10()
}

/// White noise, uniform in `-amplitude..amplitude`.
pub(super) fn noise(amplitude: f64, seconds: f64, sample_rate: u32) -> Audio {
    let mut state = 7u32;
    let sample = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (amplitude * (f64::from(state >> 8) / f64::from(1 << 23) - 1.0)) as f32
    };
    Audio {
        samples: (0..(seconds * f64::from(sample_rate)) as u32)
            .map(sample)
            .collect(),
        sample_rate,
    }
}
