//! What a pitch looks like in a mel spectrogram: the input through which a score network follows a melody.
//!
//! A train of equal pulses has equal harmonics at the multiples of its pitch `f`. Seen through a Hann
//! window of `win_length` samples, a bin at frequency `b` gets from them the magnitude
//!
//! ```text
//! magnitude(b) = max_k lobe((b - k f) * win_length / sample_rate) + GAP
//! lobe(x)      = sin(pi x) / (pi x) / (1 - x^2)     for |x| < 2, and 0 beyond
//! ```
//!
//! and the row of a pitch is the logarithm of its mel bands, less the mean of that over all pitches: what
//! is left shows where the harmonics lie, and vanishes where bands are wider than their distance.

use std::f64::consts::PI;

use super::MelSpec;
use super::filterbank::Filterbank;

/// Lowest pitch of a table, in Hz.
pub const LOWEST_PITCH: f64 = 55.0;

/// Highest pitch of a table, in Hz.
pub const HIGHEST_PITCH: f64 = 550.0;

/// Pitches are told to a network in octaves above this one, in Hz.
pub const REFERENCE_PITCH: f64 = 150.0;

/// Pitches of a table, evenly spaced in octaves: 12 cents apart, less than a tracker's error.
const PITCHES: usize = 334;

/// Between harmonics the pulses' spectrum has no energy at all; -30 dB is what recordings keep there.
const GAP: f64 = 0.03;

/// Channels besides the mel bands: whether the frame is voiced, and its height.
const OTHER_CHANNELS: usize = 2;

/// The pictures of all pitches in the mels of one model.
#[derive(Debug, Clone, PartialEq)]
pub struct Harmonics {
    /// `[PITCHES, n_mels]`
    table: Vec<f32>,
    n_mels: usize,
}

impl Harmonics {
    /// The table for mels of a valid `spec`.
    #[must_use]
    pub fn new(spec: &MelSpec) -> Self {
        let (n_mels, filterbank) = (spec.n_mels, Filterbank::new(spec));
        let mut rows = vec![0.0; PITCHES * n_mels];
        for (index, row) in rows.chunks_exact_mut(n_mels).enumerate() {
            filterbank.apply(&pulses(spec, pitch_of(index)), row);
            for band in row {
                // A band too narrow for any bin shows nothing, the same for all pitches.
                *band = band.max(f64::MIN_POSITIVE).ln();
            }
        }
        let mean = |band: usize| {
            let values = rows.iter().skip(band).step_by(n_mels);
            values.sum::<f64>() / PITCHES as f64
        };
        let means: Vec<_> = (0..n_mels).map(mean).collect();
        let table = rows
            .iter()
            .zip(means.iter().cycle())
            .map(|(value, mean)| (value - mean) as f32)
            .collect();
        Self { table, n_mels }
    }

    /// Channels of the inputs of a pitch: the mel bands, 1 for voiced, and the octaves above
    /// [`REFERENCE_PITCH`].
    #[must_use]
    pub const fn channels(n_mels: usize) -> usize {
        n_mels + OTHER_CHANNELS
    }

    /// Pitches in Hz, 0 where unvoiced, to the inputs `[channels, frames]`: the row of the nearest pitch of
    /// the table, 1, and the height; zeros where unvoiced. Pitches beyond the table count as its ends.
    #[must_use]
    pub fn inputs(&self, hertz: &[f32]) -> Vec<f32> {
        let (frames, n_mels) = (hertz.len(), self.n_mels);
        let mut inputs = vec![0.0; Self::channels(n_mels) * frames];
        for (frame, &hertz) in hertz.iter().enumerate().filter(|&(_, &hertz)| hertz > 0.0) {
            let hertz = f64::from(hertz).clamp(LOWEST_PITCH, HIGHEST_PITCH);
            let octaves = (hertz / LOWEST_PITCH).log2();
            let place = octaves * (PITCHES - 1) as f64 / (HIGHEST_PITCH / LOWEST_PITCH).log2();
            let row = place.round_ties_even() as usize * n_mels;
            let height = octaves - (REFERENCE_PITCH / LOWEST_PITCH).log2();
            let picture = self.table[row..row + n_mels].iter().copied();
            for (channel, value) in picture.chain([1.0, height as f32]).enumerate() {
                inputs[channel * frames + frame] = value;
            }
        }
        inputs
    }
}

/// Hz of a row of the table.
fn pitch_of(index: usize) -> f64 {
    LOWEST_PITCH * (HIGHEST_PITCH / LOWEST_PITCH).powf(index as f64 / (PITCHES - 1) as f64)
}

/// Magnitudes of the bins of a train of pulses.
fn pulses(spec: &MelSpec, pitch: f64) -> Vec<f64> {
    let rate = f64::from(spec.sample_rate);
    let last = (rate / 2.0 / pitch).floor();
    let magnitude = |bin: usize| {
        let hertz = bin as f64 * rate / spec.n_fft as f64;
        // Lobes of neighbours may overlap, and the nearest harmonic's is the highest.
        let nearest = (hertz / pitch).round().clamp(1.0, last.max(1.0));
        let distance = (hertz - nearest * pitch) * spec.win_length as f64 / rate;
        lobe(distance) + GAP
    };
    (0..spec.n_bins()).map(magnitude).collect()
}

/// Magnitude of a Hann window's spectrum at a distance in bins: 1 at 0, 1/2 at 1, 0 from 2 on (side lobes,
/// below -31 dB, are left out).
fn lobe(distance: f64) -> f64 {
    let x = distance.abs();
    if x >= 2.0 {
        return 0.0;
    }
    if x < 1e-8 {
        return 1.0;
    }
    // Near 1 both factors vanish; the quotient's limit is 1/2.
    if (x - 1.0).abs() < 1e-8 {
        return 0.5;
    }
    (PI * x).sin() / (PI * x) / (1.0 - x * x)
}

#[cfg(test)]
mod tests {
    use super::super::test_signals::spec;
    use super::*;

    #[test]
    fn a_lobe_falls_from_one_to_zero() {
        for (distance, height) in [(0.0, 1.0), (1.0, 0.5), (-1.0, 0.5), (2.0, 0.0), (-7.5, 0.0)] {
            assert!((lobe(distance) - height).abs() < 1e-9, "{distance}");
        }
        let heights: Vec<_> = (0..200).map(|i| lobe(f64::from(i) / 100.0)).collect();
        assert!(heights.windows(2).all(|pair| pair[0] > pair[1]));
    }

    #[test]
    fn harmonics_show_where_bands_are_narrow() {
        let (spec, harmonics) = (spec(), Harmonics::new(&spec()));
        // A pitch has its first harmonics in the low bands, and the picture changes with it there.
        let inputs = harmonics.inputs(&[110.0, 220.0]);
        let difference = |band: usize| (inputs[2 * band] - inputs[2 * band + 1]).abs();
        let low = (0..20).map(difference).fold(0.0, f32::max);
        let high = (70..80).map(difference).fold(0.0, f32::max);
        assert!(low > 1.0 && high < 0.5 * low, "{low} and {high}");
        assert_eq!(inputs.len(), 2 * Harmonics::channels(spec.n_mels));
    }

    #[test]
    fn a_frame_says_its_pitch_or_nothing() {
        let harmonics = Harmonics::new(&spec());
        let inputs = harmonics.inputs(&[0.0, 300.0, 10.0, 10_000.0, 55.0, 550.0]);
        let channel = |index: usize| &inputs[6 * index..6 * (index + 1)];
        assert_eq!(channel(80), [0.0, 1.0, 1.0, 1.0, 1.0, 1.0]);
        assert_eq!(channel(81)[1], 1.0);
        for index in 0..82 {
            let values = channel(index);
            assert_eq!(values[0], 0.0, "an unvoiced frame has nothing");
            assert_eq!((values[2], values[3]), (values[4], values[5]), "ends hold");
        }
    }
}
