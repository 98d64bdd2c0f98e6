//! What a lowering says: dispatches by name, and the memory between them.

use crate::graph::{Activation, Demand, Shape, TensorId};

/// A parameter's value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scalar {
    /// For a member of type `u32`.
    U32(u32),
    /// For a member of type `f32`.
    F32(f32),
}

/// What a binding stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operand {
    /// A tensor of the graph.
    Tensor(TensorId),
    /// One of the node's scratch buffers, by its place in [`Demand::scratch`].
    Scratch(usize),
}

impl From<TensorId> for Operand {
    fn from(tensor: TensorId) -> Self {
        Self::Tensor(tensor)
    }
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
    /// Name of the kernel's file in `shaders/`.
    pub kernel: &'static str,
    /// Entry point.
    pub entry: &'static str,
    /// Override constants. `HAS_X` (is there an operand `x`?) and `X_F16` (is the weight `x` stored
    /// as f16?) are not listed: they follow from the operands.
    pub constants: Vec<(&'static str, f64)>,
    /// Members of `Params`, all of them.
    pub params: Vec<(&'static str, Scalar)>,
    /// Bindings, except those of absent optional operands.
    pub operands: Vec<(&'static str, Operand)>,
    /// Operands of which only so many elements are read.
    pub partial: Vec<(&'static str, usize)>,
    /// Size of the dispatch.
    pub extent: Extent,
    /// Floating-point operations, for cutting a run into submissions. An estimate.
    pub flops: u64,
}

/// A node as dispatches, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Lowered {
    /// At least one.
    pub dispatches: Vec<Dispatch>,
    /// What they need between them, and what they may overwrite.
    pub demand: Demand,
}

impl From<Dispatch> for Lowered {
    fn from(dispatch: Dispatch) -> Self {
        Self::stages(vec![dispatch], Vec::new())
    }
}

impl Lowered {
    /// Several dispatches with scratch of these shapes between them.
    pub(super) fn stages(dispatches: Vec<Dispatch>, scratch: Vec<Shape>) -> Self {
        Self {
            dispatches,
            demand: Demand {
                scratch,
                may_overwrite: None,
            },
        }
    }

    /// The output `y` may take the place of this operand: the dispatch that writes `y` has an entry
    /// point `in_place`, and none after it reads the operand.
    pub(super) fn may_overwrite(mut self, operand: TensorId) -> Self {
        self.demand.may_overwrite = Some(operand);
        self
    }
}

impl Dispatch {
    pub(super) const fn new(kernel: &'static str, operands: Vec<(&'static str, Operand)>) -> Self {
        Self {
            kernel,
            entry: "main",
            constants: Vec::new(),
            params: Vec::new(),
            operands,
            partial: Vec::new(),
            extent: Extent::Invocations(0),
            flops: 0,
        }
    }

    /// The same where `output` lies in the place of `operand`, if the dispatch binds both.
    #[must_use]
    pub(in crate::gpu) fn in_place(mut self, operand: TensorId, output: TensorId) -> Self {
        let binds = |tensor: TensorId| {
            let mut operands = self.operands.iter();
            operands.any(|&(_, bound)| bound == Operand::Tensor(tensor))
        };
        if binds(operand) && binds(output) {
            self.operands
                .retain(|&(_, bound)| bound != Operand::Tensor(operand));
            self.entry = "in_place";
        }
        self
    }

    /// An override constant from a number that [`lower`](super::lower) or its caller has bounded.
    pub(super) fn constant(mut self, name: &'static str, value: usize) -> Self {
        let value = u32::try_from(value).expect("constants are tile sizes and codes");
        self.constants.push((name, f64::from(value)));
        self
    }

    pub(super) fn param(mut self, name: &'static str, value: Scalar) -> Self {
        self.params.push((name, value));
        self
    }

    /// A `u32` parameter from an extent that [`lower`](super::lower) has checked.
    pub(super) fn size(self, name: &'static str, value: usize) -> Self {
        let value = u32::try_from(value).expect("lower() checked that elements fit in u32");
        self.param(name, Scalar::U32(value))
    }

    pub(super) fn number(self, name: &'static str, value: f32) -> Self {
        self.param(name, Scalar::F32(value))
    }

    /// Of the operand `name`, only so many elements are read.
    pub(super) fn reading(mut self, name: &'static str, elements: usize) -> Self {
        self.partial.push((name, elements));
        self
    }

    /// Every column of every item is valid.
    pub(super) fn every_column(self) -> Self {
        self.param("lengths_numerator", Scalar::U32(1))
            .param("lengths_denominator", Scalar::U32(1))
    }

    /// The override constant `code` and the parameter `slope` for an activation.
    pub(super) fn activation(
        self,
        code: &'static str,
        slope: &'static str,
        activation: Activation,
    ) -> Self {
        let (value, leak) = activation_code(activation);
        self.constant(code, value).number(slope, leak)
    }

    /// The grid of `shaders/common/rows.wgsl` over so many columns of so many rows, with `flops`
    /// operations per element.
    pub(super) fn rows(self, rows: usize, columns: usize, flops: u64) -> Self {
        self.tiles(rows, &[("ROW_TILE", columns)], rows * columns, flops)
    }

    /// Dispatches `groups * ceil(extent / tile) * ...` workgroups, with `flops` operations for each of
    /// `elements`.
    pub(super) fn tiles(
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
    pub(super) fn invocations(self, count: usize, flops: u64) -> Self {
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
