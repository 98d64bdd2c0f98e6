//! The level of synthesised speech: equally loud sentences, whatever their loudest moment.
//!
//! Loudness is that of ITU-R BS.1770-4 and EBU R128: power behind a filter for the ear's sensitivity, over
//! blocks of 0.4 s, without those that are silent or 10 dB below the mean of the others. A burst of some
//! milliseconds moves it by little, and is softened by a limiter that looks ahead.

use std::f64::consts::PI;

use super::SPEECH_RMS;
use super::clip::rms;

/// Loudness of levelled speech in LUFS, EBU's target: about the root mean square
/// [`SPEECH_RMS`](super::SPEECH_RMS).
const TARGET: f64 = -23.0;

/// No sample exceeds this: speech of that loudness has its peaks at 0.2 to 0.6.
const CEILING: f64 = 0.7;

/// The limiter's gain falls and rises within this time.
const LIMITER_SECONDS: f64 = 0.004;

/// Pieces whose usual level is taken: a few periods of a voice.
const LEVEL_SECONDS: f64 = 0.02;

/// Lengths of the fades at both ends, so that nothing clicks.
const FADE_IN_SECONDS: f64 = 0.004;
const FADE_OUT_SECONDS: f64 = 0.008;

const BLOCK_SECONDS: f64 = 0.4;
const BLOCKS_PER_BLOCK: usize = 4;
const ABSOLUTE_GATE: f64 = -70.0;
const RELATIVE_GATE: f64 = -10.0;

/// What the measure of loudness adds to the power in dB, so that a tone of 1 kHz has its own.
const OFFSET: f64 = -0.691;

/// Brings a sentence to the loudness of speech, softens its bursts and fades its ends; silence stays as it
/// is.
pub(crate) fn finish_sentence(samples: &mut [f32], sample_rate: u32) {
    let rate = f64::from(sample_rate);
    // A burst would count in the loudness as long as it towers above the rest: it is softened first, and
    // what the limiter takes away then is made up for.
    let reach = (LIMITER_SECONDS * rate) as usize;
    if let Some(level) = usual_level(samples, (LEVEL_SECONDS * rate) as usize) {
        scale(samples, SPEECH_RMS / level);
        limit(samples, reach);
    }
    for _ in 0..2 {
        let Some(loudness) = loudness(samples, rate) else {
            break;
        };
        scale(samples, 10f64.powf((TARGET - loudness) / 20.0));
        limit(samples, reach);
    }
    fade(samples.iter_mut(), (FADE_IN_SECONDS * rate) as usize);
    fade(samples.iter_mut().rev(), (FADE_OUT_SECONDS * rate) as usize);
}

fn scale(samples: &mut [f32], gain: f64) {
    for sample in samples {
        *sample = (f64::from(*sample) * gain) as f32;
    }
}

/// The root mean square that three quarters of the short pieces do not exceed; `None` for silence.
fn usual_level(samples: &[f32], piece: usize) -> Option<f64> {
    let mut levels: Vec<f64> = samples.chunks(piece.max(1)).map(rms).collect();
    levels.sort_unstable_by(f64::total_cmp);
    let level = *levels.get(levels.len() * 3 / 4)?;
    (level > 0.0).then_some(level)
}

/// A filter of second order, by its coefficients: `y = b x - a y`.
struct Biquad {
    b: [f64; 3],
    a: [f64; 2],
    state: [f64; 2],
}

impl Biquad {
    fn next(&mut self, x: f64) -> f64 {
        let y = self.b[0] * x + self.state[0];
        self.state[0] = self.b[1] * x - self.a[0] * y + self.state[1];
        self.state[1] = self.b[2] * x - self.a[1] * y;
        y
    }

    /// The shelf that stands for the head: 4 dB above 1.7 kHz. Of the constants in BS.1770, which are for
    /// 48 kHz, these are the analogue ones (De Man, "Evaluation of implementations of the EBU R128
    /// loudness measurement", AES 2018).
    fn shelf(rate: f64) -> Self {
        const HZ: f64 = 1_681.974_450_955_533;
        const Q: f64 = 0.707_175_236_955_419_6;
        let high = 10f64.powf(3.999_843_853_973_347 / 20.0);
        let band = high.powf(0.499_666_774_154_541_6);
        let k = (PI * HZ / rate).tan();
        let a0 = 1.0 + k / Q + k * k;
        Self {
            b: [
                (high + band * k / Q + k * k) / a0,
                2.0 * (k * k - high) / a0,
                (high - band * k / Q + k * k) / a0,
            ],
            a: [2.0 * (k * k - 1.0) / a0, (1.0 - k / Q + k * k) / a0],
            state: [0.0; 2],
        }
    }

    /// The high pass at 38 Hz.
    fn high_pass(rate: f64) -> Self {
        const HZ: f64 = 38.135_470_876_024_44;
        const Q: f64 = 0.500_327_037_323_877_3;
        let k = (PI * HZ / rate).tan();
        let a0 = 1.0 + k / Q + k * k;
        Self {
            b: [1.0, -2.0, 1.0],
            a: [2.0 * (k * k - 1.0) / a0, (1.0 - k / Q + k * k) / a0],
            state: [0.0; 2],
        }
    }
}

/// The loudness in LUFS; `None` for silence.
fn loudness(samples: &[f32], rate: f64) -> Option<f64> {
    let (mut shelf, mut high_pass) = (Biquad::shelf(rate), Biquad::high_pass(rate));
    let powers: Vec<f64> = samples
        .iter()
        .map(|&sample| high_pass.next(shelf.next(sample.into())).powi(2))
        .collect();
    // What is shorter than a block is one.
    let block = ((BLOCK_SECONDS * rate) as usize).min(powers.len()).max(1);
    let blocks = powers
        .windows(block)
        .step_by(block.div_ceil(BLOCKS_PER_BLOCK))
        .map(|block| block.iter().sum::<f64>() / block.len() as f64);
    let blocks: Vec<f64> = blocks
        .filter(|&power| lufs(power) > ABSOLUTE_GATE)
        .collect();
    let least = mean(blocks.iter().copied())? * 10f64.powf(RELATIVE_GATE / 10.0);
    mean(blocks.into_iter().filter(|&power| power > least)).map(lufs)
}

fn lufs(power: f64) -> f64 {
    OFFSET + 10.0 * power.log10()
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (count, sum) = values.fold((0usize, 0.0), |(count, sum), value| {
        (count + 1, sum + value)
    });
    (count > 0).then(|| sum / count as f64)
}

/// Keeps all samples below [`CEILING`]. The gain at a moment is the mean of the least gains that are
/// needed around each moment around it, so it is small enough everywhere and never jumps.
fn limit(samples: &mut [f32], reach: usize) {
    let needed: Vec<f64> = samples
        .iter()
        .map(|&sample| (CEILING / f64::from(sample.abs())).min(1.0))
        .collect();
    if needed.iter().all(|&gain| gain >= 1.0) {
        return;
    }
    let around = |i: usize| i.saturating_sub(reach)..(i + reach + 1).min(needed.len());
    let least: Vec<f64> = (0..needed.len())
        .map(|i| needed[around(i)].iter().copied().fold(1.0, f64::min))
        .collect();
    for (i, sample) in samples.iter_mut().enumerate() {
        let gains = &least[around(i)];
        let gain = gains.iter().sum::<f64>() / gains.len() as f64;
        *sample = (f64::from(*sample) * gain) as f32;
    }
}

/// Fades samples in over so many; the first one is silent.
fn fade<'a>(samples: impl Iterator<Item = &'a mut f32>, length: usize) {
    for (i, sample) in samples.take(length).enumerate() {
        let phase = PI * i as f64 / length as f64;
        *sample *= (0.5 - 0.5 * phase.cos()) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_signals::{noise, tone, voice};
    use super::*;

    const RATE: u32 = 16_000;

    fn of(samples: &[f32]) -> f64 {
        loudness(samples, RATE.into()).unwrap()
    }

    fn peak(samples: &[f32]) -> f64 {
        samples
            .iter()
            .fold(0.0, |peak, &s| f64::max(peak, s.abs().into()))
    }

    /// A sine of 1 kHz at full scale has -3.01 LUFS (EBU Tech 3341).
    #[test]
    fn the_measure_is_the_standards() {
        let found = of(&tone(997.0, 1.0, 3.0, RATE).samples);
        assert!((found + 3.01).abs() < 0.1, "{found}");
        let found = loudness(&tone(997.0, 0.1, 3.0, 48_000).samples, 48_000.0).unwrap();
        assert!((found + 23.01).abs() < 0.1, "{found}");
        assert_eq!(loudness(&[0.0; 16_000], 16_000.0), None);
        assert_eq!(loudness(&[], 16_000.0), None);
    }

    #[test]
    fn all_sentences_are_equally_loud() {
        for (gain, seconds) in [(0.01, 3.0), (0.3, 0.3), (2.0, 1.0)] {
            let mut samples = voice(seconds, RATE).samples;
            samples.iter_mut().for_each(|s| *s *= gain);
            finish_sentence(&mut samples, RATE);
            assert!((of(&samples) - TARGET).abs() < 0.5, "{}", of(&samples));
            assert!(peak(&samples) <= CEILING);
        }
    }

    #[test]
    fn a_burst_is_softened_and_moves_nothing_else() {
        let mut plain = voice(2.0, RATE).samples;
        let mut burst = plain.clone();
        // Five milliseconds, eight times as high as the vowels.
        burst[8000..8080].copy_from_slice(&noise(4.0, 0.005, RATE).samples);
        finish_sentence(&mut plain, RATE);
        finish_sentence(&mut burst, RATE);
        assert!(peak(&burst) <= CEILING + 1e-6);
        let power = |samples: &[f32]| samples.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>();
        let change = 10.0 * (power(&burst[16_000..]) / power(&plain[16_000..])).log10();
        assert!(change.abs() < 1.5, "{change} dB");
    }

    #[test]
    fn both_ends_are_silent() {
        let mut samples = vec![0.5; 1600];
        finish_sentence(&mut samples, RATE);
        assert_eq!((samples[0], samples[1599]), (0.0, 0.0));
        let jump = samples.windows(2).map(|pair| (pair[1] - pair[0]).abs());
        assert!(jump.fold(0.0, f32::max) < 0.05 * samples[800].abs());
        let mut silence = vec![0.0; 100];
        finish_sentence(&mut silence, RATE);
        assert_eq!(silence, [0.0; 100]);
    }
}
