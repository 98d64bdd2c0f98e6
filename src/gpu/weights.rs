//! The model's parameters on the device.
//!
//! Weights of products and convolutions are packed for the kernels while they are uploaded, row by
//! row into the mapped buffer, so that no second copy of them exists in memory.

use std::collections::HashMap;

use half::f16;
use wgpu::{Buffer, BufferUsages};

use super::context::Gpu;
use super::error::GpuError;
use super::failure::rejected;
use crate::graph::{Graph, Op, Origin, Shape, Tensor, TensorId, WeightData, WeightFormat};

/// Output channels whose weights lie together; see `shaders/common/weight.wgsl`.
const CHANNEL_TILE: usize = 16;

/// Where the elements of a parameter are on the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// As in the file, in f32.
    Plain,
    /// `[o / 16][tap][c][o % 16]` from `[o, c, taps]`, in the file's element type.
    Product,
    /// The same from `[c, o, taps]`.
    TransposedProduct,
}

#[derive(Debug, Clone)]
struct Stored {
    buffer: Buffer,
    format: WeightFormat,
    layout: Layout,
}

/// Uploaded parameters by name.
#[derive(Debug, Clone, Default)]
pub struct WeightStore {
    weights: HashMap<String, Stored>,
}

impl WeightStore {
    /// A store without weights.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Uploads those weights of `graph` that the store does not have yet; `source` finds them by
    /// name.
    ///
    /// # Errors
    /// When `source` does not know one or gives another number of bytes, when the same parameter
    /// serves as a convolution's and as another weight, or the device has no memory for it.
    pub fn upload<'a>(
        &mut self,
        gpu: &Gpu,
        graph: &Graph,
        source: &dyn Fn(&str) -> Option<WeightData<'a>>,
    ) -> Result<(), GpuError> {
        let _span = tracing::debug_span!("upload weights").entered();
        let layouts = layouts(graph);
        for (tensor, layout) in graph.tensors().iter().zip(layouts) {
            if tensor.origin != Origin::Weight {
                continue;
            }
            if let Some(stored) = self.weights.get(&tensor.name) {
                if stored.layout != layout {
                    return Err(problem(tensor, "is used both as a matrix and otherwise"));
                }
                continue;
            }
            let data =
                source(&tensor.name).ok_or_else(|| problem(tensor, "is not among the weights"))?;
            let stored = upload(gpu, tensor, layout, data)?;
            self.weights.insert(tensor.name.clone(), stored);
        }
        Ok(())
    }

    /// Bytes on the device.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.weights
            .values()
            .map(|stored| stored.buffer.size())
            .sum()
    }

    pub(super) fn buffer(&self, tensor: &Tensor) -> Result<&Buffer, GpuError> {
        self.weights
            .get(&tensor.name)
            .map(|stored| &stored.buffer)
            .ok_or_else(|| problem(tensor, "was not uploaded"))
    }

    /// Whether the device holds this weight in half precision.
    #[must_use]
    pub fn is_f16(&self, tensor: &Tensor) -> bool {
        self.weights
            .get(&tensor.name)
            .is_some_and(|stored| stored.format == WeightFormat::F16)
    }
}

/// The layout of every tensor of the graph; for activations it means nothing.
fn layouts(graph: &Graph) -> Vec<Layout> {
    let mut layouts = vec![Layout::Plain; graph.tensors().len()];
    let mut set = |id: TensorId, layout| layouts[id.index()] = layout;
    for node in graph.nodes() {
        match &node.op {
            Op::MatMul(product) => set(product.weight, Layout::Product),
            Op::Convolution(product) => set(product.weight, Layout::Product),
            Op::TransposedConvolution(product) => {
                set(product.weight, Layout::TransposedProduct);
            }
            _ => {}
        }
    }
    layouts
}

fn upload(
    gpu: &Gpu,
    tensor: &Tensor,
    layout: Layout,
    data: WeightData<'_>,
) -> Result<Stored, GpuError> {
    let expected = tensor.shape.elements() * data.format.bytes();
    if data.bytes.len() != expected {
        let given = data.bytes.len();
        let problem = format!("has {given} bytes, {} needs {expected}", tensor.shape);
        return Err(GpuError::Weight {
            name: tensor.name.clone(),
            problem,
        });
    }
    let packing = match layout {
        Layout::Plain => None,
        Layout::Product => Some(Packing::new(tensor.shape, false)),
        Layout::TransposedProduct => Some(Packing::new(tensor.shape, true)),
    };
    let (format, elements) = match &packing {
        None => (WeightFormat::F32, tensor.shape.elements()),
        Some(packing) => (data.format, packing.elements()),
    };
    let size = (elements * format.bytes()).next_multiple_of(16) as u64;
    let buffer = gpu.create_buffer(&tensor.name, size, BufferUsages::STORAGE, true)?;
    {
        let mut view = buffer
            .slice(..)
            .get_mapped_range_mut()
            .map_err(|error| rejected(gpu.device(), &tensor.name, &error))?;
        match packing {
            None => write_plain(&mut view, data),
            Some(packing) => packing.write(&mut view, data),
        }
    }
    buffer.unmap();
    Ok(Stored {
        buffer,
        format,
        layout,
    })
}

fn write_plain(view: &mut wgpu::BufferViewMut, data: WeightData<'_>) {
    match data.format {
        WeightFormat::F32 => view.slice(..data.bytes.len()).copy_from_slice(data.bytes),
        WeightFormat::F16 => {
            let widened: Vec<u8> = data
                .bytes
                .as_chunks::<2>()
                .0
                .iter()
                .flat_map(|&half| f16::from_le_bytes(half).to_f32().to_le_bytes())
                .collect();
            view.slice(..widened.len()).copy_from_slice(&widened);
        }
    }
}

/// How the elements of a convolution's weight are arranged for the kernels.
#[derive(Debug, Clone, Copy)]
struct Packing {
    outputs: usize,
    inputs: usize,
    taps: usize,
    transposed: bool,
}

impl Packing {
    const fn new(shape: Shape, transposed: bool) -> Self {
        let (outputs, inputs) = if transposed {
            (shape.c, shape.n)
        } else {
            (shape.n, shape.c)
        };
        Self {
            outputs,
            inputs,
            taps: shape.h * shape.w,
            transposed,
        }
    }

    const fn elements(&self) -> usize {
        self.outputs.next_multiple_of(CHANNEL_TILE) * self.inputs * self.taps
    }

    /// Position in the file of the weight from input `c` to output `o` at `tap`.
    const fn source(&self, o: usize, c: usize, tap: usize) -> usize {
        let pair = if self.transposed {
            c * self.outputs + o
        } else {
            o * self.inputs + c
        };
        pair * self.taps + tap
    }

    /// Writes one tap of one channel tile after another; the tile's missing channels are zero.
    fn write(&self, view: &mut wgpu::BufferViewMut, data: WeightData<'_>) {
        let width = data.format.bytes();
        let mut row = vec![0_u8; self.inputs * CHANNEL_TILE * width];
        let mut start = 0;
        for first in (0..self.outputs).step_by(CHANNEL_TILE) {
            for tap in 0..self.taps {
                for (position, element) in row.chunks_exact_mut(width).enumerate() {
                    let (c, o) = (position / CHANNEL_TILE, first + position % CHANNEL_TILE);
                    if o < self.outputs {
                        let from = self.source(o, c, tap) * width;
                        element.copy_from_slice(&data.bytes[from..from + width]);
                    } else {
                        element.fill(0);
                    }
                }
                view.slice(start..start + row.len()).copy_from_slice(&row);
                start += row.len();
            }
        }
    }
}

fn problem(tensor: &Tensor, problem: &str) -> GpuError {
    GpuError::Weight {
        name: tensor.name.clone(),
        problem: problem.to_owned(),
    }
}
