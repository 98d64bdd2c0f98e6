//! Triangular mel filters on Slaney's scale with Slaney's normalisation, the default of
//! `librosa.filters.mel`.

use super::MelSpec;

/// Hz per mel in the linear part of the scale, below [`LOG_START_HZ`].
const HZ_PER_MEL: f64 = 200.0 / 3.0;
/// Where the scale turns logarithmic.
const LOG_START_HZ: f64 = 1000.0;
/// The same point in mel.
const LOG_START_MEL: f64 = LOG_START_HZ / HZ_PER_MEL;
/// Mels of the logarithmic part in which the frequency grows 6.4 times.
const LOG_MELS: f64 = 27.0;
/// That growth.
const LOG_GROWTH: f64 = 6.4;

/// The mel of a frequency.
pub(super) fn hz_to_mel(hz: f64) -> f64 {
    if hz < LOG_START_HZ {
        hz / HZ_PER_MEL
    } else {
        LOG_START_MEL + (hz / LOG_START_HZ).ln() / LOG_GROWTH.ln() * LOG_MELS
    }
}

fn mel_to_hz(mel: f64) -> f64 {
    if mel < LOG_START_MEL {
        mel * HZ_PER_MEL
    } else {
        LOG_START_HZ * ((mel - LOG_START_MEL) / LOG_MELS * LOG_GROWTH.ln()).exp()
    }
}

/// Frequencies of `n` points evenly spaced in mel from `fmin` to `fmax`, both included.
pub(super) fn mel_frequencies(n: usize, fmin: f64, fmax: f64) -> Vec<f64> {
    let (low, high) = (hz_to_mel(fmin), hz_to_mel(fmax));
    (0..n)
        .map(|i| mel_to_hz(low + (high - low) * i as f64 / (n - 1) as f64))
        .collect()
}

/// One band: weights of consecutive frequency bins.
struct Filter {
    start: usize,
    weights: Vec<f64>,
}

/// The matrix `[n_mels, n_bins]` from magnitudes to mel bands, by its non-zero entries.
pub(super) struct Filterbank {
    filters: Vec<Filter>,
}

impl Filterbank {
    /// `spec` is valid.
    pub(super) fn new(spec: &MelSpec) -> Self {
        let edges = mel_frequencies(spec.n_mels + 2, spec.fmin, spec.fmax);
        let bin_hz = f64::from(spec.sample_rate) / spec.n_fft as f64;
        let filter = |edge: &[f64]| {
            let (low, centre, high) = (edge[0], edge[1], edge[2]);
            let weight = |bin: usize| {
                let hz = bin as f64 * bin_hz;
                let slope = ((hz - low) / (centre - low)).min((high - hz) / (high - centre));
                // Slaney: every filter has the same area.
                slope.max(0.0) * 2.0 / (high - low)
            };
            let bins: Vec<usize> = (0..spec.n_bins())
                .filter(|&bin| weight(bin) > 0.0)
                .collect();
            let start = bins.first().copied().unwrap_or(0);
            Filter {
                start,
                weights: bins.into_iter().map(weight).collect(),
            }
        };
        Self {
            filters: edges.windows(3).map(filter).collect(),
        }
    }

    /// `bands = W * magnitudes`.
    pub(super) fn apply(&self, magnitudes: &[f64], bands: &mut [f64]) {
        for (band, filter) in bands.iter_mut().zip(&self.filters) {
            let bins = &magnitudes[filter.start..];
            *band = filter.weights.iter().zip(bins).map(|(w, m)| w * m).sum();
        }
    }

    /// The bands where every magnitude is one: the sum of each filter.
    pub(super) fn sums(&self) -> Vec<f64> {
        let sum = |filter: &Filter| filter.weights.iter().sum();
        self.filters.iter().map(sum).collect()
    }

    /// `magnitudes = W^T * bands`.
    pub(super) fn apply_transposed(&self, bands: &[f64], magnitudes: &mut [f64]) {
        magnitudes.fill(0.0);
        for (band, filter) in bands.iter().zip(&self.filters) {
            for (magnitude, weight) in magnitudes[filter.start..].iter_mut().zip(&filter.weights) {
                *magnitude += weight * band;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_signals::spec;
    use super::*;

    #[test]
    fn the_scale_is_slaneys() {
        // Slaney's Auditory Toolbox: 1 kHz is 15 mel, 6.4 kHz is 27 mel more.
        for (hz, mel) in [(0.0, 0.0), (200.0, 3.0), (1000.0, 15.0), (6400.0, 42.0)] {
            assert!((hz_to_mel(hz) - mel).abs() < 1e-12, "{hz} Hz");
            assert!((mel_to_hz(mel) - hz).abs() < 1e-9, "{mel} mel");
        }
    }

    #[test]
    fn filters_have_the_same_area() {
        let spec = spec();
        let bin_hz = 16_000.0 / 1024.0;
        for (band, filter) in Filterbank::new(&spec).filters.iter().enumerate() {
            let area = filter.weights.iter().sum::<f64>() * bin_hz;
            // Sampled at a few bins only, the lowest triangles are off by some per cent.
            assert!((area - 1.0).abs() < 0.06, "band {band} has area {area}");
        }
    }

    #[test]
    fn the_transposed_matrix_is_the_transposed() {
        let spec = spec();
        let filterbank = Filterbank::new(&spec);
        let bands: Vec<f64> = (0..80).map(|i| f64::from(i).sin()).collect();
        let bins: Vec<f64> = (0..513).map(|i| f64::from(i).cos()).collect();
        let (mut to_bands, mut to_bins) = (vec![0.0; 80], vec![0.0; 513]);
        filterbank.apply(&bins, &mut to_bands);
        filterbank.apply_transposed(&bands, &mut to_bins);
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        assert!((dot(&bands, &to_bands) - dot(&bins, &to_bins)).abs() < 1e-12);
    }
}
