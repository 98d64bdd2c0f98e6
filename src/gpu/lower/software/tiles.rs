//! Blocks of channels of a subgroup; see `shaders/software/common/block.wgsl`.

/// Output channels whose weights a subgroup loads together.
pub(super) const BLOCK: usize = 16;
/// Columns that one invocation computes.
pub(super) const RUN: usize = 8;

/// Whether an invocation computes two blocks of so many output channels, and how many channels that is.
pub(super) const fn width(outputs: usize) -> (bool, usize) {
    let wide = outputs > BLOCK;
    (wide, if wide { 2 * BLOCK } else { BLOCK })
}

/// The subgroups of one grid: so many output channels, so many runs of positions.
pub(super) fn tiles(outputs: usize, width: usize, runs: usize) -> [(&'static str, usize); 2] {
    [("TILES", outputs.div_ceil(width)), ("LANES", runs)]
}
