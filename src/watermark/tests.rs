use super::*;
use crate::audio::Audio;

const RATE: u32 = 16_000;

/// Noise whose level rises and falls as that of syllables does.
fn sound(seconds: f64, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..(seconds * f64::from(RATE)) as usize)
        .map(|i| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let white = (state >> 40) as f32 / (1 << 23) as f32 - 1.0;
            let time = i as f32 / RATE as f32;
            0.2 * white * (0.55 + 0.45 * (time * 25.0).sin())
        })
        .collect()
}

fn marked(samples: &[f32], sample_rate: u32, start: u64) -> Vec<f32> {
    let mut marked = samples.to_vec();
    mark(&mut marked, sample_rate, start);
    marked
}

fn verdict(samples: Vec<f32>) -> Verdict {
    let audio = Audio {
        samples,
        sample_rate: RATE,
    };
    verify(&audio).unwrap()
}

#[test]
fn a_mark_is_found_from_any_sample_on_and_nothing_where_there_is_none() {
    let plain = sound(12.0, 1);
    let with = marked(&plain, RATE, 0);
    for start in [0, 1_377, 50_001, 100_003] {
        let part = start..start + 3 * RATE as usize;
        let found = verdict(with[part.clone()].to_vec());
        assert!(found.is_marked && found.chance < 1e-6, "{found:?}");
        assert!(found.can_tell());
        let found = verdict(plain[part].to_vec());
        assert!(!found.is_marked && found.chance > 1e-3, "{found:?}");
        assert!(found.can_tell());
    }
}

#[test]
fn the_change_is_small_and_only_where_the_pattern_is() {
    let plain = sound(3.0, 2);
    let with = marked(&plain, RATE, 0);
    assert_eq!(plain.len(), with.len());
    let power = |samples: &mut dyn Iterator<Item = f32>| samples.map(|x| x * x).sum::<f32>();
    let added = power(&mut plain.iter().zip(&with).map(|(a, b)| b - a));
    let decibels = 10.0 * (added / power(&mut plain.iter().copied())).log10();
    assert!((-25.0..-10.0).contains(&decibels), "{decibels}");
    let tone: Vec<f32> = (0..RATE)
        .map(|i| (i as f32 / RATE as f32 * 6000.0 * std::f32::consts::TAU).sin())
        .collect();
    let middle = 1000..15_000;
    let with = marked(&tone, RATE, 0);
    for (a, b) in tone[middle.clone()].iter().zip(&with[middle]) {
        assert!((a - b).abs() < 1e-3, "{a} became {b}");
    }
}

#[test]
fn nothing_and_very_little_are_marked_without_harm() {
    for length in [0, 1, 3, 100, 1000] {
        for rate in [8_000, 22_050, 48_000] {
            let silence = vec![0.0; length];
            assert_eq!(marked(&silence, rate, 5), silence);
            let plain = sound(1.0, 3)[..length].to_vec();
            assert_eq!(marked(&plain, rate, 777), marked(&plain, rate, 777));
        }
    }
}

#[test]
fn sentences_of_a_speech_bear_one_pattern() {
    let plain = sound(6.0, 4);
    let alone = verdict(marked(&plain[..48_000], RATE, 0)).score;
    let mut joined = marked(&plain[..48_000], RATE, 0);
    joined.extend(marked(&plain[48_000..], RATE, 48_000));
    assert!(verdict(joined).score > 1.2 * alone);
}

#[test]
fn a_timeline_shows_what_was_spliced_in() {
    let mut spliced = sound(9.0, 5);
    spliced.extend(marked(&sound(6.0, 6), RATE, 0));
    spliced.extend(sound(9.0, 7));
    let found = verdict(spliced);
    assert!(found.is_marked, "{found:?}");
    for piece in found.pieces {
        if piece.start >= 9.0 && piece.end <= 15.0 {
            assert!(piece.is_marked, "{piece:?}");
        } else if piece.end <= 9.0 || piece.start >= 15.0 {
            assert!(!piece.is_marked, "{piece:?}");
        }
    }
}

#[test]
fn silence_and_moments_tell_nothing() {
    for samples in [vec![], vec![0.0; 80_000], sound(0.01, 8)] {
        let found = verdict(samples);
        assert!(!found.is_marked && !found.can_tell(), "{found:?}");
        assert_eq!((found.score, found.chance), (0.0, 1.0));
        assert!(found.pieces.is_empty());
    }
}

#[test]
fn what_is_marked_twice_is_found() {
    let plain = sound(3.0, 9);
    for start in [0, 4_321] {
        let twice = marked(&marked(&plain, RATE, 0), RATE, start);
        assert!(verdict(twice).is_marked);
    }
}

#[test]
fn numbers_that_are_no_sound_do_no_harm() {
    for broken in [f32::NAN, f32::INFINITY, f32::MAX] {
        let mut samples = sound(3.0, 10);
        samples[20_000] = broken;
        mark(&mut samples, RATE, 0);
        let mut verifier = Verifier::new();
        verifier.push(&samples);
        assert!(!verifier.finish().is_marked, "{broken}");
    }
}
