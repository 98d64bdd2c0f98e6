//! From a node of the graph to dispatches of kernels: pure data, by name only.
//!
//! A lowering function says which entry points run one after another, what their parameters and
//! permutations are, how far they reach, and what memory lies between them. Operands go to the bindings
//! of the same name; [`super::resolve`] places everything with what was reflected from the WGSL and
//! refuses what does not fit. Each family of operations has a file, which also lists the kernels that it
//! lowers to; `software` has all that serves software adapters alone.

mod attention;
mod diffusion;
mod dispatch;
mod elementwise;
mod node;
mod norms;
mod product;
mod products;
mod sequence;
mod software;
mod source;

use super::capabilities::Capabilities;
use super::error::GpuError;
use crate::graph::{Graph, Node, Op, Operation, Shape};
use node::Lowering;
use source::Source;

pub use dispatch::{Dispatch, Extent, Lowered, Operand, Scalar};
pub(super) use node::by_subgroups;

/// All kernels.
pub(super) fn sources() -> impl Iterator<Item = &'static Source> {
    let families = [
        products::KERNELS,
        norms::KERNELS,
        attention::KERNELS,
        sequence::KERNELS,
        elementwise::KERNELS,
        diffusion::KERNELS,
        software::KERNELS,
    ];
    families.into_iter().flatten()
}

/// Lowers a node for an adapter of these capabilities.
///
/// # Errors
/// When a tensor of the node is empty or has more elements than a 32-bit index reaches.
pub fn lower(graph: &Graph, node: &Node, capabilities: Capabilities) -> Result<Lowered, GpuError> {
    let operands = node.op.operands();
    let tensors = operands.iter().map(|&(_, id)| id);
    for id in tensors.chain(node.outputs.iter().copied()) {
        let tensor = graph.tensor(id);
        check_extents(node, &tensor.name, tensor.shape)?;
    }
    let context = &Lowering {
        graph,
        node,
        capabilities,
    };
    let lowered = match &node.op {
        Op::MatMul(op) => products::matmul(&op.into(), context).into(),
        Op::Convolution(op) => products::convolution(&op.into(), context).into(),
        Op::TransposedConvolution(op) => products::transposed(&op.into(), context).into(),
        Op::LayerNorm(op) => norms::layer(op, context).into(),
        Op::StyleAdaptiveLayerNorm(op) => norms::style_adaptive(op, context).into(),
        Op::GroupNorm(op) => norms::group(op, context),
        Op::Attention(op) => attention::softmax(op, context),
        Op::LinearAttention(op) => attention::linear(op, context),
        Op::Add(op) => elementwise::add(op, context),
        Op::Glu(_) => elementwise::glu(context).into(),
        Op::Concat(op) => elementwise::concat(op, context).into(),
        Op::Embedding(op) => sequence::embedding(op, context).into(),
        Op::AddPositions(op) => sequence::add_positions(op, context),
        Op::RegulateLength(op) => sequence::regulate_length(op, context).into(),
        Op::MaskedMean(op) => sequence::masked_mean(op, context).into(),
        Op::Transport(op) => sequence::transport(op, context).into(),
        Op::TimeEmbedding(op) => diffusion::time_embedding(op, context).into(),
        Op::DiffusionStart(_) => diffusion::start(context).into(),
        Op::Guide(_) => diffusion::guide(context).into(),
        Op::DiffusionUpdate(op) => diffusion::update(op, context).into(),
        Op::AdvanceStep(_) => diffusion::advance_step(context).into(),
    };
    for &shape in &lowered.demand.scratch {
        check_extents(node, "what lies between its dispatches", shape)?;
    }
    Ok(lowered)
}

fn check_extents(node: &Node, what: &str, shape: Shape) -> Result<(), GpuError> {
    let elements = shape.dims().into_iter().try_fold(1_u32, |product, extent| {
        product.checked_mul(u32::try_from(extent).ok()?)
    });
    if matches!(elements, Some(1..)) {
        return Ok(());
    }
    Err(GpuError::Node {
        node: node.name.clone(),
        problem: format!(
            "{what} has shape {shape}; a GPU tensor has between 1 and 2^32 - 1 elements"
        ),
    })
}
