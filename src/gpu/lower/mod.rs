//! From a node of the graph to a dispatch of a kernel: pure data, by name only.
//!
//! A lowering function says which entry point runs, what its parameters and permutation are, and how
//! far the dispatch reaches. Operands go to the bindings of the same name; [`super::resolve`] places
//! everything with what was reflected from the WGSL and refuses what does not fit.

mod attention;
mod diffusion;
mod lanes;
mod norm;
mod product;
mod sequence;

use super::capabilities::Capabilities;
use super::error::GpuError;
use super::kernels::by_subgroups;
use crate::graph::{Activation, Graph, Node, Op, Shape, TensorId};

/// A parameter's value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scalar {
    /// For a member of type `u32`.
    U32(u32),
    /// For a member of type `f32`.
    F32(f32),
}

/// How far a dispatch reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Extent {
    /// At least this many invocations; the workgroup size of the entry point divides them.
    Invocations(u64),
    /// `groups * ceil(extent / tile) * ...` workgroups, where the tile is a constant of the kernel.
    Tiles {
        /// Workgroups where every extent fits into one tile.
        groups: u64,
        /// Names of the constants, each with the extent that it divides.
        tiled: Vec<(&'static str, u64)>,
    },
}

/// One dispatch, by name.
#[derive(Debug, Clone, PartialEq)]
pub struct Dispatch {
    /// File in `shaders/`.
    pub kernel: &'static str,
    /// Entry point.
    pub entry: &'static str,
    /// Override constants. `HAS_X` (is there an operand `x`?) and `X_F16` (is the weight `x` stored
    /// as f16?) are not listed: they follow from the operands.
    pub constants: Vec<(&'static str, f64)>,
    /// Members of `Params`, all of them.
    pub params: Vec<(&'static str, Scalar)>,
    /// Bindings, except those of absent optional operands.
    pub operands: Vec<(&'static str, TensorId)>,
    /// Size of the dispatch.
    pub extent: Extent,
    /// Floating-point operations, for cutting a run into submissions. An estimate.
    pub flops: u64,
}

/// Lowers a node for an adapter of these capabilities. `in_place` says that the output takes the
/// buffer of the operand that [`Op::may_overwrite`] names.
///
/// # Errors
/// When a tensor of the node is empty or has more elements than a 32-bit index reaches.
pub fn lower(
    graph: &Graph,
    node: &Node,
    in_place: bool,
    capabilities: Capabilities,
) -> Result<Dispatch, GpuError> {
    let operands = node.op.operands();
    let tensors = operands.iter().map(|&(_, id)| id);
    for id in tensors.chain(node.outputs.iter().copied()) {
        check_extents(graph, node, id)?;
    }
    let context = Lowering {
        graph,
        node,
        in_place,
        capabilities,
    };
    let dispatch = match node.op {
        Op::MatMul {
            x,
            weight,
            prologue,
            epilogue,
            ..
        } => product::matmul(&context, x, weight, prologue, epilogue),
        Op::Conv1d {
            x,
            weight,
            dilation,
            padding,
            prologue,
            epilogue,
            ..
        } => {
            let pair = (x, weight);
            product::conv1d(&context, pair, dilation, padding, prologue, epilogue)
        }
        Op::Conv2d {
            x,
            weight,
            stride,
            padding,
            epilogue,
            ..
        } => product::conv2d(&context, (x, weight), stride, padding, epilogue),
        Op::ConvTranspose1d {
            x,
            weight,
            stride,
            padding,
            prologue,
            ..
        } => {
            let pair = (x, weight);
            product::conv_transpose1d(&context, pair, stride, padding, prologue)
        }
        Op::ConvTranspose2d {
            x,
            weight,
            stride,
            padding,
            ..
        } => product::conv_transpose2d(&context, (x, weight), stride, padding),
        Op::LayerNorm { x, eps, .. } => norm::layer(&context, "main", x, eps),
        Op::StyleAdaptiveLayerNorm { x, eps, .. } => {
            norm::layer(&context, "style_adaptive", x, eps)
        }
        Op::GroupNormPartial { x, groups, chunk } => {
            norm::group_partial(&context, x, groups, chunk)
        }
        Op::GroupNormMerge { partial, eps } => norm::group_merge(&context, partial, eps),
        Op::GroupNormStatistics { x, groups, eps } => {
            norm::group_statistics(&context, x, groups, eps)
        }
        Op::GroupNormApply {
            statistics,
            activation,
            ..
        } => norm::group_apply(&context, statistics, activation),
        Op::AttentionWeights {
            query, key, scale, ..
        } => attention::weights(&context, query, key, scale),
        Op::AttentionMix { weights, value } => attention::mix(&context, weights, value),
        Op::LinearAttentionStatistics { qkv, .. } => attention::linear_statistics(&context, qkv),
        Op::LinearAttentionContext { qkv, .. } => attention::linear_context(&context, qkv),
        Op::LinearAttentionApply { context: of, .. } => attention::linear_apply(&context, of),
        Op::Glu { .. } => sequence::glu(&context),
        Op::Add { b, scale, .. } => sequence::add(&context, b, scale),
        Op::Concat { a, b } => sequence::concat(&context, a, b),
        Op::Embedding { table, .. } => sequence::embedding(&context, table),
        Op::AddPositions { .. } => sequence::add_positions(&context),
        Op::RegulateLength { x, .. } => sequence::regulate_length(&context, x),
        Op::Transport { x, .. } => sequence::transport(&context, x),
        Op::MaskedMean { x } => sequence::masked_mean(&context, x),
        Op::TimeEmbedding {
            table, dim, scale, ..
        } => diffusion::time_embedding(&context, table, dim, scale),
        Op::DiffusionStart { .. } => diffusion::start(&context),
        Op::Guide { .. } => diffusion::guide(&context),
        Op::DiffusionUpdate { table, .. } => diffusion::update(&context, table),
        Op::AdvanceStep { .. } => diffusion::advance_step(&context),
    };
    Ok(dispatch)
}

fn check_extents(graph: &Graph, node: &Node, id: TensorId) -> Result<(), GpuError> {
    let shape = graph.shape(id);
    let elements = shape.dims().into_iter().try_fold(1_u32, |product, extent| {
        product.checked_mul(u32::try_from(extent).ok()?)
    });
    if matches!(elements, Some(1..)) {
        return Ok(());
    }
    Err(GpuError::Node {
        node: node.name.clone(),
        problem: format!(
            "{} has shape {shape}; a GPU tensor has between 1 and 2^32 - 1 elements",
            graph.tensor(id).name
        ),
    })
}

/// A node on its way to a dispatch.
struct Lowering<'a> {
    graph: &'a Graph,
    node: &'a Node,
    in_place: bool,
    capabilities: Capabilities,
}

impl Lowering<'_> {
    fn shape(&self, id: TensorId) -> Shape {
        self.graph.shape(id)
    }

    /// Shape of the (first) output.
    fn output(&self) -> Shape {
        self.shape(self.node.outputs[0])
    }

    /// Whether kernels for eight lanes fit whose rows are read in pairs of columns.
    fn takes_pairs(&self, shape: Shape) -> bool {
        self.capabilities.eight_lanes && shape.w.is_multiple_of(2)
    }

    /// A dispatch of `kernel` with the node's operands bound under their names and the output under
    /// `y`. In place, the entry point is `in_place`, and `y` stands for the overwritten operand too;
    /// outputs of operations that always overwrite are bound under their operands' names only. Where the
    /// kernel reduces over a workgroup and the adapter has subgroups, it is the variant that uses them.
    fn dispatch(&self, kernel: &'static str) -> Dispatch {
        let variant = by_subgroups(kernel).filter(|_| self.capabilities.subgroups);
        let op = &self.node.op;
        let mut operands = op.operands();
        if self.in_place {
            let overwritten = op.may_overwrite();
            operands.retain(|&(_, id)| Some(id) != overwritten);
        }
        if op.overwritten().is_empty() {
            operands.push(("y", self.node.outputs[0]));
        }
        Dispatch {
            kernel: variant.unwrap_or(kernel),
            entry: if self.in_place { "in_place" } else { "main" },
            constants: Vec::new(),
            params: Vec::new(),
            operands,
            extent: Extent::Invocations(0),
            flops: 0,
        }
    }

    /// Parameters `lengths_numerator` and `lengths_denominator` and the operand `lengths`: the valid
    /// columns of `tensor`.
    fn valid_columns_of(&self, tensor: TensorId, dispatch: Dispatch) -> Dispatch {
        let Some(lengths) = self.graph.tensor(tensor).lengths else {
            return dispatch.every_column();
        };
        let mut dispatch = dispatch
            .param("lengths_numerator", Scalar::U32(lengths.numerator))
            .param("lengths_denominator", Scalar::U32(lengths.denominator));
        dispatch.operands.push(("lengths", lengths.tensor));
        dispatch
    }
}

impl Dispatch {
    /// An override constant from a number that [`lower`] or its caller has bounded.
    fn constant(mut self, name: &'static str, value: usize) -> Self {
        let value = u32::try_from(value).expect("constants are tile sizes and codes");
        self.constants.push((name, f64::from(value)));
        self
    }

    fn param(mut self, name: &'static str, value: Scalar) -> Self {
        self.params.push((name, value));
        self
    }

    /// A `u32` parameter from an extent that [`lower`] has checked.
    fn size(self, name: &'static str, value: usize) -> Self {
        let value = u32::try_from(value).expect("lower() checked that elements fit in u32");
        self.param(name, Scalar::U32(value))
    }

    fn number(self, name: &'static str, value: f32) -> Self {
        self.param(name, Scalar::F32(value))
    }

    /// What [`Lowering::valid_columns_of`] adds for a tensor without lengths.
    fn every_column(self) -> Self {
        self.param("lengths_numerator", Scalar::U32(1))
            .param("lengths_denominator", Scalar::U32(1))
    }

    /// The override constant `code` and the parameter `slope` for an activation.
    fn activation(self, code: &'static str, slope: &'static str, activation: Activation) -> Self {
        let (value, leak) = activation_code(activation);
        self.constant(code, value).number(slope, leak)
    }

    /// The grid of `shaders/common/rows.wgsl` over so many columns of so many rows, with `flops`
    /// operations per element.
    fn rows(self, rows: usize, columns: usize, flops: u64) -> Self {
        self.tiles(rows, &[("ROW_TILE", columns)], rows * columns, flops)
    }

    /// Dispatches `groups * ceil(extent / tile) * ...` workgroups, with `flops` operations for each of
    /// `elements`.
    fn tiles(
        self,
        groups: usize,
        tiled: &[(&'static str, usize)],
        elements: usize,
        flops: u64,
    ) -> Self {
        let tiled = tiled.iter().map(|&(tile, extent)| (tile, extent as u64));
        Self {
            extent: Extent::Tiles {
                groups: groups as u64,
                tiled: tiled.collect(),
            },
            flops: elements as u64 * flops,
            ..self
        }
    }

    /// Dispatches at least this many invocations, `flops` operations each.
    fn invocations(self, count: usize, flops: u64) -> Self {
        let count = count as u64;
        Self {
            extent: Extent::Invocations(count),
            flops: count * flops,
            ..self
        }
    }
}

/// Code of an activation in `shaders/common/activation.wgsl`, and the slope of a leaky one.
const fn activation_code(activation: Activation) -> (usize, f32) {
    match activation {
        Activation::Identity => (0, 0.0),
        Activation::Relu => (1, 0.0),
        Activation::LeakyRelu(slope) => (2, slope),
        Activation::Mish => (3, 0.0),
        Activation::Tanh => (4, 0.0),
        Activation::Silu => (5, 0.0),
    }
}
