//! Where in a clip there is sound, by the level of short blocks.

use std::ops::Range;

use super::clip::rms;

/// Length of a block in seconds, as in the preparation of the training data.
const BLOCK_SECONDS: f64 = 0.010;

/// Level of a block of zeros in dB relative to full scale; 16-bit noise lies above it.
const LOWEST_DBFS: f64 = -100.0;

/// A clip's level over time.
pub(super) struct Levels {
    /// Root mean square of each whole block, in dB relative to full scale.
    dbfs: Vec<f64>,
    /// Samples of a block.
    block: usize,
}

impl Levels {
    pub(super) fn new(samples: &[f32], sample_rate: u32) -> Self {
        let block = (BLOCK_SECONDS * f64::from(sample_rate)) as usize;
        let level = |block: &[f32]| (20.0 * rms(block).log10()).max(LOWEST_DBFS);
        Self {
            dbfs: samples.chunks_exact(block).map(level).collect(),
            block,
        }
    }

    /// The level of the loudest block.
    pub(super) fn peak(&self) -> f64 {
        self.dbfs.iter().copied().fold(LOWEST_DBFS, f64::max)
    }

    /// The level that so many of the blocks (0..1) do not exceed, interpolated linearly between
    /// neighbours.
    pub(super) fn quantile(&self, share: f64) -> f64 {
        let mut sorted = self.dbfs.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let Some(last) = sorted.len().checked_sub(1) else {
            return LOWEST_DBFS;
        };
        let place = share * last as f64;
        let below = place as usize;
        let above = (below + 1).min(last);
        sorted[below] + (sorted[above] - sorted[below]) * (place - below as f64)
    }

    /// The samples from the first block above `threshold` to the end of the last; `None` where no
    /// block is above it.
    pub(super) fn sounding(&self, threshold: f64) -> Option<Range<usize>> {
        let above = |level: &f64| *level > threshold;
        let first = self.dbfs.iter().position(above)?;
        let last = self.dbfs.iter().rposition(above)?;
        Some(first * self.block..(last + 1) * self.block)
    }

    /// How many samples lie in blocks above `threshold`.
    pub(super) fn samples_above(&self, threshold: f64) -> usize {
        self.dbfs.iter().filter(|&&level| level > threshold).count() * self.block
    }

    /// The middle of the quietest block within `range`; `None` where no whole block is.
    pub(super) fn quietest(&self, range: Range<usize>) -> Option<usize> {
        let blocks = range.start.div_ceil(self.block)..range.end / self.block;
        blocks
            .filter(|&block| block < self.dbfs.len())
            .min_by(|&a, &b| self.dbfs[a].total_cmp(&self.dbfs[b]))
            .map(|block| block * self.block + self.block / 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocks of one second's hundredth with these levels in dB.
    fn levels(dbfs: &[f64]) -> Levels {
        let amplitude = |db: &f64| 10f64.powf(db / 20.0) as f32;
        let samples: Vec<f32> = dbfs.iter().flat_map(|db| [amplitude(db); 160]).collect();
        Levels::new(&samples, 16_000)
    }

    #[test]
    fn blocks_are_measured_and_found() {
        let levels = levels(&[-90.0, -20.0, -50.0, -10.0, -90.0]);
        assert!((levels.peak() + 10.0).abs() < 1e-4);
        assert_eq!(levels.sounding(-30.0), Some(160..640));
        assert_eq!(levels.sounding(-5.0), None);
        assert_eq!(levels.samples_above(-30.0), 320);
        assert_eq!(levels.quietest(160..640), Some(400));
        assert_eq!(levels.quietest(200..300), None);
    }

    #[test]
    fn quantiles_are_interpolated() {
        let levels = levels(&[-10.0, -50.0, -30.0]);
        for (share, wanted) in [(0.0, -50.0), (0.5, -30.0), (0.75, -20.0), (1.0, -10.0)] {
            assert!((levels.quantile(share) - wanted).abs() < 1e-4, "{share}");
        }
        assert_eq!(Levels::new(&[], 16_000).quantile(0.5), LOWEST_DBFS);
    }
}
