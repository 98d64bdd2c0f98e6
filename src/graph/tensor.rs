//! Tensors of a graph: a name, a shape, an element type, and where the values come from.

use std::fmt;

/// Index of a tensor in its graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TensorId(pub(crate) u32);

impl TensorId {
    /// Position in [`super::Graph::tensors`].
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Index of a node in its graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(crate) u32);

impl NodeId {
    /// Position in [`super::Graph::nodes`].
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Element type of a tensor in a graph. How a weight is stored (f16 or f32) is the executor's affair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DType {
    /// 32-bit floating point.
    F32,
    /// 32-bit unsigned integer: token ids, lengths, seeds, step counters.
    U32,
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F32 => "f32",
            Self::U32 => "u32",
        })
    }
}

/// Batch, channels, rows, columns. Weights use the same four: `[out, in, kernel rows, kernel columns]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shape {
    /// Batch size (or output channels of a weight).
    pub n: usize,
    /// Channels (or input channels of a weight).
    pub c: usize,
    /// Rows: mel bands inside the U-Net, 1 for sequences and vectors.
    pub h: usize,
    /// Columns: time; 1 for vectors.
    pub w: usize,
}

impl Shape {
    /// A shape of four extents.
    #[must_use]
    pub const fn new(n: usize, c: usize, h: usize, w: usize) -> Self {
        Self { n, c, h, w }
    }

    /// A batch of sequences: `[n, c, 1, w]`.
    #[must_use]
    pub const fn sequence(n: usize, c: usize, w: usize) -> Self {
        Self::new(n, c, 1, w)
    }

    /// A batch of vectors: `[n, c, 1, 1]`.
    #[must_use]
    pub const fn vector(n: usize, c: usize) -> Self {
        Self::new(n, c, 1, 1)
    }

    /// Number of elements.
    #[must_use]
    pub const fn elements(&self) -> usize {
        self.n * self.c * self.h * self.w
    }

    /// The extents as an array, in the order `n, c, h, w`.
    #[must_use]
    pub const fn dims(&self) -> [usize; 4] {
        [self.n, self.c, self.h, self.w]
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}, {}, {}, {}]", self.n, self.c, self.h, self.w)
    }
}

/// How many columns of each batch item are valid: `ceil(lengths[n] * numerator / denominator)`,
/// never more than the tensor's width.
///
/// One `u32` input per graph holds the lengths at one rate; tensors at other rates (halved by a
/// strided convolution, multiplied by an upsampling one) refer to it through the fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Lengths {
    /// `u32` tensor of shape `[1, 1, 1, n]`, one length a batch item.
    pub tensor: TensorId,
    /// Multiplier.
    pub numerator: u32,
    /// Divisor (rounded up).
    pub denominator: u32,
}

impl Lengths {
    /// The lengths as the input tensor states them.
    #[must_use]
    pub const fn of(tensor: TensorId) -> Self {
        Self {
            tensor,
            numerator: 1,
            denominator: 1,
        }
    }

    /// Lengths after a transposed convolution of this stride.
    #[must_use]
    pub const fn times(self, factor: u32) -> Self {
        Self {
            numerator: self.numerator * factor,
            ..self
        }
    }

    /// Lengths after a convolution of this stride (rounded up; `ceil(ceil(l / 2) / 2) = ceil(l / 4)`,
    /// so fractions compose).
    #[must_use]
    pub const fn divided(self, factor: u32) -> Self {
        Self {
            denominator: self.denominator * factor,
            ..self
        }
    }

    /// Valid columns of an item of the given base length, in a tensor of the given width.
    #[must_use]
    pub fn valid(&self, length: u32, width: usize) -> usize {
        let scaled = u64::from(length) * u64::from(self.numerator);
        let columns = scaled.div_ceil(u64::from(self.denominator));
        usize::try_from(columns).map_or(width, |columns| columns.min(width))
    }
}

/// Where a tensor's values come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Given by the host before a run, under the tensor's name.
    Input,
    /// A parameter of the model, found in the weights under the tensor's name.
    Weight,
    /// Computed by a node.
    Node(NodeId),
}

/// One tensor of a graph.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// Name: the input's, the weight's (as in the safetensors file), or the node's.
    pub name: String,
    /// Extents.
    pub shape: Shape,
    /// Element type.
    pub dtype: DType,
    /// Valid columns per item; `None` when all columns of all items are.
    pub lengths: Option<Lengths>,
    /// Where the values come from.
    pub origin: Origin,
}
