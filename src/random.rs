//! Random numbers where a few lines suffice: starting phases, weights to measure with, numbers to test
//! with. The noise of the diffusion is another matter: see `graph::noise`.

/// The generator `SplitMix64` (Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
/// OOPSLA 2014), by its state.
#[derive(Debug)]
pub(crate) struct SplitMix64(pub(crate) u64);

impl SplitMix64 {
    /// The next 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// The upper 24 bits of a word, uniform in `0..1`.
#[expect(clippy::cast_precision_loss, reason = "24 bits are exact in f32")]
pub(crate) fn unit(word: u64) -> f32 {
    (word >> 40) as f32 / 16_777_216.0
}

#[cfg(test)]
mod tests {
    use super::{SplitMix64, unit};

    /// The first numbers of the authors' implementation for the seed 1234567.
    #[test]
    fn the_known_numbers_come() {
        let mut random = SplitMix64(1_234_567);
        assert_eq!(random.next(), 6_457_827_717_110_365_317);
        assert_eq!(random.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn units_are_below_one() {
        assert_eq!(unit(0), 0.0);
        assert!(unit(u64::MAX) < 1.0);
    }
}
