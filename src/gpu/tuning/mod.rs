//! Which variant of the products is fastest on this very adapter, measured once and kept.
//!
//! [`Capabilities`] give good defaults. [`Tuning::measure`] runs the products of some graphs with every
//! set of capabilities that lowers them differently and notes where another than the default was
//! faster. Nothing is ever measured during a request.

mod measure;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use wgpu::AdapterInfo;

use super::adapters::identity;
use super::capabilities::Capabilities;
use super::context::Gpu;
use super::kernels::Kernels;
use crate::graph::{Graph, Node, Op, TensorId};
use crate::input_file;
use crate::output_file;

/// Largest file of measurements that is read: hundreds of times a usual one.
const MAX_BYTES: u64 = 4 << 20;

/// What was measured faster than the default, by the kind and shape of the product.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tuning {
    choices: BTreeMap<String, Capabilities>,
}

impl Tuning {
    /// Products for which something else than the default was faster.
    #[must_use]
    pub fn len(&self) -> usize {
        self.choices.len()
    }

    /// Whether the defaults stand.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.choices.is_empty()
    }

    /// What to lower the node for, on an adapter of capabilities `default`.
    pub(super) fn capabilities(
        &self,
        graph: &Graph,
        node: &Node,
        default: Capabilities,
    ) -> Capabilities {
        let choice = bucket(graph, node).and_then(|bucket| self.choices.get(&bucket));
        choice.map_or(default, |choice| choice.within(default))
    }

    /// Reads what [`Self::keep`] left in `folder` for this adapter and these kernels: the defaults where
    /// there is nothing, or nothing readable, of which the log tells.
    #[must_use]
    pub fn kept(folder: &Path, gpu: &Gpu) -> Self {
        Self::load(folder, gpu.adapter_info(), gpu.kernels())
    }

    /// Keeps it in `folder` for later processes; returns the file's path.
    ///
    /// # Errors
    /// When the folder does not let itself be made or written to.
    pub fn keep(&self, folder: &Path, gpu: &Gpu) -> io::Result<PathBuf> {
        self.save(folder, gpu.adapter_info(), gpu.kernels())
    }

    fn load(folder: &Path, info: &AdapterInfo, kernels: &Kernels) -> Self {
        let path = path(folder, info, kernels);
        let read = match input_file::read_regular(&path, MAX_BYTES) {
            Ok(file) => serde_json::from_slice(&file).map_err(io::Error::from),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Self::default(),
            Err(error) => Err(error),
        };
        read.unwrap_or_else(|error| {
            let path = path.display();
            tracing::warn!(%path, %error, "ignored the measured choice of kernels");
            Self::default()
        })
    }

    fn save(&self, folder: &Path, info: &AdapterInfo, kernels: &Kernels) -> io::Result<PathBuf> {
        let path = path(folder, info, kernels);
        fs::create_dir_all(folder)?;
        output_file::write(&path, &serde_json::to_vec_pretty(self)?)?;
        Ok(path)
    }
}

/// One file for each adapter, driver and state of the kernels.
fn path(folder: &Path, info: &AdapterInfo, kernels: &Kernels) -> PathBuf {
    let mut hash = Sha256::new();
    hash.update(identity(info));
    for kernel in kernels.iter() {
        hash.update(kernel.source());
    }
    let digest: String = hash.finalize()[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    folder.join(format!("tuning-{digest}.json"))
}

/// Kind and shape of a product that has variants; the number of its positions, which differs from
/// sentence to sentence, is rounded up to a power of two.
fn bucket(graph: &Graph, node: &Node) -> Option<String> {
    let (kind, weight, step) = product(node)?;
    let (weight, y) = (graph.shape(weight), graph.shape(node.outputs[0]));
    let positions = (y.n * y.h * y.w).next_power_of_two();
    let even = if y.w.is_multiple_of(2) { "even" } else { "odd" };
    Some(format!("{kind} {weight} step {step} at {positions} {even}"))
}

/// The node's kind, its weight, and its stride or dilation.
fn product(node: &Node) -> Option<(&'static str, TensorId, usize)> {
    match node.op {
        Op::MatMul { weight, .. } => Some(("matmul", weight, 1)),
        Op::Conv1d {
            weight, dilation, ..
        } => Some(("conv1d", weight, dilation)),
        Op::Conv2d { weight, stride, .. } => Some(("conv2d", weight, stride)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use wgpu::DeviceType;

    use super::*;
    use crate::gpu::adapters::tests::adapter_info;
    use crate::graph::{Activation, DType, Epilogue, Shape};

    fn product_at(columns: usize) -> Graph {
        let mut graph = Graph::new();
        let x = graph.input("x", Shape::sequence(1, 4, columns), DType::F32);
        graph
            .linear("layer", x, 8, Activation::Identity, Epilogue::NONE)
            .expect("any shape fits");
        graph
    }

    const TILED: Capabilities = Capabilities {
        shared_tiles: true,
        ..Capabilities::PORTABLE
    };

    fn tuned(graph: &Graph) -> Tuning {
        let bucket = bucket(graph, &graph.nodes()[0]).expect("a product");
        Tuning {
            choices: BTreeMap::from([(bucket, TILED)]),
        }
    }

    #[test]
    fn a_choice_holds_for_its_bucket_only() {
        let tuning = tuned(&product_at(100));
        let choice = |columns| {
            let graph = product_at(columns);
            tuning.capabilities(&graph, &graph.nodes()[0], Capabilities::PORTABLE)
        };
        assert_eq!(choice(128), TILED);
        assert_eq!(choice(101), Capabilities::PORTABLE, "odd");
        assert_eq!(choice(130), Capabilities::PORTABLE, "more positions");
    }

    #[test]
    fn what_is_kept_is_read_again_by_the_same_adapter_only() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let kernels = Kernels::load().expect("all kernels parse");
        let info = adapter_info("Iris Xe", DeviceType::IntegratedGpu);
        let tuning = tuned(&product_at(100));
        let path = tuning
            .save(folder.path(), &info, &kernels)
            .expect("the folder is writable");
        assert_eq!(Tuning::load(folder.path(), &info, &kernels), tuning);
        let other = adapter_info("Arc A770", DeviceType::DiscreteGpu);
        assert!(Tuning::load(folder.path(), &other, &kernels).is_empty());
        fs::write(path, "{").expect("the file is writable");
        assert!(Tuning::load(folder.path(), &info, &kernels).is_empty());
    }
}
