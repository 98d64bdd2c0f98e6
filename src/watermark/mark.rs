//! Marks samples.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

use super::pattern::{BANDS, CELL_HZ, CELL_SECONDS, LOWEST_HZ, PERIOD, hann, is_louder};

/// Change of level of a cell, in decibels, in speech of which [`USUAL_SHARE`] is heard through noise; the less of
/// it is, as in dull voices, the larger the change, and the other way round.
const DEPTH_DB: f64 = 2.5;
const DEPTHS_DB: [f64; 2] = [2.0, 4.5];
const USUAL_SHARE: f64 = 0.35;

/// The lowest bands, where most of the power is and changes are heard first, change half as much in decibels.
const GENTLE_BANDS: usize = 4;

/// White noise of so much of the speech's power is what the mark should outlast: 20 dB below.
const NOISE: f64 = 0.01;

/// Windows of analysis and synthesis are as long as a cell, and so many of them overlap.
const OVERLAP: usize = 4;

/// Squares of Hann windows that overlap four times add up to this.
const OVERLAPPED: f32 = 1.5;

/// Marks samples at `sample_rate` Hz in place, the first of which is number `start` of its speech: the pattern goes
/// on from one sentence to the next. The same samples get the same mark.
pub fn mark(samples: &mut [f32], sample_rate: u32, start: u64) {
    let mut windows = Windows::new(sample_rate);
    let depth = depth(&mut windows, samples);
    let gain = |db: f64| (10f64.powf(db / 20.0) - 1.0) as f32;
    let gains = [0.5, 1.0].map(|part| (gain(part * depth), gain(-part * depth)));
    let mut change = vec![0.0_f32; samples.len()];
    for number in 0..windows.count(samples.len()) {
        let cell = windows.cell(number, start);
        windows.analyse(samples, number);
        let Windows {
            bands, spectrum, ..
        } = &mut windows;
        for (value, band) in spectrum.iter_mut().zip(bands) {
            let change = band.map_or(0.0, |band| {
                let (louder, softer) = gains[usize::from(band >= GENTLE_BANDS)];
                if is_louder(cell, band) {
                    louder
                } else {
                    softer
                }
            });
            *value *= change;
        }
        windows.add_to(&mut change, number);
    }
    for (sample, change) in samples.iter_mut().zip(change) {
        *sample += change;
    }
}

/// How much the levels of these samples are changed, in decibels.
fn depth(windows: &mut Windows, samples: &[f32]) -> f64 {
    let square = |&sample: &f32| f64::from(sample).powi(2);
    let power = samples.iter().map(square).sum::<f64>() / samples.len().max(1) as f64;
    let noise = NOISE * power * windows.shape.iter().map(square).sum::<f64>();
    if noise <= 0.0 {
        return DEPTH_DB;
    }
    let (mut sum, mut count) = (0.0, 0);
    for number in (0..windows.count(samples.len())).step_by(OVERLAP / 2) {
        windows.analyse(samples, number);
        for (value, band) in windows.spectrum.iter().zip(&windows.bands) {
            if band.is_some() {
                let own = f64::from(value.norm_sqr());
                sum += (own / (own + noise)).powi(2);
                count += 1;
            }
        }
    }
    let share = sum / f64::from(count.max(1));
    let [least, most] = DEPTHS_DB;
    (DEPTH_DB * USUAL_SHARE / share.max(1e-3)).clamp(least, most)
}

/// Overlapping windows over samples: every sample lies in four of them, the first ones in some that begin before it.
struct Windows {
    rate: f64,
    hop: usize,
    shape: Vec<f32>,
    /// The band of each bin, if it lies in one.
    bands: Vec<Option<usize>>,
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
    frame: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
}

impl Windows {
    fn new(sample_rate: u32) -> Self {
        let rate = f64::from(sample_rate);
        let hop = ((CELL_SECONDS * rate) as usize).div_ceil(OVERLAP).max(1);
        let length = OVERLAP * hop;
        let mut planner = RealFftPlanner::<f32>::new();
        let forward = planner.plan_fft_forward(length);
        let band = |bin: usize| {
            let band = (bin as f64 * rate / length as f64 - LOWEST_HZ) / CELL_HZ;
            (0.0..BANDS as f64).contains(&band).then_some(band as usize)
        };
        Self {
            rate,
            hop,
            shape: hann(length),
            // The last bin, which is real, belongs to none.
            bands: (0..length / 2).map(band).chain([None]).collect(),
            inverse: planner.plan_fft_inverse(length),
            frame: forward.make_input_vec(),
            spectrum: forward.make_output_vec(),
            forward,
        }
    }

    fn count(&self, samples: usize) -> usize {
        samples.div_ceil(self.hop) + OVERLAP - 1
    }

    /// Samples of a window that there are: their places in the window, and the first one's among all.
    fn own(&self, samples: usize, number: usize) -> (std::ops::Range<usize>, usize) {
        let end = (number + 1) * self.hop;
        let before = self.shape.len().saturating_sub(end);
        let start = end.saturating_sub(self.shape.len());
        let there = samples.saturating_sub(start).min(self.shape.len() - before);
        (before..before + there, start)
    }

    /// The cell, in time, that the middle of a window lies in.
    fn cell(&self, number: usize, start: u64) -> usize {
        let end = start as f64 + ((number + 1) * self.hop) as f64;
        let middle = end - 0.5 * self.shape.len() as f64;
        (middle / self.rate / CELL_SECONDS)
            .floor()
            .rem_euclid(PERIOD as f64) as usize
    }

    /// Leaves the spectrum of a window.
    fn analyse(&mut self, samples: &[f32], number: usize) {
        let (own, start) = self.own(samples.len(), number);
        self.frame.fill(0.0);
        let weighted = self.frame[own.clone()].iter_mut().zip(&self.shape[own]);
        for ((value, weight), sample) in weighted.zip(&samples[start..]) {
            *value = sample * weight;
        }
        self.forward
            .process(&mut self.frame, &mut self.spectrum)
            .expect("the plan made the buffers");
    }

    /// Adds what the spectrum makes.
    fn add_to(&mut self, samples: &mut [f32], number: usize) {
        self.inverse
            .process(&mut self.spectrum, &mut self.frame)
            .expect("the plan made the buffers, and both ends are real");
        let scale = 1.0 / (OVERLAPPED * self.shape.len() as f32);
        let (own, start) = self.own(samples.len(), number);
        let weighted = self.frame[own.clone()].iter().zip(&self.shape[own]);
        for ((value, weight), sample) in weighted.zip(&mut samples[start..]) {
            *sample += value * weight * scale;
        }
    }
}
