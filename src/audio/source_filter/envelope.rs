//! Spectral envelopes: the mel's own, corrected by the network, over the bins of the transform.

use super::super::filterbank::{Filterbank, mel_frequencies};
use super::super::{Mel, MelSpec};

/// Whose envelope; its number is that of its rows in the controls.
#[derive(Clone, Copy)]
pub(super) enum Source {
    Pulses = 0,
    Noise = 1,
}

/// Makes envelopes of mels and controls.
pub(super) struct Envelope {
    steps: usize,
    /// What the mel has in each band where every magnitude is one: `ln` of the filter's sum.
    unit_mel: Vec<f64>,
    /// Where each bin lies between the centres of the bands: the one below, and how far from it
    /// to the next.
    positions: Vec<(usize, f64)>,
}

impl Envelope {
    /// `spec` is valid, and each of its bands holds a bin.
    pub(super) fn new(spec: &MelSpec, steps: usize) -> Self {
        let sums = Filterbank::new(spec).sums();
        let edges = mel_frequencies(spec.n_mels + 2, spec.fmin, spec.fmax);
        let centres = &edges[1..=spec.n_mels];
        let bin_hz = f64::from(spec.sample_rate) / spec.n_fft as f64;
        let position = |bin: usize| {
            let hz = bin as f64 * bin_hz;
            match centres.partition_point(|&centre| centre <= hz) {
                0 => (0, 0.0),
                above if above == centres.len() => (above - 1, 0.0),
                above => {
                    let (low, high) = (centres[above - 1], centres[above]);
                    (above - 1, (hz - low) / (high - low))
                }
            }
        };
        Self {
            steps,
            unit_mel: sums.into_iter().map(f64::ln).collect(),
            positions: (0..spec.n_bins()).map(position).collect(),
        }
    }

    /// The log amplitude of each bin in one sub-frame: band by band the correction, plus the mel,
    /// less the mel of magnitude one; between the bands' centres linear over the frequency.
    ///
    /// `controls` is `[channels, frames]`, row-major; the corrections are its first rows, those of
    /// a source's sub-frame after each other.
    pub(super) fn log_amplitudes(
        &self,
        mel: &Mel,
        controls: &[f32],
        source: Source,
        sub_frame: usize,
        bins: &mut [f64],
    ) {
        let (frame, step) = (sub_frame / self.steps, sub_frame % self.steps);
        let first_row = (source as usize * self.steps + step) * mel.n_mels();
        let bands: Vec<f64> = (self.unit_mel.iter().enumerate())
            .map(|(band, unit)| {
                let correction = controls[(first_row + band) * mel.frames() + frame];
                f64::from(correction) + f64::from(mel.at(band, frame)) - unit
            })
            .collect();
        let last = bands.len() - 1;
        for (bin, &(below, fraction)) in bins.iter_mut().zip(&self.positions) {
            let above = (below + 1).min(last);
            *bin = bands[below] + (bands[above] - bands[below]) * fraction;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::test_signals::spec;
    use super::*;

    /// Two frames of two steps of eighty bands, all different.
    fn log_amplitudes(source: Source, sub_frame: usize) -> Vec<f64> {
        let mel = Mel::new((0..160).map(|i| i as f32 * 1000.0).collect(), 80, 2).unwrap();
        let controls: Vec<f32> = (0..2 * 2 * 80 * 2).map(|i| i as f32).collect();
        let mut bins = vec![0.0; 513];
        Envelope::new(&spec(), 2).log_amplitudes(&mel, &controls, source, sub_frame, &mut bins);
        bins
    }

    #[test]
    fn each_source_step_and_frame_has_its_rows() {
        let edges = mel_frequencies(82, 0.0, 8000.0);
        let mut sums = vec![0.0; 80];
        Filterbank::new(&spec()).apply(&vec![1.0; 513], &mut sums);
        for (source, number) in [(Source::Pulses, 0), (Source::Noise, 1)] {
            for sub_frame in 0..4 {
                let (frame, step) = (sub_frame / 2, sub_frame % 2);
                let found = log_amplitudes(source, sub_frame);
                let value = |band: usize| {
                    let row = (number * 2 + step) * 80 + band;
                    (row * 2 + frame) as f64 + (band * 2 + frame) as f64 * 1000.0 - sums[band].ln()
                };
                // Below the first centre and beyond the last, and between two.
                assert!((found[0] - value(0)).abs() < 1e-9);
                assert!((found[512] - value(79)).abs() < 1e-9);
                let band = 50;
                let bin = (edges[band + 1] / 15.625).ceil();
                let part = (bin * 15.625 - edges[band + 1]) / (edges[band + 2] - edges[band + 1]);
                let wanted = value(band) * (1.0 - part) + value(band + 1) * part;
                assert!((found[bin as usize] - wanted).abs() < 1e-9);
            }
        }
    }
}
