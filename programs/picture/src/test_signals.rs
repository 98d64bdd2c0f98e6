//! What the tests draw.

use std::f64::consts::TAU;

use gss_wgpu::audio::{Audio, MelSpec};

/// The mel settings of the shipped model.
pub(crate) fn spec() -> MelSpec {
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
pub(crate) fn tone(hz: f64, amplitude: f64, seconds: f64, sample_rate: u32) -> Audio {
    let rate = f64::from(sample_rate);
    let sample = |i| (amplitude * (TAU * hz * f64::from(i) / rate).sin()) as f32;
    Audio {
        samples: (0..(seconds * rate) as u32).map(sample).collect(),
        sample_rate,
    }
}
