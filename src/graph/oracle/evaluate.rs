//! One node: what it sees, and which function computes it.

use super::product::{Finish, Geometry};
use super::values::{Grid, Value, Values, View};
use super::{attention, diffusion, norm, product, sequence};
use crate::graph::builder::Graph;
use crate::graph::error::GraphError;
use crate::graph::op::{Activation, Epilogue, Node, Op};
use crate::graph::tensor::TensorId;

/// The values of everything before a node.
#[derive(Debug, Clone, Copy)]
pub(super) struct Operands<'a> {
    graph: &'a Graph,
    values: &'a Values,
}

impl<'a> Operands<'a> {
    pub(super) const fn new(graph: &'a Graph, values: &'a Values) -> Self {
        Self { graph, values }
    }

    /// Fails unless an input keeps the host's promises: at least one valid column an item, and zeros
    /// beyond them.
    pub(super) fn check_mask(&self, id: TensorId) -> Result<(), GraphError> {
        let tensor = self.graph.tensor(id);
        let (shape, valid) = (tensor.shape, self.valid(id));
        if let Some(item) = valid.iter().position(|&columns| columns == 0) {
            let lengths = tensor.lengths.map_or(id, |lengths| lengths.tensor);
            return Err(GraphError::NoColumns {
                tensor: self.graph.tensor(lengths).name.clone(),
                item,
            });
        }
        let values = self.value(id).as_floats();
        for (row, columns) in values.chunks(shape.w).enumerate() {
            let item = row / (shape.c * shape.h);
            let beyond = &columns[valid[item]..];
            if let Some(column) = beyond.iter().position(|value| *value != 0.0) {
                return Err(GraphError::Unmasked {
                    tensor: tensor.name.clone(),
                    item,
                    column: valid[item] + column,
                    valid: valid[item],
                });
            }
        }
        Ok(())
    }

    /// The values of a node's outputs.
    pub(super) fn evaluate(&self, node: &Node) -> Result<Vec<Value>, GraphError> {
        let mut grids = match node.op {
            Op::AdvanceStep { step } => {
                return Ok(vec![Value::Integers(vec![
                    self.integer(step).wrapping_add(1),
                ])]);
            }
            Op::DiffusionUpdate {
                state,
                clean,
                mean,
                network,
                table,
                step,
                seeds,
            } => {
                let row = diffusion::table_row(self.floats(table), self.integer(step), &node.name)?;
                let [state, clean, mean, network] =
                    [state, clean, mean, network].map(|id| self.floats(id));
                let stream = self.integer(step) + 1;
                let seeds = self.integers(seeds);
                diffusion::update(state, clean, mean, network, &row, seeds, stream)
            }
            Op::TimeEmbedding {
                table,
                step,
                dim,
                scale,
            } => {
                let row = diffusion::table_row(self.floats(table), self.integer(step), &node.name)?;
                let items = self.graph.shape(node.outputs[0]).n;
                vec![diffusion::time_embedding(row.time, items, dim, scale)]
            }
            _ => vec![self.grid(&node.op, node.outputs[0])],
        };
        for (grid, &output) in grids.iter_mut().zip(&node.outputs) {
            grid.mask(&self.valid(output));
        }
        Ok(grids.into_iter().map(Grid::into_value).collect())
    }

    /// The output of an operation that has one `f32` output and cannot fail. Columns beyond the valid
    /// ones need not be zero yet.
    fn grid(&self, op: &Op, output: TensorId) -> Grid {
        let shape = self.graph.shape(output);
        let floats = |id| self.floats(id);
        match *op {
            Op::MatMul {
                x,
                weight,
                bias,
                prologue,
                epilogue,
            } => {
                let x = self.read(x, prologue);
                let y = product::matmul(x.view(), floats(weight), shape);
                self.finish(bias, epilogue).apply(y)
            }
            Op::Conv1d {
                x,
                weight,
                bias,
                dilation,
                padding,
                prologue,
                epilogue,
            } => {
                let (x, geometry) = (
                    self.read(x, prologue),
                    Geometry::columns(1, dilation, padding),
                );
                let y = product::convolution(x.view(), floats(weight), geometry, shape);
                self.finish(bias, epilogue).apply(y)
            }
            Op::Conv2d {
                x,
                weight,
                bias,
                stride,
                padding,
                epilogue,
            } => {
                let geometry = Geometry::square(stride, padding);
                let y = product::convolution(floats(x), floats(weight), geometry, shape);
                self.finish(bias, epilogue).apply(y)
            }
            Op::ConvTranspose1d {
                x,
                weight,
                bias,
                stride,
                padding,
                prologue,
            } => {
                let (x, geometry) = (
                    self.read(x, prologue),
                    Geometry::columns(stride, 1, padding),
                );
                let y = product::transposed_convolution(x.view(), floats(weight), geometry, shape);
                self.finish(bias, Epilogue::NONE).apply(y)
            }
            Op::ConvTranspose2d {
                x,
                weight,
                bias,
                stride,
                padding,
            } => {
                let geometry = Geometry::square(stride, padding);
                let y = product::transposed_convolution(floats(x), floats(weight), geometry, shape);
                self.finish(bias, Epilogue::NONE).apply(y)
            }
            Op::LayerNorm {
                x,
                gamma,
                beta,
                eps,
            } => norm::layer_norm(floats(x), floats(gamma), floats(beta), eps),
            Op::StyleAdaptiveLayerNorm { x, affine, eps } => {
                norm::style_adaptive_layer_norm(floats(x), floats(affine), eps)
            }
            Op::GroupNormPartial { x, groups, chunk } => {
                norm::group_norm_partial(floats(x), &self.valid(x), groups, chunk, shape)
            }
            Op::GroupNormMerge { partial, eps } => norm::group_norm_merge(floats(partial), eps),
            Op::GroupNormStatistics { x, groups, eps } => {
                norm::group_norm_statistics(floats(x), &self.valid(x), groups, eps)
            }
            Op::GroupNormApply {
                x,
                statistics,
                gamma,
                beta,
                shift,
                activation,
            } => {
                let affine = [floats(gamma), floats(beta)];
                let shift = shift.map(floats);
                norm::group_norm_apply(floats(x), floats(statistics), affine, shift, activation)
            }
            Op::AttentionWeights {
                query,
                key,
                heads,
                scale,
            } => {
                let (queries, keys) = (self.valid(query), self.valid(key));
                let valid = [&*queries, &*keys];
                attention::weights(floats(query), floats(key), valid, heads, scale)
            }
            Op::AttentionMix { weights, value } => attention::mix(floats(weights), floats(value)),
            Op::LinearAttentionStatistics { qkv, heads: _ } => {
                attention::linear_statistics(floats(qkv), &self.valid(qkv), shape)
            }
            Op::LinearAttentionContext { qkv, statistics } => {
                let valid = self.valid(qkv);
                attention::linear_context(floats(qkv), floats(statistics), &valid, shape)
            }
            Op::LinearAttentionApply { qkv, context } => {
                attention::linear_apply(floats(qkv), floats(context))
            }
            Op::Glu { x, residual } => sequence::glu(floats(x), floats(residual)),
            Op::Add { a, b, scale } => sequence::add(floats(a), floats(b), scale),
            Op::Concat { a, b } => sequence::concat(floats(a), floats(b), shape),
            Op::Embedding { ids, table } => {
                sequence::embedding(self.integers(ids), floats(table), shape)
            }
            Op::AddPositions { x } => sequence::add_positions(floats(x)),
            Op::RegulateLength { x, index } => {
                sequence::regulate_length(floats(x), self.integers(index), shape)
            }
            Op::Transport { x, map, offset } => {
                sequence::transport(floats(x), floats(map), floats(offset), shape)
            }
            Op::MaskedMean { x } => sequence::masked_mean(floats(x), &self.valid(x)),
            Op::DiffusionStart {
                mean,
                seeds,
                deviation,
            } => {
                let deviation = floats(deviation).at(0, 0, 0, 0);
                diffusion::start(floats(mean), self.integers(seeds), deviation)
            }
            Op::Guide {
                network,
                null_network,
                guidance,
            } => {
                let guidance = floats(guidance).at(0, 0, 0, 0);
                diffusion::guide(floats(network), floats(null_network), guidance)
            }
            Op::TimeEmbedding { .. } | Op::DiffusionUpdate { .. } | Op::AdvanceStep { .. } => {
                unreachable!("evaluate handles these itself")
            }
        }
    }

    /// An operand of a product, with the product's prologue applied.
    fn read(&self, id: TensorId, prologue: Activation) -> Grid {
        let x = self.floats(id);
        Grid::from_view(x, |x| product::activate(prologue, x))
    }

    fn finish(&self, bias: Option<TensorId>, epilogue: Epilogue) -> Finish<'a> {
        Finish {
            bias: bias.map(|id| self.floats(id)),
            activation: epilogue.activation,
            gain: epilogue.gain.map(|id| self.floats(id).at(0, 0, 0, 0)),
            residual: epilogue.residual.map(|id| self.floats(id)),
        }
    }

    fn value(&self, id: TensorId) -> &'a Value {
        let value = self.values.get(id);
        value.expect("inputs and weights were checked, and nodes come after what they read")
    }

    fn floats(&self, id: TensorId) -> View<'a> {
        match self.value(id) {
            Value::Floats(data) => View {
                data,
                shape: self.graph.shape(id),
            },
            Value::Integers(_) => unreachable!("constructors check the types of operands"),
        }
    }

    fn integers(&self, id: TensorId) -> &'a [u32] {
        match self.value(id) {
            Value::Integers(data) => data,
            Value::Floats(_) => unreachable!("constructors check the types of operands"),
        }
    }

    fn integer(&self, id: TensorId) -> u32 {
        self.integers(id)[0]
    }

    /// Number of valid columns of each item.
    fn valid(&self, id: TensorId) -> Vec<usize> {
        let tensor = self.graph.tensor(id);
        let width = tensor.shape.w;
        match tensor.lengths {
            None => vec![width; tensor.shape.n],
            Some(lengths) => {
                let base = self.integers(lengths.tensor).iter();
                base.map(|&base| lengths.valid(base, width)).collect()
            }
        }
    }
}
