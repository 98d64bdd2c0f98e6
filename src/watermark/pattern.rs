//! The pattern: a sign for every cell of time and frequency.

/// Lower edge of the lowest cells: below, the bands of telephones and of speech codecs begin to fail.
pub(super) const LOWEST_HZ: f64 = 125.0;

/// Cells side by side, up to 3.5 kHz, which a telephone still has.
pub(super) const BANDS: usize = 36;

/// Width of a cell, and its length: as wide as a window of that length tells apart.
pub(super) const CELL_HZ: f64 = 93.75;
pub(super) const CELL_SECONDS: f64 = 0.048;

/// Cells in time until the pattern repeats: 6.1 s.
pub(super) const PERIOD: usize = 128;

/// What tells this pattern from others: "gss-wgpu".
const KEY: u64 = 0x6773_732d_7767_7075;

/// Whether a cell is made louder, or else softer: a bit of `SplitMix64`'s function (Steele et al., OOPSLA 2014) of
/// its number.
pub(super) fn is_louder(cell: usize, band: usize) -> bool {
    let number = ((cell % PERIOD) * BANDS + band) as u64;
    let mut z = KEY.wrapping_add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)) & 1 == 0
}

/// A periodic Hann window.
pub(super) fn hann(length: usize) -> Vec<f32> {
    let value = |i: usize| 0.5 - 0.5 * (std::f64::consts::TAU * i as f64 / length as f64).cos();
    (0..length).map(|i| value(i) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_are_even_and_do_not_repeat_before_their_period() {
        let row = |cell| (0..BANDS).map(move |band| is_louder(cell, band));
        let louder = (0..PERIOD).flat_map(row).filter(|&is| is).count();
        let expected = PERIOD * BANDS / 2;
        assert!(
            louder.abs_diff(expected) < 100,
            "{louder} of {}",
            2 * expected
        );
        for shift in 1..PERIOD {
            let same = (0..PERIOD).map(|cell| {
                row(cell)
                    .zip(row(cell + shift))
                    .filter(|(a, b)| a == b)
                    .count()
            });
            let same: usize = same.sum();
            assert!(same.abs_diff(expected) < 200, "{same} agree at {shift}");
        }
        assert!(row(3).eq(row(3 + PERIOD)));
    }
}
