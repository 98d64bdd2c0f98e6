//! Mels and controls in, samples out.

use super::super::MelExtractor;
use super::super::filterbank::Filterbank;
use super::super::test_signals::spec as mel_spec;
use super::*;

/// The settings of the 16 kHz model.
pub(super) fn spec() -> SourceFilterSpec {
    SourceFilterSpec {
        steps_per_frame: 2,
        pitch_bins: 180,
        lowest_pitch: 55.0,
        pitch_cents: 24.0,
    }
}

/// A correction that silences a source.
const SILENT: f32 = -30.0;

/// Controls that give each source the same correction everywhere and are sure of one pitch.
fn controls(
    mel: &MelSpec,
    spec: &SourceFilterSpec,
    frames: usize,
    (pulses, noise): (f32, f32),
    bin: usize,
) -> Vec<f32> {
    let of_source = spec.steps_per_frame * mel.n_mels;
    let mut controls = vec![0.0; spec.channels(mel.n_mels) * frames];
    controls[..of_source * frames].fill(pulses);
    controls[of_source * frames..2 * of_source * frames].fill(noise);
    let row = 2 * of_source + 1 + bin;
    controls[row * frames..(row + 1) * frames].fill(50.0);
    controls
}

/// A mel that falls by six nats from the lowest band to the highest, from the magnitude `exp(4)`.
fn falling_mel(spec: &MelSpec, frames: usize) -> Mel {
    let sums = Filterbank::new(spec).sums();
    let row = |(band, sum): (usize, &f64)| {
        let value = 4.0 - 6.0 * band as f64 / spec.n_mels as f64 + sum.ln();
        vec![value as f32; frames]
    };
    let data = sums.iter().enumerate().flat_map(row).collect();
    Mel::new(data, spec.n_mels, frames).unwrap()
}

/// Each band's mean over the inner frames of what the result's mel has more than the one asked for.
fn excess(mel_spec: &MelSpec, spec: &SourceFilterSpec, gains: (f32, f32), bin: usize) -> Vec<f64> {
    let frames = 300;
    let asked = falling_mel(mel_spec, frames);
    let controls = controls(mel_spec, spec, frames, gains, bin);
    let vocoder = SourceFilter::new(mel_spec, spec).unwrap();
    let audio = vocoder.render_unmarked(&asked, &controls, 5).unwrap();
    assert_eq!(audio.samples.len(), frames * mel_spec.hop_length);
    let found = MelExtractor::new(mel_spec)
        .unwrap()
        .extract(&audio)
        .unwrap();
    let inner = 5..frames - 5;
    let mean = |band| {
        let sum: f64 = inner
            .clone()
            .map(|frame| f64::from(found.at(band, frame) - asked.at(band, frame)))
            .sum();
        sum / inner.len() as f64
    };
    (0..mel_spec.n_mels).map(mean).collect()
}

/// Settings that differ in everything that lengths depend on.
fn settings() -> [(MelSpec, SourceFilterSpec); 4] {
    let steps = |steps_per_frame| SourceFilterSpec {
        steps_per_frame,
        ..spec()
    };
    let other = MelSpec {
        sample_rate: 22_050,
        n_fft: 2048,
        win_length: 1200,
        hop_length: 300,
        ..mel_spec()
    };
    [
        (mel_spec(), steps(2)),
        (mel_spec(), steps(1)),
        (mel_spec(), steps(4)),
        (other, steps(3)),
    ]
}

/// The mean logarithm of a Gaussian spectrum's magnitude lies below that of its power: by half of
/// Euler's constant, 0.289, where a band sees one bin, and by `ln(sqrt(pi) / 2)`, 0.121, where it
/// sees the mean of many.
#[test]
fn the_mel_of_noise_is_the_mel_asked_for() {
    for (mel_spec, spec) in settings() {
        let excess = excess(&mel_spec, &spec, (SILENT, 0.0), 90);
        for (band, excess) in excess.into_iter().enumerate() {
            assert!(
                (-0.289 - 0.04..-0.121 + 0.04).contains(&excess),
                "band {band} has {excess:.3} more at {spec:?}"
            );
        }
    }
}

/// Where bands are wider than the pitch: a harmonic of the amplitude `2 sqrt(f / sample_rate)`
/// adds `n_fft / 2` of it to the sum of the magnitudes (a Hann window is one in its middle), and
/// there is one in `f n_fft / sample_rate` bins. With the vocoder's gain, the mean magnitude is
/// `sqrt(sample_rate / (f win_length 3 / 8))`, and a pulse train's mel that much below its power's.
#[test]
fn the_mel_of_pulses_is_the_mel_asked_for() {
    for (mel_spec, spec) in settings() {
        let window_power = mel_spec.win_length as f64 * HANN_POWER;
        let magnitude = (f64::from(mel_spec.sample_rate) / (110.0 * window_power)).sqrt();
        let excess = excess(&mel_spec, &spec, (0.0, SILENT), 50);
        // A single band has more or less by where the harmonics meet its triangle.
        for (ten, bands) in excess[50..].chunks_exact(10).enumerate() {
            let mean = bands.iter().sum::<f64>() / 10.0;
            assert!(
                (mean - magnitude.ln()).abs() < 0.06,
                "the ten bands from {} have {mean:.3} more at {spec:?}",
                50 + 10 * ten
            );
        }
    }
}

#[test]
fn pulses_have_the_pitch_asked_for() {
    // Bin 100 is 220 Hz: two octaves above the lowest.
    let controls = controls(&mel_spec(), &spec(), 60, (0.0, SILENT), 100);
    let vocoder = SourceFilter::new(&mel_spec(), &spec()).unwrap();
    let mel = falling_mel(&mel_spec(), 60);
    let samples = vocoder.render_unmarked(&mel, &controls, 0).unwrap().samples;
    let likeness = |lag: usize| {
        let pairs = samples[..12_000].iter().zip(&samples[lag..]);
        pairs.map(|(a, b)| f64::from(a * b)).sum::<f64>()
    };
    // 72.7 samples, or a whole number of periods: the shortest is the loudest of its size.
    let best = (40..110).max_by(|&a, &b| likeness(a).total_cmp(&likeness(b)));
    assert_eq!(best, Some(73));
    // Eleven periods are 800 samples.
    assert!(likeness(800) > 0.98 * likeness(0));
}

#[test]
fn the_seed_decides_the_noise_alone() {
    let vocoder = SourceFilter::new(&mel_spec(), &spec()).unwrap();
    let mel = falling_mel(&mel_spec(), 10);
    let render = |gains, seed| {
        let controls = controls(&mel_spec(), &spec(), 10, gains, 90);
        vocoder.render_unmarked(&mel, &controls, seed).unwrap()
    };
    assert_eq!(render((0.0, 0.0), 1), render((0.0, 0.0), 1));
    assert_ne!(render((0.0, 0.0), 1), render((0.0, 0.0), 2));
    // The exponential of this is zero.
    let silenced = (0.0, -1000.0);
    assert_eq!(render(silenced, 1), render(silenced, 2));
}

#[test]
fn one_frame_is_enough() {
    for (mel_spec, spec) in settings() {
        let vocoder = SourceFilter::new(&mel_spec, &spec).unwrap();
        let controls = controls(&mel_spec, &spec, 1, (0.0, 0.0), 0);
        let audio = vocoder
            .render_unmarked(&falling_mel(&mel_spec, 1), &controls, 0)
            .unwrap();
        assert_eq!(audio.samples.len(), mel_spec.hop_length);
        assert_eq!(audio.sample_rate, mel_spec.sample_rate);
        assert!(audio.samples.iter().all(|sample| sample.is_finite()));
        assert!(audio.samples.iter().any(|sample| sample.abs() > 0.01));
    }
}

#[test]
fn unfit_sizes_are_refused() {
    let vocoder = SourceFilter::new(&mel_spec(), &spec()).unwrap();
    let mel = Mel::new(vec![0.0; 40 * 3], 40, 3).unwrap();
    assert!(matches!(
        vocoder.render_unmarked(&mel, &[0.0; 501 * 3], 0),
        Err(AudioError::Mel(_))
    ));
    let mel = falling_mel(&mel_spec(), 3);
    for length in [0, 501, 501 * 3 - 1, 501 * 4] {
        let error = vocoder
            .render_unmarked(&mel, &vec![0.0; length], 0)
            .unwrap_err();
        let wanted = format!("the controls have {length} values where [501, 3] needs the product");
        assert_eq!(error.to_string(), wanted);
    }
}

#[test]
fn nothing_panics_where_numbers_break() {
    let vocoder = SourceFilter::new(&mel_spec(), &spec()).unwrap();
    for broken in [
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::MAX,
        f32::MIN,
    ] {
        for value in [f32::MIN, 0.0, f32::MAX] {
            let mel = Mel::new(vec![value; 80 * 4], 80, 4).unwrap();
            let audio = vocoder
                .render_unmarked(&mel, &[broken; 501 * 4], 0)
                .unwrap();
            assert_eq!(audio.samples.len(), 4 * 256);
        }
        let mut controls = controls(&mel_spec(), &spec(), 4, (0.0, 0.0), 90);
        controls[500 * 4 + 2] = broken;
        let audio = vocoder
            .render_unmarked(&falling_mel(&mel_spec(), 4), &controls, 0)
            .unwrap();
        assert_eq!(audio.samples.len(), 4 * 256);
    }
}
