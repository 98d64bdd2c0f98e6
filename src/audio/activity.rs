//! Where in a recording somebody speaks, by the level, the pitch and the spectrum of short frames.
//!
//! Speech is told from other sound by its voiced frames: they are periodic at the pitch of a voice, they
//! stand out from what is always there, their pitch goes on from frame to frame, and their power is not
//! all in one partial. Consonants and pauses between words lie next to them. Hiss, breath, applause and
//! doors have no such frames; hum and tones do not stand out, or are one partial.

use std::ops::Range;
use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

/// Seconds from one frame to the next, and of a frame: four periods of the lowest pitch.
const HOP_SECONDS: f64 = 0.016;
const FRAME_SECONDS: f64 = 0.048;

/// Pitches of voices, in Hz.
const LOWEST_PITCH: f64 = 70.0;
const HIGHEST_PITCH: f64 = 420.0;

/// Below this much of the autocorrelation at its peak a frame is not periodic. White noise reaches 0.4 in
/// such frames; a vowel in as much noise as voice has 0.5.
const PERIODIC: f64 = 0.5;

/// Voiced frames are so far above the level that a tenth of the frames does not reach.
const ABOVE_FLOOR_DB: f64 = 6.0;
const FLOOR_QUANTILE: f64 = 0.1;

/// And at most so far below the loudest ones.
const BELOW_PEAK_DB: f64 = 40.0;

/// Frames in a row that are voiced and whose pitches follow each other: a tenth of a second is a syllable.
const SHORTEST_RUN: usize = 4;
const PITCH_STEP: f64 = 1.2;

/// A frame with more than this share of its power within one partial is a tone.
const ONE_PARTIAL: f64 = 0.93;

/// Consonants reach so far from a vowel, and pauses inside a phrase are so long at most.
const REACH_SECONDS: f64 = 0.2;
const PAUSE_SECONDS: f64 = 0.5;

/// Level of silence in dB, for frames of zeros.
const LOWEST_DB: f64 = -120.0;

/// What was found in a recording.
#[derive(Debug, Clone)]
pub(super) struct Activity {
    /// Samples of the phrases that were found, in order, apart from each other.
    pub(super) phrases: Vec<Range<usize>>,
    /// Seconds of voiced frames.
    pub(super) voiced_seconds: f64,
    /// Whether what sounds periodic is a tone for the most part.
    pub(super) is_tone: bool,
    /// Median level of the voiced frames, in dB relative to full scale.
    pub(super) speech_db: f64,
    /// Level that a tenth of the frames of the phrases does not reach, and so of what lies between words.
    pub(super) noise_db: f64,
    frames: Vec<Frame>,
    hop: usize,
}

#[derive(Debug, Clone, Copy)]
struct Frame {
    db: f64,
    /// Samples of a period, if there is one.
    period: Option<f64>,
    one_partial: bool,
}

impl Activity {
    /// Looks for speech in a recording without an offset.
    pub(super) fn of(samples: &[f32], sample_rate: u32) -> Self {
        let rate = f64::from(sample_rate);
        let hop = (HOP_SECONDS * rate) as usize;
        let frames = frames(samples, rate, hop);
        let levels = || frames.iter().map(|frame| frame.db);
        let peak = levels().fold(LOWEST_DB, f64::max);
        let least = (quantile(levels(), FLOOR_QUANTILE) + ABOVE_FLOOR_DB).max(peak - BELOW_PEAK_DB);
        let loud = |frame: &Frame| frame.db >= least && frame.period.is_some();
        let tones = frames
            .iter()
            .filter(|frame| frame.period.is_some() && frame.one_partial);
        let periodic = frames
            .iter()
            .filter(|frame| frame.period.is_some() && frame.db > peak - BELOW_PEAK_DB);
        let is_tone = 2 * tones.count() > periodic.count().max(1);
        let voiced = runs(&frames, |frame| loud(frame) && !frame.one_partial);
        let count: usize = voiced.iter().map(Range::len).sum();
        let of_voiced = voiced.iter().flat_map(|run| &frames[run.clone()]);
        let speech_db = quantile(of_voiced.map(|frame| frame.db), 0.5);

        let (reach, pause) = (
            (REACH_SECONDS * rate) as usize,
            (PAUSE_SECONDS * rate) as usize,
        );
        let mut phrases: Vec<Range<usize>> = Vec::new();
        for run in voiced {
            let start = (run.start * hop).saturating_sub(reach);
            let end = (run.end * hop + reach).min(samples.len());
            match phrases.last_mut() {
                Some(last) if start <= last.end + pause => last.end = end,
                _ => phrases.push(start..end),
            }
        }
        let spoken = frames.iter().enumerate().filter(|(i, _)| {
            let place = i * hop;
            phrases.iter().any(|phrase| phrase.contains(&place))
        });
        let noise_db = quantile(spoken.map(|(_, frame)| frame.db), FLOOR_QUANTILE);
        Self {
            noise_db,
            phrases,
            voiced_seconds: (count * hop) as f64 / rate,
            is_tone,
            speech_db,
            frames,
            hop,
        }
    }

    /// Samples of all phrases.
    pub(super) fn samples(&self) -> usize {
        self.phrases.iter().map(Range::len).sum()
    }

    /// The mean level of a piece, for the choice between pieces.
    pub(super) fn level(&self, piece: &Range<usize>) -> f64 {
        let frames = piece.start / self.hop..(piece.end / self.hop).min(self.frames.len());
        let frames = self.frames.get(frames).unwrap_or_default();
        let voiced = frames.iter().filter(|frame| frame.period.is_some());
        quantile(voiced.map(|frame| frame.db), 0.5)
    }
}

/// Runs of frames that are `voiced` and whose periods follow each other.
fn runs(frames: &[Frame], voiced: impl Fn(&Frame) -> bool) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    let mut last = None;
    for (i, frame) in frames.iter().enumerate() {
        let period = frame.period.filter(|_| voiced(frame));
        match (period, last, runs.last_mut()) {
            (Some(period), Some(before), Some(run)) if ratio(period, before) <= PITCH_STEP => {
                run.end = i + 1;
            }
            (Some(_), ..) => runs.push(i..i + 1),
            (None, ..) => {}
        }
        last = period;
    }
    runs.retain(|run| run.len() >= SHORTEST_RUN);
    runs
}

fn ratio(a: f64, b: f64) -> f64 {
    a.max(b) / a.min(b)
}

/// The value that this share of the values does not exceed; the lowest level for none.
fn quantile(values: impl Iterator<Item = f64>, share: f64) -> f64 {
    let mut values: Vec<_> = values.collect();
    let Some(last) = values.len().checked_sub(1) else {
        return LOWEST_DB;
    };
    let place = (share * last as f64).round() as usize;
    *values.select_nth_unstable_by(place, f64::total_cmp).1
}

/// What turns frames into autocorrelations: by the spectrum of its power (Wiener and Khinchin), divided by
/// that of the window (Boersma, "Accurate short-term analysis of the fundamental frequency", 1993).
struct Analysis {
    window: Vec<f64>,
    of_window: Vec<f64>,
    forward: Arc<dyn RealToComplex<f64>>,
    inverse: Arc<dyn ComplexToReal<f64>>,
    signal: Vec<f64>,
    spectrum: Vec<Complex<f64>>,
    powers: Vec<f64>,
}

impl Analysis {
    fn new(length: usize) -> Self {
        let window = |i| {
            let phase = std::f64::consts::TAU * (f64::from(i) + 0.5) / length as f64;
            0.5 - 0.5 * phase.cos()
        };
        let window: Vec<f64> = (0..length as u32).map(window).collect();
        let size = (2 * length).next_power_of_two();
        let mut planner = RealFftPlanner::new();
        let forward = planner.plan_fft_forward(size);
        let mut analysis = Self {
            of_window: vec![1.0; size],
            inverse: planner.plan_fft_inverse(size),
            signal: forward.make_input_vec(),
            spectrum: forward.make_output_vec(),
            powers: Vec::new(),
            forward,
            window: window.clone(),
        };
        analysis.correlate(&window);
        analysis.of_window = analysis.signal.clone();
        analysis
    }

    /// Leaves the autocorrelation of a windowed frame in `signal`, and its power spectrum in `powers`.
    fn correlate(&mut self, windowed: &[f64]) {
        self.signal.fill(0.0);
        self.signal[..windowed.len()].copy_from_slice(windowed);
        self.forward
            .process(&mut self.signal, &mut self.spectrum)
            .expect("the plan made the buffers");
        self.powers.clear();
        self.powers
            .extend(self.spectrum.iter().map(Complex::norm_sqr));
        for bin in &mut self.spectrum {
            *bin = Complex::new(bin.norm_sqr(), 0.0);
        }
        self.inverse
            .process(&mut self.spectrum, &mut self.signal)
            .expect("the plan made the buffers, and the powers are real");
    }

    /// The period of the frame last correlated, if it has one.
    fn period(&self, rate: f64) -> Option<f64> {
        let at = |lag: usize| {
            self.signal[lag] / self.signal[0] * (self.of_window[0] / self.of_window[lag])
        };
        let lags = (rate / HIGHEST_PITCH) as usize..(rate / LOWEST_PITCH) as usize;
        // A wave is also periodic in twice its period: the shortest that is nearly as good counts.
        let best = lags.clone().map(at).fold(0.0, f64::max);
        let is_peak = |&lag: &usize| at(lag) >= at(lag - 1) && at(lag) >= at(lag + 1);
        let found = lags.filter(is_peak).find(|&lag| at(lag) >= 0.9 * best)?;
        (best >= PERIODIC).then_some(found as f64)
    }

    /// Whether nearly all power lies within two bins of the strongest, at either side.
    fn is_one_partial(&self) -> bool {
        let total: f64 = self.powers.iter().sum();
        let strongest = self
            .powers
            .iter()
            .enumerate()
            .max_by(|a, b| a.1.total_cmp(b.1));
        let strongest = strongest.map_or(0, |(bin, _)| bin);
        // A Hann window in twice its length of zeros is eight bins wide.
        let partial = strongest.saturating_sub(5)..(strongest + 6).min(self.powers.len());
        self.powers[partial].iter().sum::<f64>() > ONE_PARTIAL * total
    }
}

fn frames(samples: &[f32], rate: f64, hop: usize) -> Vec<Frame> {
    let length = (FRAME_SECONDS * rate) as usize;
    let mut analysis = Analysis::new(length);
    let power: f64 = analysis.window.iter().map(|w| w * w).sum();
    let starts = (0..samples.len().saturating_sub(length - 1)).step_by(hop);
    let frame = |start: usize| {
        let span = &samples[start..start + length];
        let windowed: Vec<_> = span
            .iter()
            .zip(&analysis.window)
            .map(|(&sample, window)| f64::from(sample) * window)
            .collect();
        let energy: f64 = windowed.iter().map(|value| value * value).sum();
        let db = (10.0 * (energy / power).log10()).max(LOWEST_DB);
        if db <= LOWEST_DB {
            return Frame {
                db,
                period: None,
                one_partial: false,
            };
        }
        analysis.correlate(&windowed);
        Frame {
            db,
            period: analysis.period(rate),
            one_partial: analysis.is_one_partial(),
        }
    };
    starts.map(frame).collect()
}

#[cfg(test)]
mod tests {
    use super::super::test_signals::{noise, padded, tone, voice};
    use super::super::{Audio, resample};
    use super::*;

    const RATE: u32 = 16_000;

    fn of(audio: &Audio) -> Activity {
        Activity::of(&audio.samples, RATE)
    }

    /// One after the other.
    fn joined(parts: &[&Audio]) -> Audio {
        let samples = parts.iter().flat_map(|part| part.samples.iter().copied());
        Audio {
            samples: samples.collect(),
            sample_rate: RATE,
        }
    }

    #[test]
    fn a_voice_is_found_wherever_it_is() {
        for (before, after) in [(0.0, 0.0), (3.0, 1.0), (0.5, 8.0)] {
            let found = of(&padded(before, &voice(3.0, RATE), after));
            assert_eq!(found.phrases.len(), 1);
            let phrase = &found.phrases[0];
            let seconds = |samples: usize| samples as f64 / f64::from(RATE);
            assert!((seconds(phrase.start) - before).abs() < 0.3, "{phrase:?}");
            assert!(
                (seconds(phrase.end) - before - 3.0).abs() < 0.3,
                "{phrase:?}"
            );
            assert!(!found.is_tone && found.voiced_seconds > 1.5);
        }
    }

    #[test]
    fn noise_hum_and_tones_are_no_speech() {
        for amplitude in [0.01, 0.3] {
            let found = of(&noise(amplitude, 5.0, RATE));
            assert!(
                found.voiced_seconds < 0.2,
                "{} s of noise",
                found.voiced_seconds
            );
        }
        for hz in [50.0, 120.0, 440.0, 1000.0] {
            let found = of(&padded(1.0, &tone(hz, 0.3, 3.0, RATE), 1.0));
            assert!(
                found.voiced_seconds < 0.2,
                "{} s at {hz} Hz",
                found.voiced_seconds
            );
            assert!(found.is_tone || !(70.0..=500.0).contains(&hz), "{hz} Hz");
        }
    }

    #[test]
    fn speech_behind_noise_and_between_pauses_is_found() {
        let speech = voice(2.0, RATE);
        let hiss = noise(0.05, 30.0, RATE);
        let found = of(&joined(&[&hiss, &speech, &padded(4.0, &speech, 0.0)]));
        let starts: Vec<_> = found
            .phrases
            .iter()
            .map(|phrase| phrase.start / 1600)
            .collect();
        assert_eq!(found.phrases.len(), 2, "{:?}", found.phrases);
        assert!(
            (297..=303).contains(&starts[0]) && (357..=363).contains(&starts[1]),
            "{starts:?}"
        );
    }

    #[test]
    fn a_voice_on_the_telephone_is_one() {
        let narrow = resample(&voice(3.0, 8000), RATE).unwrap();
        assert!(of(&narrow).voiced_seconds > 1.5);
    }
}
