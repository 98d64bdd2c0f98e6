//! Where the taps of a convolution read or write.

/// One tap along one axis: it connects position `i` on the coarse side with
/// `i * stride + offset - padding` on the fine side.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tap {
    pub(super) stride: usize,
    pub(super) offset: usize,
    pub(super) padding: usize,
}

impl Tap {
    /// The positions below `coarse` whose partner is below `fine`, each with that partner.
    pub(super) fn pairs(self, coarse: usize, fine: usize) -> impl Iterator<Item = (usize, usize)> {
        let positions = (0..coarse).map(move |i| (i, i * self.stride + self.offset));
        let inside = move |&(_, padded): &(usize, usize)| {
            padded >= self.padding && padded < fine + self.padding
        };
        let inside = positions.filter(inside);
        inside.map(move |(i, padded)| (i, padded - self.padding))
    }

    /// Reads the fine side where it exists.
    pub(super) fn gather(self, coarse: &mut [f64], fine: &[f64]) {
        for (to, from) in self.pairs(coarse.len(), fine.len()) {
            coarse[to] = fine[from];
        }
    }

    /// Adds to the fine side where it exists.
    pub(super) fn scatter(self, fine: &mut [f64], coarse: &[f64]) {
        for (from, to) in self.pairs(coarse.len(), fine.len()) {
            fine[to] += coarse[from];
        }
    }
}
