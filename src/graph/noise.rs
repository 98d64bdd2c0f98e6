//! Noise of the reverse diffusion: Philox 4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random
//! numbers: as easy as 1, 2, 3", SC'11) and Box-Muller, as [`super::DiffusionUpdate`] defines it.
//!
//! The generator is counter-based: a number depends on its key and position alone, so every adapter
//! and this reference draw the same integers in any order.

/// Multipliers of the two halves of a round.
const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
/// Added to the key after each round: the golden ratio and `sqrt(3) - 1` as 32-bit fractions.
const KEY_STEPS: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
const ROUNDS: usize = 10;

/// Four random words for a counter under a key.
#[must_use]
pub fn philox4x32(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    let (mut words, mut key) = (counter, key);
    for _ in 0..ROUNDS {
        let (high0, low0) = wide_product(MULTIPLIERS[0], words[0]);
        let (high1, low1) = wide_product(MULTIPLIERS[1], words[2]);
        words = [
            high1 ^ words[1] ^ key[0],
            low1,
            high0 ^ words[3] ^ key[1],
            low0,
        ];
        key = [
            key[0].wrapping_add(KEY_STEPS[0]),
            key[1].wrapping_add(KEY_STEPS[1]),
        ];
    }
    words
}

/// A standard normal number for one element: `seed` low word first, `stream` 0 for the start and
/// step + 1 for the steps of a reverse diffusion.
#[must_use]
pub fn standard_normal(seed: [u32; 2], column: u32, row: u32, stream: u32) -> f64 {
    let words = philox4x32([column, row, stream, 0], seed);
    let [u1, u2] = [words[0], words[1]].map(uniform);
    (-2.0 * u1.ln()).sqrt() * (std::f64::consts::TAU * u2).cos()
}

/// The upper 24 bits as the middle of one of 2^24 intervals of (0, 1), so that its logarithm is finite.
fn uniform(word: u32) -> f64 {
    (f64::from(word >> 8) + 0.5) / 16_777_216.0
}

/// High and low word of a 64-bit product.
fn wide_product(a: u32, b: u32) -> (u32, u32) {
    let bytes = (u64::from(a) * u64::from(b)).to_be_bytes();
    let word =
        |at: usize| u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    (word(0), word(4))
}

#[cfg(test)]
mod tests {
    use super::{philox4x32, standard_normal};

    /// The known answers of the Random123 distribution for `philox4x32` with 10 rounds.
    #[test]
    fn philox_gives_the_published_answers() {
        let answers = [
            (
                [0; 4],
                [0; 2],
                [0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8],
            ),
            (
                [u32::MAX; 4],
                [u32::MAX; 2],
                [0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD],
            ),
            (
                [0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344],
                [0xA409_3822, 0x299F_31D0],
                [0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1],
            ),
        ];
        for (counter, key, expected) in answers {
            assert_eq!(philox4x32(counter, key), expected, "{counter:x?}");
        }
    }

    #[test]
    fn normal_numbers_have_the_moments_of_a_normal_distribution() {
        let numbers: Vec<_> = (0..40_000)
            .map(|i| standard_normal([1, 2], i % 200, i / 200, 3))
            .collect();
        let count = f64::from(40_000);
        let moment = |power| numbers.iter().map(|z: &f64| z.powi(power)).sum::<f64>() / count;
        // Five standard errors of each moment's estimate at this sample size.
        assert!(moment(1).abs() < 5.0 * (1.0 / count).sqrt());
        assert!((moment(2) - 1.0).abs() < 5.0 * (2.0 / count).sqrt());
        assert!(moment(3).abs() < 5.0 * (15.0 / count).sqrt());
        assert!((moment(4) - 3.0).abs() < 5.0 * (96.0 / count).sqrt());
    }

    #[test]
    fn every_part_of_the_position_changes_the_number() {
        let reference = standard_normal([1, 2], 3, 4, 5);
        let others = [
            standard_normal([0, 2], 3, 4, 5),
            standard_normal([1, 0], 3, 4, 5),
            standard_normal([1, 2], 0, 4, 5),
            standard_normal([1, 2], 3, 0, 5),
            standard_normal([1, 2], 3, 4, 0),
        ];
        for other in others {
            assert!((reference - other).abs() > 1e-6);
        }
    }
}
