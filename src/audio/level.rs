//! The level of speech: the same for references, training data and what is synthesised.

use super::clip::rms;

/// Root mean square of levelled speech: that of every recording in training (`trim_and_level` in
/// `tools/gss/data/cache.py`).
pub const SPEECH_RMS: f64 = 0.07;

/// Speech with high peaks stays below [`SPEECH_RMS`], so that they do not exceed this.
pub const SPEECH_PEAK: f64 = 0.95;

/// Brings speech to [`SPEECH_RMS`], or to what keeps its peaks below [`SPEECH_PEAK`]; silence stays
/// as it is.
pub fn level(samples: &mut [f32]) {
    let peak = samples
        .iter()
        .fold(0f32, |peak, sample| peak.max(sample.abs()));
    if peak == 0.0 {
        return;
    }
    // In f64: the gain of the faintest sounds is beyond f32.
    let gain = (SPEECH_RMS / rms(samples)).min(SPEECH_PEAK / f64::from(peak));
    samples
        .iter_mut()
        .for_each(|sample| *sample = (f64::from(*sample) * gain) as f32);
}

#[cfg(test)]
mod tests {
    use super::super::test_signals::voice;
    use super::*;

    fn peak(samples: &[f32]) -> f64 {
        f64::from(samples.iter().fold(0f32, |peak, s| peak.max(s.abs())))
    }

    #[test]
    fn loud_and_quiet_speech_get_the_same_level() {
        for gain in [1e-40, 1e-3, 0.3, 20.0] {
            let mut samples = voice(1.0, 16_000).samples;
            samples.iter_mut().for_each(|sample| *sample *= gain);
            level(&mut samples);
            assert!((rms(&samples) - SPEECH_RMS).abs() < 1e-6);
            assert!(peak(&samples) <= SPEECH_PEAK);
        }
    }

    #[test]
    fn peaks_bound_the_level() {
        let mut samples = voice(1.0, 16_000).samples;
        samples[1000] = 100.0;
        level(&mut samples);
        assert!((peak(&samples) - SPEECH_PEAK).abs() < 1e-6);
        assert!(rms(&samples) < SPEECH_RMS);
    }

    #[test]
    fn silence_stays_silence() {
        let mut samples = vec![0.0; 100];
        level(&mut samples);
        assert_eq!(samples, [0.0; 100]);
    }
}
