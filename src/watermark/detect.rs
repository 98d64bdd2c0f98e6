//! Looks for the mark.
//!
//! The levels of cells are freed of what their neighbours tell, in time and in frequency, and correlated with the
//! pattern at every offset, by fast Fourier transforms; modulation frequencies count by how quiet speech is there. That
//! is done for tempos and pitches up to five per cent beside the recording's own.

use std::fmt;
use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

use super::pattern::{BANDS, CELL_HZ, CELL_SECONDS, LOWEST_HZ, PERIOD, hann, is_louder};

/// The rate that marks are looked for at, in Hz: more than twice the highest cell, of a pitch raised by 6 %.
pub const DETECTION_RATE: u32 = 8_000;

/// Frames of a cell.
const FRAMES_PER_CELL: usize = 4;

/// Frames of the pattern's period.
const FINE: usize = PERIOD * FRAMES_PER_CELL;

/// Samples of a window, as long as a cell, and between two frames.
const WINDOW: usize = (CELL_SECONDS * DETECTION_RATE as f64) as usize;
const HOP: usize = WINDOW / FRAMES_PER_CELL;

/// A spectrum is made twice as fine as its window, so that edges of cells move smoothly with the pitch.
const FFT: usize = 2 * WINDOW;

/// Tempos and pitches that are tried, beside the recording's own, in steps of their number.
const STEP: f64 = 0.01;
const STEPS: i32 = 6;

/// Frames and bands, at either side, whose mean is taken from a cell, and the largest difference that counts.
const TIME_REACH: usize = 8;
const BAND_REACH: usize = 4;
const CLIP_DB: f32 = 8.0;

/// Share of the mean power that a cell has at least: below it the rests of windows would count, which agree between
/// bands.
const FLOOR: f32 = 1e-5;

/// Modulation frequencies, at either side, over which the power of speech is averaged.
const LINE_REACH: usize = 1;

/// Share of the frames of a band that noise alone is heard in.
const NOISE_QUANTILE: f64 = 0.4;

/// Deviations of its band that a cell counts for at most: without, twelve of a thousand pieces of synthetic music,
/// whose notes jump in a few bands at a time, passed for marked; with this, none.
const LOUDEST: f32 = 2.0;

/// Levels of cells, `[BANDS][frames]`.
type Cells = Vec<Vec<f32>>;

/// A Fourier transform over the frames of a piece, and its inverse.
type Plans = (Arc<dyn RealToComplex<f32>>, Arc<dyn ComplexToReal<f32>>);

/// What looks for the mark; made once.
pub(super) struct Detector {
    spectrum: Arc<dyn RealToComplex<f32>>,
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
    window: Vec<f32>,
    /// Of each band, the modulation spectrum of the pattern as a recording would show it.
    expected: Vec<Vec<Complex<f32>>>,
    /// Mean power of its lines over the bands.
    expected_power: Vec<f32>,
}

impl fmt::Debug for Detector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Detector").finish_non_exhaustive()
    }
}

impl Detector {
    pub(super) fn new() -> Self {
        let mut planner = RealFftPlanner::<f32>::new();
        let forward = planner.plan_fft_forward(FINE);
        let expected: Vec<_> = expected()
            .into_iter()
            .map(|mut row| transformed(&*forward, &mut row))
            .collect();
        let power = |line: usize| {
            let rows = expected.iter().map(|row| row[line].norm_sqr());
            rows.sum::<f32>() / BANDS as f32
        };
        Self {
            expected_power: (0..=FINE / 2).map(power).collect(),
            spectrum: planner.plan_fft_forward(FFT),
            inverse: planner.plan_fft_inverse(FINE),
            window: hann(WINDOW),
            forward,
            expected,
        }
    }

    /// By how many deviations the best agreement stands above chance, in samples at [`DETECTION_RATE`].
    pub(super) fn score(&self, samples: &[f32]) -> f32 {
        if samples.len() < WINDOW {
            return 0.0;
        }
        let spectra = self.spectra(samples);
        let size = (2 * spectra.len()).next_power_of_two();
        let mut planner = RealFftPlanner::<f32>::new();
        let plans = (
            planner.plan_fft_forward(size),
            planner.plan_fft_inverse(size),
        );
        let factor = |step: i32| 1.0 + STEP * f64::from(step);
        let mut best = 0.0_f32;
        for step in -STEPS..=STEPS {
            let pitch = factor(step);
            let levels = levels(&spectra, pitch);
            let weights = weights(&levels);
            let (plain, filter) = whitened_in_time(without_neighbours(levels), &plans);
            let mut heard = plain.clone();
            for (value, weight) in heard.iter_mut().flatten().zip(weights.iter().flatten()) {
                *value *= weight;
            }
            // Faster playing changes tempo and pitch alike; some programs change one of them.
            let tempos: Vec<f64> = match step {
                0 => (-STEPS..=STEPS).map(factor).collect(),
                _ => vec![1.0, pitch],
            };
            for cells in [&plain, &heard] {
                for &tempo in &tempos {
                    best = best.max(self.agreement(cells, &filter, tempo));
                }
            }
        }
        best
    }

    /// Powers of the bins of every frame.
    fn spectra(&self, samples: &[f32]) -> Vec<Vec<f32>> {
        let (mut frame, mut spectrum) = (
            self.spectrum.make_input_vec(),
            self.spectrum.make_output_vec(),
        );
        let starts = (0..=samples.len() - WINDOW).step_by(HOP);
        starts
            .map(|start| {
                frame.fill(0.0);
                let windowed = samples[start..].iter().zip(&self.window);
                for (value, (sample, weight)) in frame.iter_mut().zip(windowed) {
                    *value = sample * weight;
                }
                self.spectrum
                    .process(&mut frame, &mut spectrum)
                    .expect("the plan made the buffers");
                spectrum.iter().map(Complex::norm_sqr).collect()
            })
            .collect()
    }

    /// The best agreement with the pattern over all its offsets, at a tempo. `filter` is what whitened the cells.
    fn agreement(&self, cells: &Cells, filter: &[f32], tempo: f64) -> f32 {
        let lines = FINE / 2 + 1;
        let mut total = self.inverse.make_input_vec();
        let mut powers = vec![0.0_f32; lines];
        for (row, expected) in cells.iter().zip(&self.expected) {
            let mut folded = vec![0.0_f32; FINE];
            for (frame, value) in row.iter().enumerate() {
                folded[(frame as f64 * tempo).round() as usize % FINE] += value;
            }
            let folded = transformed(&*self.forward, &mut folded);
            for line in 1..lines - 1 {
                total[line] += folded[line] * expected[line].conj();
                powers[line] += folded[line].norm_sqr();
            }
        }
        // The variance of what such sound gives with other patterns of the same powers.
        let mut variance = 0.0_f32;
        for (line, value) in total.iter_mut().enumerate() {
            let factor = filter[line * (filter.len() - 1) / (lines - 1)];
            *value *= factor;
            variance += 2.0 * factor * factor * powers[line] * self.expected_power[line];
        }
        let mut correlation = self.inverse.make_output_vec();
        self.inverse
            .process(&mut total, &mut correlation)
            .expect("the plan made the buffers, and both ends are zero");
        let top = correlation
            .iter()
            .fold(0.0_f32, |top, &value| top.max(value));
        top / variance.sqrt().max(1e-9)
    }
}

/// Divides each modulation frequency by how much speech there is, over all bands; and the factors, from none to
/// the highest frequency.
fn whitened_in_time(mut cells: Cells, plans: &Plans) -> (Cells, Vec<f32>) {
    let frames = cells[0].len();
    let size = plans.0.len();
    let (forward, inverse) = plans;
    let mut spectra: Vec<_> = cells
        .iter()
        .map(|row| {
            let mut padded = row.clone();
            padded.resize(size, 0.0);
            transformed(&**forward, &mut padded)
        })
        .collect();
    let power = |line: usize| spectra.iter().map(|row| row[line].norm_sqr()).sum::<f32>();
    let powers: Vec<_> = (0..=size / 2).map(power).collect();
    let reach = LINE_REACH * size / FINE;
    let filter: Vec<_> = moving_mean(&powers, reach.max(1))
        .into_iter()
        .map(|power| 1.0 / power.sqrt().max(1e-9))
        .collect();
    for (row, spectrum) in cells.iter_mut().zip(&mut spectra) {
        for (value, factor) in spectrum.iter_mut().zip(&filter) {
            *value *= factor;
        }
        let mut whitened = inverse.make_output_vec();
        inverse
            .process(spectrum, &mut whitened)
            .expect("both ends of a row's spectrum are real");
        row.copy_from_slice(&whitened[..frames]);
        // No band may decide alone, as those of a few long notes would.
        let square = row.iter().map(|value| value * value).sum::<f32>() / frames as f32;
        let scale = 1.0 / square.sqrt().max(1e-9);
        row.iter_mut()
            .for_each(|value| *value = (*value * scale).clamp(-LOUDEST, LOUDEST));
    }
    (cells, filter)
}

fn transformed(plan: &dyn RealToComplex<f32>, values: &mut [f32]) -> Vec<Complex<f32>> {
    let mut spectrum = plan.make_output_vec();
    plan.process(values, &mut spectrum)
        .expect("a period long, as the plan is");
    spectrum
}

/// Level in decibels of every cell, its edges moved by a factor.
fn levels(spectra: &[Vec<f32>], pitch: f64) -> Cells {
    let sum: f32 = spectra.iter().flatten().sum();
    let floor = FLOOR * sum / (spectra.len() * (FFT / 2 + 1)) as f32 + f32::MIN_POSITIVE;
    let bin = |hz: f64| {
        ((hz * pitch * FFT as f64 / f64::from(DETECTION_RATE)).ceil() as usize).min(FFT / 2)
    };
    (0..BANDS)
        .map(|band| {
            let low = LOWEST_HZ + band as f64 * CELL_HZ;
            let bins = bin(low)..bin(low + CELL_HZ);
            let level = |row: &Vec<f32>| {
                let own = &row[bins.clone()];
                10.0 * (own.iter().sum::<f32>() / own.len().max(1) as f32 + floor).log10()
            };
            spectra.iter().map(level).collect()
        })
        .collect()
}

/// How far each cell is speech rather than the noise that its band always has: noise has covered the mark there.
fn weights(levels: &Cells) -> Cells {
    levels
        .iter()
        .map(|row| {
            let mut sorted = row.clone();
            let place = (NOISE_QUANTILE * (sorted.len() - 1) as f64) as usize;
            let noise = *sorted.select_nth_unstable_by(place, f32::total_cmp).1;
            let weight = |&level: &f32| (1.0 - 4.0 * 10f32.powf(0.1 * (noise - level))).max(0.0);
            row.iter().map(weight).collect()
        })
        .collect()
}

/// Takes the mean of its neighbours from every cell, in time and in frequency: what is left is its own.
fn without_neighbours(mut cells: Cells) -> Cells {
    for row in &mut cells {
        let means = moving_mean(row, TIME_REACH);
        for (value, mean) in row.iter_mut().zip(means) {
            *value = (*value - mean).clamp(-CLIP_DB, CLIP_DB);
        }
    }
    for frame in 0..cells[0].len() {
        let column: Vec<_> = cells.iter().map(|row| row[frame]).collect();
        for (row, mean) in cells.iter_mut().zip(moving_mean(&column, BAND_REACH)) {
            row[frame] -= mean;
        }
    }
    cells
}

fn moving_mean(values: &[f32], reach: usize) -> Vec<f32> {
    let mut sums = Vec::with_capacity(values.len() + 1);
    let mut sum = 0.0_f64;
    sums.push(sum);
    for &value in values {
        sum += f64::from(value);
        sums.push(sum);
    }
    let mean = |i: usize| {
        let (start, end) = (i.saturating_sub(reach), (i + reach + 1).min(values.len()));
        ((sums[end] - sums[start]) / (end - start) as f64) as f32
    };
    (0..values.len()).map(mean).collect()
}

/// The pattern as frames of a recording would show it: blurred by the windows that made it and that look at it.
fn expected() -> Cells {
    /// A frame's middle lies half a window behind its start.
    const MIDDLE: usize = FRAMES_PER_CELL / 2;
    const BLUR: usize = 6;
    let weight = |distance: usize| {
        0.5 + 0.5 * (std::f64::consts::PI * distance as f64 / (BLUR + 1) as f64).cos()
    };
    let blurred = |band: usize, frame: usize| {
        let near = (0..=2 * BLUR).map(|i| {
            let cell = (frame + MIDDLE + FINE + i - BLUR) % FINE / FRAMES_PER_CELL;
            weight(i.abs_diff(BLUR)) * if is_louder(cell, band) { 1.0 } else { -1.0 }
        });
        near.sum::<f64>() as f32
    };
    let rows = (0..BANDS).map(|band| (0..FINE).map(|frame| blurred(band, frame)).collect());
    without_neighbours(rows.collect())
}
