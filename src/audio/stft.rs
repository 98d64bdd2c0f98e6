//! The short-time Fourier transform that mel spectrograms and Griffin-Lim share, in f64.
//!
//! Borders are reflected by `(n_fft - hop) / 2` samples and frames are not centred, the
//! convention of HiFi-GAN: `frames * hop` samples and `frames` frames belong to each other.

use std::f64::consts::TAU;
use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

use super::MelSpec;

/// A short-time Fourier transform and its inverse for one set of mel settings.
pub(super) struct Stft {
    n_fft: usize,
    hop: usize,
    border: usize,
    /// Periodic Hann window of `win_length`, centred in `n_fft` samples.
    window: Vec<f64>,
    forward: Arc<dyn RealToComplex<f64>>,
    inverse: Arc<dyn ComplexToReal<f64>>,
}

impl Stft {
    /// `spec` is valid.
    pub(super) fn new(spec: &MelSpec) -> Self {
        let mut window = vec![0.0; spec.n_fft];
        let start = (spec.n_fft - spec.win_length) / 2;
        for (i, value) in window[start..start + spec.win_length]
            .iter_mut()
            .enumerate()
        {
            *value = 0.5 - 0.5 * (TAU * i as f64 / spec.win_length as f64).cos();
        }
        let mut planner = RealFftPlanner::new();
        Self {
            n_fft: spec.n_fft,
            hop: spec.hop_length,
            border: spec.border(),
            window,
            forward: planner.plan_fft_forward(spec.n_fft),
            inverse: planner.plan_fft_inverse(spec.n_fft),
        }
    }

    /// Frequency bins of a frame.
    pub(super) fn n_bins(&self) -> usize {
        self.n_fft / 2 + 1
    }

    /// Calls `visit(frame, spectrum)` for each of the `samples.len() / hop` frames.
    ///
    /// There are more samples than are reflected at each end.
    pub(super) fn analyse<S: Copy + Into<f64>>(
        &self,
        samples: &[S],
        mut visit: impl FnMut(usize, &[Complex<f64>]),
    ) {
        let mut frame = self.forward.make_input_vec();
        let mut spectrum = self.forward.make_output_vec();
        let mut scratch = self.forward.make_scratch_vec();
        for t in 0..samples.len() / self.hop {
            for ((i, value), &weight) in frame.iter_mut().enumerate().zip(&self.window) {
                *value = self.reflected(samples, t * self.hop + i) * weight;
            }
            self.forward
                .process_with_scratch(&mut frame, &mut spectrum, &mut scratch)
                .expect("the plan made the buffers");
            visit(t, &spectrum);
        }
    }

    /// The signal of `frames * hop` samples whose transform is nearest to `spectra` (`[frames,
    /// n_bins]`, row-major) in the least-squares sense (Griffin and Lim 1984, equation 6).
    pub(super) fn synthesise(&self, spectra: &[Complex<f64>]) -> Vec<f64> {
        let frames = spectra.len() / self.n_bins();
        let length = frames * self.hop;
        let mut sum = vec![0.0; length + 2 * self.border];
        let mut weight = vec![0.0; sum.len()];
        let mut spectrum = self.inverse.make_input_vec();
        let mut frame = self.inverse.make_output_vec();
        let mut scratch = self.inverse.make_scratch_vec();
        // The inverse transform is not normalised.
        let scale = 1.0 / self.n_fft as f64;
        for (t, row) in spectra.chunks_exact(self.n_bins()).enumerate() {
            spectrum.copy_from_slice(row);
            // A real signal has real values there.
            spectrum[0].im = 0.0;
            spectrum[self.n_fft / 2].im = 0.0;
            self.inverse
                .process_with_scratch(&mut spectrum, &mut frame, &mut scratch)
                .expect("the plan made the buffers and the edge bins are real");
            let start = t * self.hop;
            for i in 0..self.n_fft {
                sum[start + i] += frame[i] * self.window[i] * scale;
                weight[start + i] += self.window[i] * self.window[i];
            }
        }
        let inner = self.border..self.border + length;
        // Where no window reaches, nothing was added either.
        sum[inner.clone()]
            .iter()
            .zip(&weight[inner])
            .map(|(s, w)| s / w.max(1e-12))
            .collect()
    }

    /// Sample `i` of the signal with its borders mirrored about the first and the last one.
    fn reflected<S: Copy + Into<f64>>(&self, samples: &[S], i: usize) -> f64 {
        let last = samples.len() - 1;
        let i = i.abs_diff(self.border);
        samples[if i > last { 2 * last - i } else { i }].into()
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_signals::{spec, voice};
    use super::*;

    #[test]
    fn synthesis_undoes_analysis() {
        for spec in [
            spec(),
            MelSpec {
                win_length: 600,
                hop_length: 150,
                ..spec()
            },
        ] {
            let stft = Stft::new(&spec);
            let length = 40 * spec.hop_length;
            let samples: Vec<f64> = voice(1.0, 16_000).samples[..length]
                .iter()
                .map(|&s| f64::from(s))
                .collect();
            let mut spectra = Vec::new();
            stft.analyse(&samples, |_, spectrum| spectra.extend_from_slice(spectrum));
            let back = stft.synthesise(&spectra);
            assert_eq!(back.len(), length);
            let worst = samples
                .iter()
                .zip(&back)
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, f64::max);
            assert!(worst < 1e-12, "largest difference {worst:e}");
        }
    }
}
