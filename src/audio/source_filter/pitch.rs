//! A contour of pitch out of distributions over pitches: the likeliest path (Viterbi), refined
//! between the bins, and its interpolation in time.

use super::SourceFilterSpec;

/// What a movement of one bin from a frame to the next costs, in nats.
const MOVEMENT_COST: f64 = 0.25;

/// Bins at each side of the chosen one that take part in its refinement.
const REFINEMENT_REACH: usize = 3;

/// The pitch of each frame in Hz, also of those that are unvoiced: the path runs on through them.
///
/// `logits` is `[1 + pitch_bins, frames]`, row-major: "unvoiced", then each pitch.
pub(super) fn contour(spec: &SourceFilterSpec, logits: &[f32], frames: usize) -> Vec<f64> {
    let likelihoods: Vec<Vec<f64>> = (0..frames)
        .map(|frame| likelihoods(logits.iter().skip(frame).step_by(frames)))
        .collect();
    likeliest_path(&likelihoods)
        .into_iter()
        .zip(&likelihoods)
        .map(|(bin, likelihoods)| spec.pitch(refined(likelihoods, bin)))
        .collect()
}

/// The likelihood of each pitch by the logits of one frame: its softmax, and an equal share of
/// the probability of "unvoiced", which says nothing about the pitch.
fn likelihoods<'a>(logits: impl Iterator<Item = &'a f32>) -> Vec<f64> {
    let mut weights: Vec<f64> = logits.map(|&logit| f64::from(logit)).collect();
    let largest = weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    for weight in &mut weights {
        *weight = (*weight - largest).exp();
    }
    let sum: f64 = weights.iter().sum();
    let unvoiced = weights.remove(0);
    let share = unvoiced / weights.len() as f64;
    for weight in &mut weights {
        *weight = (*weight + share) / sum;
    }
    weights
}

/// The path of largest sum of log likelihoods less [`MOVEMENT_COST`] for each bin moved.
fn likeliest_path(likelihoods: &[Vec<f64>]) -> Vec<usize> {
    let bins = likelihoods.first().map_or(0, Vec::len);
    let mut scores = vec![0.0; bins];
    let origins: Vec<Vec<usize>> = likelihoods
        .iter()
        .map(|likelihoods| {
            let origins = move_to_best(&mut scores);
            for (score, likelihood) in scores.iter_mut().zip(likelihoods) {
                *score += likelihood.ln();
            }
            origins
        })
        .collect();
    let mut bin = (1..bins).fold(0, |best, bin| {
        if scores[bin] > scores[best] {
            bin
        } else {
            best
        }
    });
    let mut path = vec![0; origins.len()];
    for (place, origins) in path.iter_mut().zip(&origins).rev() {
        *place = bin;
        bin = origins[bin];
    }
    path
}

/// Replaces each score by the best that can be had by moving there, `max_j (scores[j] -
/// MOVEMENT_COST |i - j|)`, and returns each best `j`. Equal scores rather stay, or come from below.
///
/// The distance transform of Felzenszwalb and Huttenlocher, "Distance transforms of sampled
/// functions" (Theory of Computing 2012), for the distance in L1: one pass up and one down.
fn move_to_best(scores: &mut [f64]) -> Vec<usize> {
    let bins = scores.len();
    let mut origins: Vec<usize> = (0..bins).collect();
    let mut offer = |from: usize, to: usize| {
        let moved = scores[from] - MOVEMENT_COST;
        if moved > scores[to] {
            scores[to] = moved;
            origins[to] = origins[from];
        }
    };
    for bin in 1..bins {
        offer(bin - 1, bin);
    }
    for bin in (1..bins).rev() {
        offer(bin, bin - 1);
    }
    origins
}

/// The mean of the bins about the chosen one, weighted by their likelihoods.
fn refined(likelihoods: &[f64], bin: usize) -> f64 {
    let first = bin.saturating_sub(REFINEMENT_REACH);
    let (mut sum, mut weighted) = (0.0, 0.0);
    for (index, likelihood) in likelihoods
        .iter()
        .enumerate()
        .take(bin + REFINEMENT_REACH + 1)
        .skip(first)
    {
        sum += likelihood;
        weighted += likelihood * index as f64;
    }
    weighted / sum
}

/// `values`, each of which lies in the middle of its interval, at `n` times as many points that
/// lie in the middle of theirs: linear between the middles, constant beyond the first and last.
pub(super) fn upsample(values: &[f64], n: usize) -> Vec<f64> {
    let last = values.len().saturating_sub(1);
    (0..values.len() * n)
        .map(|i| {
            let position = ((i as f64 + 0.5) / n as f64 - 0.5).clamp(0.0, last as f64);
            let before = position as usize;
            let after = (before + 1).min(last);
            let fraction = position - before as f64;
            values[before] + (values[after] - values[before]) * fraction
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::spec;
    use super::*;
    use crate::random::{SplitMix64, unit};

    /// Logits `[1 + 180, frames]` of frames that each are sure of a bin, or of being unvoiced.
    fn logits(frames: &[Option<usize>]) -> Vec<f32> {
        let mut logits = vec![0.0; 181 * frames.len()];
        for (frame, bin) in frames.iter().enumerate() {
            logits[bin.map_or(0, |bin| 1 + bin) * frames.len() + frame] = 10.0;
        }
        logits
    }

    fn bins(frames: &[Option<usize>]) -> Vec<f64> {
        contour(&spec(), &logits(frames), frames.len())
            .into_iter()
            .map(|pitch| (pitch / 55.0).log2() * 50.0)
            .collect()
    }

    #[test]
    fn a_steady_pitch_is_found() {
        for bin in [0, 1, 90, 179] {
            for found in bins(&[Some(bin); 4]) {
                assert!((found - bin as f64).abs() < 0.01, "{bin}: {found}");
            }
        }
    }

    #[test]
    fn a_glide_is_followed() {
        let frames: Vec<_> = (0..20).map(|frame| Some(40 + 4 * frame)).collect();
        for (found, asked) in bins(&frames).into_iter().zip(&frames) {
            assert!((found - asked.unwrap() as f64).abs() < 0.01, "{found}");
        }
    }

    #[test]
    fn a_lone_octave_error_is_ignored() {
        let mut frames = [Some(60); 9];
        frames[4] = Some(110);
        for found in bins(&frames) {
            assert!((found - 60.0).abs() < 0.1, "{found}");
        }
    }

    #[test]
    fn a_leap_that_stays_is_followed() {
        let found = bins(&[[Some(60); 9], [Some(110); 9]].concat());
        assert!((found[8] - 60.0).abs() < 0.1 && (found[9] - 110.0).abs() < 0.1);
    }

    #[test]
    fn unvoiced_frames_are_bridged() {
        let frames = [[Some(60); 5], [None; 5], [Some(70); 5]].concat();
        let found = bins(&frames);
        assert!((found[4] - 60.0).abs() < 0.1 && (found[10] - 70.0).abs() < 0.1);
        for pitch in &found[5..10] {
            assert!((59.9..70.1).contains(pitch), "{pitch}");
        }
    }

    #[test]
    fn a_pitch_between_two_bins_is_met() {
        let mut logits = logits(&[Some(60); 3]);
        for value in &mut logits[62 * 3..63 * 3] {
            *value = 10.0;
        }
        for pitch in contour(&spec(), &logits, 3) {
            let bin = (pitch / 55.0).log2() * 50.0;
            assert!((bin - 60.5).abs() < 0.01, "{bin}");
        }
    }

    #[test]
    fn likelihoods_are_probabilities() {
        let found = likelihoods([1f32, 2.0, 0.5, -1.0].iter());
        assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let sum: f64 = [1f64, 2.0, 0.5, -1.0].iter().map(|x| x.exp()).sum();
        let first = (2f64.exp() + 1f64.exp() / 3.0) / sum;
        assert!((found[0] - first).abs() < 1e-12);
        // Far apart, as an untrained network's may be.
        let found = likelihoods([-1e30f32, 1e30, 0.0].iter());
        assert_eq!(found, [1.0, 0.0]);
    }

    #[test]
    fn the_distance_transform_is_brute_force() {
        let mut random = SplitMix64(1);
        for bins in [1, 2, 3, 50] {
            let before: Vec<f64> = (0..bins)
                .map(|_| f64::from(10.0 * unit(random.next())))
                .collect();
            let mut scores = before.clone();
            let origins = move_to_best(&mut scores);
            for (bin, (&score, &origin)) in scores.iter().zip(&origins).enumerate() {
                let moved = |from: usize| before[from] - 0.25 * from.abs_diff(bin) as f64;
                let best = (0..bins).map(moved).fold(f64::NEG_INFINITY, f64::max);
                assert!((score - best).abs() < 1e-12, "{score} for {best}");
                assert!((moved(origin) - best).abs() < 1e-12, "{origin} to {bin}");
            }
        }
    }

    #[test]
    fn equal_scores_stay_or_come_from_below() {
        let mut scores = [1.0, 0.75, 0.5, 0.75, 1.0];
        assert_eq!(move_to_best(&mut scores), [0, 1, 2, 3, 4]);
        let mut scores = [1.0, 0.0, 1.0];
        assert_eq!(move_to_best(&mut scores), [0, 0, 2]);
    }

    #[test]
    fn upsampling_is_linear_between_the_middles() {
        let found = upsample(&[100.0, 200.0], 4);
        let wanted = [100.0, 100.0, 112.5, 137.5, 162.5, 187.5, 200.0, 200.0];
        assert_eq!(found, wanted);
        assert_eq!(upsample(&[100.0], 3), [100.0; 3]);
        assert!(upsample(&[], 3).is_empty());
    }
}
