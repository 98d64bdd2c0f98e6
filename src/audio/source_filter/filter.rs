//! Time-varying filtering by overlap-add: each sub-frame of the pulses and of the noise through a
//! minimum-phase filter of its own.
//!
//! Of zero phase, half of a response would lie before its cause and come back at the end of the
//! transform: of noise through a vowel's envelope, -12 dB came 64 ms late.

use std::f64::consts::TAU;
use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

/// Filters that change from sub-frame to sub-frame.
pub(super) struct Filter {
    n_fft: usize,
    /// Samples of a sub-frame.
    step: usize,
    /// Periodic Hann window of two sub-frames; at this overlap they sum to one.
    window: Vec<f64>,
    forward: Arc<dyn RealToComplex<f64>>,
    inverse: Arc<dyn ComplexToReal<f64>>,
}

impl Filter {
    /// `step` is even, and twice as much at most `n_fft`, which is even too.
    pub(super) fn new(n_fft: usize, step: usize) -> Self {
        let length = 2 * step;
        let hann = |j| 0.5 - 0.5 * (TAU * f64::from(j) / length as f64).cos();
        let mut planner = RealFftPlanner::new();
        Self {
            n_fft,
            step,
            window: (0u32..).map(hann).take(length).collect(),
            forward: planner.plan_fft_forward(n_fft),
            inverse: planner.plan_fft_inverse(n_fft),
        }
    }

    /// `pulses` and `noise`, of the same whole number of sub-frames, filtered and added.
    ///
    /// `envelopes` is called with each sub-frame, and writes the log magnitudes of its filters:
    /// first the one for the pulses, then the one for the noise.
    pub(super) fn apply(
        &self,
        pulses: &[f64],
        noise: &[f64],
        mut envelopes: impl FnMut(usize, &mut [f64], &mut [f64]),
    ) -> Vec<f64> {
        let mut output = vec![0.0; pulses.len()];
        let mut block = self.forward.make_input_vec();
        let mut spectrum = self.forward.make_output_vec();
        let mut response = self.forward.make_output_vec();
        let mut sum = self.forward.make_output_vec();
        let mut for_pulses = vec![0.0; spectrum.len()];
        let mut for_noise = for_pulses.clone();
        for i in 0..pulses.len() / self.step {
            envelopes(i, &mut for_pulses, &mut for_noise);

            sum.fill(Complex::default());
            for (source, log_magnitudes) in [(pulses, &for_pulses), (noise, &for_noise)] {
                self.minimum_phase(log_magnitudes, &mut response, &mut block);
                self.cut(source, i, &mut block);
                self.transform(&mut block, &mut spectrum);
                for ((sum, bin), gain) in sum.iter_mut().zip(&spectrum).zip(&response) {
                    *sum += bin * gain;
                }
            }

            self.transform_back(&mut sum, &mut block);
            let (first, skipped) = self.span(i);
            for (output, sample) in output[first..].iter_mut().zip(&block[skipped..]) {
                *output += sample;
            }
        }
        output
    }

    /// Where the window of a sub-frame begins, half a sub-frame before it, and how many of its
    /// samples lie before the first of all.
    fn span(&self, i: usize) -> (usize, usize) {
        let (start, half) = (i * self.step, self.step / 2);
        (start.saturating_sub(half), half.saturating_sub(start))
    }

    /// The samples of a sub-frame and of half a one at each side under the window, with zeros
    /// where there are none, and up to the end of the block.
    fn cut(&self, samples: &[f64], i: usize, block: &mut [f64]) {
        block.fill(0.0);
        let (first, skipped) = self.span(i);
        let pairs = samples[first..].iter().zip(&self.window[skipped..]);
        for (value, (sample, weight)) in block[skipped..].iter_mut().zip(pairs) {
            *value = sample * weight;
        }
    }

    /// The spectrum of these log magnitudes whose impulse response is of minimum phase: causal,
    /// and its energy as early as can be.
    ///
    /// Oppenheim and Schafer, "Discrete-time signal processing", the chapter on the cepstrum: the
    /// real cepstrum is folded onto the times from zero, and the exponential of its transform is
    /// taken. `cepstrum` has room for it.
    fn minimum_phase(
        &self,
        log_magnitudes: &[f64],
        spectrum: &mut [Complex<f64>],
        cepstrum: &mut [f64],
    ) {
        for (bin, &log_magnitude) in spectrum.iter_mut().zip(log_magnitudes) {
            *bin = log_magnitude.into();
        }
        self.transform_back(spectrum, cepstrum);
        let half = self.n_fft / 2;
        for value in &mut cepstrum[1..half] {
            *value *= 2.0;
        }
        cepstrum[half + 1..].fill(0.0);
        self.transform(cepstrum, spectrum);
        for bin in spectrum {
            *bin = bin.exp();
        }
    }

    /// The Fourier transform; `block` is used up.
    fn transform(&self, block: &mut [f64], spectrum: &mut [Complex<f64>]) {
        self.forward
            .process(block, spectrum)
            .expect("the plan made buffers of these lengths");
    }

    /// The inverse transform, normalised; `spectrum` is used up.
    fn transform_back(&self, spectrum: &mut [Complex<f64>], block: &mut [f64]) {
        // A real signal has real values there.
        spectrum[0].im = 0.0;
        spectrum[self.n_fft / 2].im = 0.0;
        self.inverse
            .process(spectrum, block)
            .expect("the plan made buffers of these lengths, and the edge bins are real");
        for value in block {
            *value /= self.n_fft as f64;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::excitation::noise;
    use super::*;

    /// Two resonances, about four nats high.
    fn log_magnitudes() -> Vec<f64> {
        let peak = |bin: f64, at: f64| 4.0 / (1.0 + ((bin - at) / 20.0).powi(2));
        (0..513)
            .map(|bin| peak(f64::from(bin), 60.0) + peak(f64::from(bin), 200.0) - 2.0)
            .collect()
    }

    #[test]
    fn minimum_phase_keeps_the_magnitudes() {
        let filter = Filter::new(1024, 128);
        let mut spectrum = filter.forward.make_output_vec();
        let mut cepstrum = filter.inverse.make_output_vec();
        filter.minimum_phase(&log_magnitudes(), &mut spectrum, &mut cepstrum);
        for (bin, wanted) in spectrum.iter().zip(log_magnitudes()) {
            assert!((bin.norm().ln() - wanted).abs() < 1e-9);
        }
    }

    #[test]
    fn minimum_phase_is_causal_and_early() {
        let filter = Filter::new(1024, 128);
        let mut spectrum = filter.forward.make_output_vec();
        let mut response = filter.inverse.make_output_vec();
        let energy = |samples: &[f64]| samples.iter().map(|s| s * s).sum::<f64>();

        filter.minimum_phase(&log_magnitudes(), &mut spectrum, &mut response);
        filter.transform_back(&mut spectrum, &mut response);
        let early = energy(&response[..128]) / energy(&response);
        let before = energy(&response[512..]) / energy(&response);
        assert!(early > 0.99, "{early} of the energy comes early");
        // Of zero phase, half of it would come before the pulse.
        assert!(before < 1e-3, "{before} of the energy comes before");
    }

    #[test]
    fn flat_filters_change_nothing_within() {
        for step in [64, 128, 512] {
            let filter = Filter::new(1024, step);
            let (pulses, noise) = (noise(4096, 1), noise(4096, 2));
            let output = filter.apply(&pulses, &noise, |_, for_pulses, for_noise| {
                for_pulses.fill(0.0);
                for_noise.fill(2f64.ln());
            });
            assert_eq!(output.len(), 4096);
            // The first and the last half sub-frame fade in and out.
            for k in step / 2..4096 - step / 2 {
                let wanted = pulses[k] + 2.0 * noise[k];
                assert!((output[k] - wanted).abs() < 1e-9, "sample {k}, step {step}");
            }
        }
    }

    #[test]
    fn filters_follow_the_sub_frames() {
        let filter = Filter::new(1024, 128);
        let (pulses, noise) = (vec![0.0; 1024], noise(1024, 1));
        let output = filter.apply(&pulses, &noise, |i, for_pulses, for_noise| {
            for_pulses.fill(0.0);
            for_noise.fill(if i == 4 { 0.0 } else { -40.0 });
        });
        // Sub-frame 4 begins at 512 and is heard half a sub-frame before and after.
        for (k, (found, noise)) in output.iter().zip(&noise).enumerate() {
            let wanted = if (448..704).contains(&k) {
                noise * filter.window[k - 448]
            } else {
                0.0
            };
            assert!((found - wanted).abs() < 1e-9, "sample {k}");
        }
    }
}
