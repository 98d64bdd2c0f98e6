//! What was measured, from one process to the next.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use wgpu::AdapterInfo;

use super::Tuning;
use crate::gpu::adapters::identity;
use crate::gpu::context::Gpu;
use crate::gpu::kernels::Kernels;
use crate::input_file;
use crate::output_file;

/// Largest file of measurements that is read: hundreds of times a usual one.
const MAX_BYTES: u64 = 4 << 20;

impl Tuning {
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

#[cfg(test)]
mod tests {
    use wgpu::DeviceType;

    use super::super::tests::{product_at, tuned};
    use super::*;
    use crate::gpu::adapters::tests::adapter_info;

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
