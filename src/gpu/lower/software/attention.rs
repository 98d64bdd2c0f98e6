//! Linear attention.

use super::pairs::takes_pairs;
use super::tiles::{BLOCK, RUN, tiles};
use crate::gpu::capabilities::Capabilities;
use crate::gpu::lower::dispatch::{Dispatch, Operand};
use crate::gpu::lower::node::Lowering;
use crate::graph::Shape;

/// Value channels that a subgroup takes together, `VALUES` of
/// `shaders/software/linear_attention_context_pairs.wgsl`.
const CONTEXT_VALUES: usize = 32;
/// Columns of a turn of its loop.
const CONTEXT_COLUMNS: usize = 4;
/// llvmpipe, the adapter that these kernels are for, ends the loops of an invocation after so many
/// turns of all of them together (`LP_MAX_TGSI_LOOP_ITERATIONS` in Mesa).
const MOST_TURNS: usize = 65_535;

/// The kernel of the keys' statistics, where the adapter and their shape allow.
pub(in crate::gpu::lower) fn statistics(
    capabilities: Capabilities,
    qkv: Shape,
) -> Option<&'static str> {
    takes_pairs(capabilities, qkv).then_some("linear_attention_statistics_pairs")
}

/// The kernel of the context, where a subgroup can sum it over all positions alone.
pub(in crate::gpu::lower) fn context(
    capabilities: Capabilities,
    qkv: Shape,
    context: Shape,
) -> Option<&'static str> {
    let fits = takes_pairs(capabilities, qkv)
        && context.w.is_multiple_of(CONTEXT_VALUES)
        && qkv.h * (qkv.w.div_ceil(CONTEXT_COLUMNS) + 1) < MOST_TURNS;
    fits.then_some("linear_attention_context_pairs")
}

/// The queries' products with the context, where its heads are whole blocks of channels.
pub(in crate::gpu::lower) fn apply(
    node: &Lowering<'_>,
    operands: [(&'static str, Operand); 3],
    context: Shape,
) -> Option<Dispatch> {
    let (y, dim) = (node.output(), context.w);
    if !takes_pairs(node.capabilities, y) || !dim.is_multiple_of(BLOCK) {
        return None;
    }
    let wide = dim.is_multiple_of(2 * BLOCK);
    let width = if wide { 2 * BLOCK } else { BLOCK };
    let positions = y.h * y.w;
    let outputs = y.n * y.c;
    let dispatch = node
        .stage("linear_attention_apply_lanes", operands)
        .constant("WIDE", usize::from(wide))
        .size("outputs", outputs)
        .size("heads", context.c)
        .size("dim", dim)
        .size("positions", positions)
        .tiles(
            1,
            &tiles(outputs, width, positions.div_ceil(RUN)),
            y.elements(),
            2 * dim as u64,
        );
    Some(dispatch)
}
