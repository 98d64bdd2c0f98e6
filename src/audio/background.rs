//! What sounds behind the speech of a recording and keeps its frequency: the hum of the mains, the notes of
//! music. A voice's partials move, within a few tenths of a second, by more than a band of these spectra.

use super::MelSpec;
use super::stft::Stft;

/// Seconds of a frame in which notes are looked for, and from one to the next: bands of 8 Hz.
const NOTE_FRAME_SECONDS: f64 = 0.128;
const NOTE_HOP_SECONDS: f64 = 0.032;

/// Notes are looked for between these frequencies, in Hz.
const NOTES_HZ: [f64; 2] = [45.0, 4000.0];

/// A partial stands so far above the median of the bands about it, at either side, and lies at most so far
/// below the loudest of the recording.
const ABOVE_NEIGHBOURS_DB: f64 = 8.0;
const NEIGHBOURS: usize = 12;
const BELOW_LOUDEST_DB: f64 = 55.0;

/// A partial that stays in its band for so many frames is held; two at a time make a note.
const HELD_FRAMES: usize = 10;
const PARTIALS: usize = 2;

/// Seconds of a frame in which hum is looked for, and from one to the next: bands of 4 Hz.
const HUM_FRAME_SECONDS: f64 = 0.256;
const HUM_HOP_SECONDS: f64 = 0.064;

/// Frequencies of mains, in Hz, and how many of their multiples are looked at.
const MAINS_HZ: [f64; 2] = [50.0, 60.0];
const MULTIPLES: u32 = 8;

/// Hum is what is heard in so much of the quietest frames of each band.
const ALWAYS_QUANTILE: f64 = 0.15;

/// The bands from the nearest to the farthest, at either side, that a multiple is compared with.
const APART: [usize; 2] = [4, 8];

/// So many multiples have to stand out.
const STANDING_OUT: usize = 3;

/// What sounds behind the speech.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Background {
    /// Share of the frames with notes, 0..1. Fifty recordings of books had 0 to 0.10, nine of ten at most
    /// 0.02; with music 10 dB below the speech they had 0.01 to 0.6, and nine of ten at least 0.03.
    pub(super) notes: f64,
    /// The frequency of the mains whose hum stands out most, in Hz.
    pub(super) mains: f64,
    /// How far, in dB: the third of its multiples. The recordings had 1 to 8, one of them 12; with hum 20 dB
    /// below the speech 7 to 31, half of them above 17.
    pub(super) hum_db: f64,
}

impl Background {
    /// Listens to a recording that holds more than half a second.
    pub(super) fn of(samples: &[f32], sample_rate: u32) -> Self {
        let (mains, hum_db) = hum(samples, sample_rate);
        Self {
            notes: notes(samples, sample_rate),
            mains,
            hum_db,
        }
    }
}

/// Powers of the bands in dB, frame by frame, and the width of a band in Hz.
fn spectra(samples: &[f32], sample_rate: u32, frame: f64, hop: f64) -> (Vec<Vec<f64>>, f64) {
    let rate = f64::from(sample_rate);
    // Even, as the borders are half of what frame and hop differ by.
    let even = |seconds: f64| 2 * (0.5 * seconds * rate).round() as usize;
    let (n_fft, hop_length) = (even(frame), even(hop));
    let stft = Stft::new(&MelSpec {
        sample_rate,
        n_fft,
        win_length: n_fft,
        hop_length,
        n_mels: 1,
        fmin: 0.0,
        fmax: 0.5 * rate,
        log_floor: 1e-5,
    });
    let mut frames = Vec::new();
    if samples.len() > n_fft {
        stft.analyse(samples, |_, spectrum| {
            let db =
                |bin: &realfft::num_complex::Complex<f64>| 10.0 * (bin.norm_sqr() + 1e-12).log10();
            frames.push(spectrum.iter().map(db).collect());
        });
    }
    (frames, rate / n_fft as f64)
}

/// Share of the frames in which at least [`PARTIALS`] partials are held.
fn notes(samples: &[f32], sample_rate: u32) -> f64 {
    let (frames, width) = spectra(samples, sample_rate, NOTE_FRAME_SECONDS, NOTE_HOP_SECONDS);
    let Some(bands) = frames.first().map(Vec::len) else {
        return 0.0;
    };
    let [lowest, highest] = NOTES_HZ.map(|hz| (hz / width) as usize);
    let highest = highest.min(bands - NEIGHBOURS - 1);
    let loudest = frames.iter().flatten().copied().fold(f64::MIN, f64::max);
    let mut held = vec![0; bands];
    let mut with_notes = 0;
    for db in &frames {
        let mut partials = 0;
        for band in lowest..highest {
            let is_partial = db[band] > loudest - BELOW_LOUDEST_DB
                && db[band] >= db[band - 1]
                && db[band] >= db[band + 1]
                && db[band] > median_about(db, band) + ABOVE_NEIGHBOURS_DB;
            held[band] = if is_partial { held[band] + 1 } else { 0 };
            partials += usize::from(held[band] >= HELD_FRAMES);
        }
        with_notes += usize::from(partials >= PARTIALS);
    }
    with_notes as f64 / frames.len() as f64
}

fn median_about(db: &[f64], band: usize) -> f64 {
    let mut about: Vec<_> = db[band.saturating_sub(NEIGHBOURS)..=band + NEIGHBOURS].to_vec();
    median(&mut about)
}

fn median(values: &mut [f64]) -> f64 {
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f64::total_cmp).1
}

/// The mains whose multiples stand out most from the bands beside them, at the level that each band always
/// has, and how far its third does.
fn hum(samples: &[f32], sample_rate: u32) -> (f64, f64) {
    let (frames, width) = spectra(samples, sample_rate, HUM_FRAME_SECONDS, HUM_HOP_SECONDS);
    let Some(bands) = frames.first().map(Vec::len) else {
        return (MAINS_HZ[0], 0.0);
    };
    let place = (ALWAYS_QUANTILE * (frames.len() - 1) as f64) as usize;
    let always: Vec<_> = (0..bands)
        .map(|band| {
            let mut levels: Vec<_> = frames.iter().map(|db| db[band]).collect();
            *levels.select_nth_unstable_by(place, f64::total_cmp).1
        })
        .collect();
    let stands_out = |hz: f64| {
        let band = (hz / width).round() as usize;
        let level = always[band - 1..=band + 1]
            .iter()
            .copied()
            .fold(f64::MIN, f64::max);
        let [near, far] = APART;
        let mut beside = always[band.saturating_sub(far)..=band.saturating_sub(near)].to_vec();
        beside.extend_from_slice(&always[band + near..=band + far]);
        level - median(&mut beside)
    };
    let third = |mains: f64| {
        let mut multiples: Vec<_> = (1..=MULTIPLES)
            .map(|k| stands_out(f64::from(k) * mains))
            .collect();
        multiples.sort_unstable_by(|a, b| b.total_cmp(a));
        (mains, multiples[STANDING_OUT - 1])
    };
    let [a, b] = MAINS_HZ.map(third);
    if a.1 >= b.1 { a } else { b }
}

#[cfg(test)]
mod tests {
    use super::super::Audio;
    use super::super::test_signals::{noise, tone, voice};
    use super::*;

    const RATE: u32 = 16_000;

    /// A voice with these beside it.
    fn with(others: &[Audio]) -> Background {
        let mut samples = voice(6.0, RATE).samples;
        for other in others {
            for (sample, other) in samples.iter_mut().zip(&other.samples) {
                *sample += other;
            }
        }
        Background::of(&samples, RATE)
    }

    /// A note with overtones.
    fn note(hz: f64, amplitude: f64, seconds: f64) -> Vec<Audio> {
        (1..=7)
            .map(|k| tone(hz * f64::from(k), amplitude / f64::from(k), seconds, RATE))
            .collect()
    }

    #[test]
    fn a_voice_alone_and_in_noise_has_neither_notes_nor_hum() {
        for others in [vec![], vec![noise(0.02, 6.0, RATE)]] {
            let found = with(&others);
            assert!(found.notes < 0.02 && found.hum_db < 8.0, "{found:?}");
        }
    }

    #[test]
    fn hum_is_told_with_its_frequency() {
        for mains in MAINS_HZ {
            let found = with(&note(mains, 0.01, 6.0));
            assert!(found.hum_db > 12.0, "{found:?}");
            assert_eq!(found.mains, mains);
        }
    }

    #[test]
    fn notes_are_told() {
        let mut chord = note(262.0, 0.06, 6.0);
        chord.extend(note(330.0, 0.06, 6.0));
        let found = with(&chord);
        assert!(found.notes > 0.3, "{found:?}");
    }

    #[test]
    fn the_shortest_recordings_have_nothing() {
        let found = Background::of(&[0.1; 100], RATE);
        assert_eq!((found.notes, found.hum_db), (0.0, 0.0));
    }
}
