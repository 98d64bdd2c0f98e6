//! Compiled pipelines from one process to the next, where the backend can keep them (Vulkan).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};
use wgpu::{AdapterInfo, Device, Features, PipelineCacheDescriptor};

use super::adapters::identity;
use super::error::GpuError;
use super::failure::scoped;
use crate::input_file;
use crate::output_file;

/// Largest cache that is read: drivers keep some megabytes for our kernels.
const MAX_BYTES: u64 = 64 << 20;

/// SHA-256 of what follows, at the head of a file.
type Hash = [u8; 32];

/// A file in the user's cache folder, and what wgpu made of it.
///
/// Drivers trust such data, so none comes to them that was not written by this code: the file begins
/// with a hash of the rest. That it fits this adapter and driver is for wgpu to check, which keeps a
/// header of its own in it.
#[derive(Debug)]
pub(super) struct PipelineCache {
    cache: wgpu::PipelineCache,
    path: PathBuf,
    /// What the file holds.
    stored: Mutex<Option<Hash>>,
}

impl PipelineCache {
    /// Reads the file for this adapter in `folder`. `None` where the backend keeps no pipelines.
    pub(super) fn open(
        device: &Device,
        info: &AdapterInfo,
        folder: &Path,
    ) -> Result<Option<Self>, GpuError> {
        if !device.features().contains(Features::PIPELINE_CACHE) {
            return Ok(None);
        }
        let path = folder.join(file_name(info));
        let data = match input_file::read_regular(&path, MAX_BYTES) {
            Ok(file) => unpack(&file).map(<[u8]>::to_vec).or_else(|| {
                tracing::warn!(path = %path.display(), "ignored a damaged pipeline cache");
                None
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "cannot read the pipeline cache");
                None
            }
        };
        let cache = scoped(device, "the pipeline cache", 0, || {
            let descriptor = PipelineCacheDescriptor {
                label: Some("gss-wgpu"),
                data: data.as_deref(),
                fallback: true,
            };
            // SAFETY: the data is what `wgpu::PipelineCache::get_data` gave: its hash is right, and the
            // file lies in a folder that is the user's own.
            unsafe { device.create_pipeline_cache(&descriptor) }
        })?;
        Ok(Some(Self {
            cache,
            path,
            stored: Mutex::new(data.as_deref().map(hash)),
        }))
    }

    /// For the creation of pipelines.
    pub(super) fn get(&self) -> &wgpu::PipelineCache {
        &self.cache
    }

    /// Writes the file if there is anything new. A failure costs time at the next start and nothing
    /// else, so it is only told.
    pub(super) fn save(&self) {
        let Some(data) = self.cache.get_data() else {
            return;
        };
        let hash = hash(&data);
        let mut stored = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        if *stored == Some(hash) {
            return;
        }
        match self.write(&[&hash[..], &data].concat()) {
            Ok(()) => *stored = Some(hash),
            Err(error) => {
                let path = self.path.display();
                tracing::warn!(%path, %error, "cannot keep the compiled pipelines");
            }
        }
    }

    fn write(&self, file: &[u8]) -> io::Result<()> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        output_file::write(&self.path, file)
    }
}

fn hash(data: &[u8]) -> Hash {
    Sha256::digest(data).into()
}

/// What follows the hash, if the hash is right.
fn unpack(file: &[u8]) -> Option<&[u8]> {
    let (stored, data) = file.split_first_chunk::<{ size_of::<Hash>() }>()?;
    (*stored == hash(data)).then_some(data)
}

/// One file for each adapter, driver and version of this crate.
fn file_name(info: &AdapterInfo) -> String {
    let digest = hash(identity(info).as_bytes());
    let digest: String = digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("pipelines-{digest}.bin")
}

#[cfg(test)]
mod tests {
    use super::{hash, unpack};

    #[test]
    fn only_what_was_written_whole_is_read() {
        let data = b"compiled";
        let file = [&hash(data)[..], data].concat();
        assert_eq!(unpack(&file), Some(&data[..]));
        assert_eq!(unpack(&file[..file.len() - 1]), None, "truncated");
        assert_eq!(unpack(&[&file[..], b"!"].concat()), None, "longer");
        let mut damaged = file;
        damaged[40 - 1] ^= 1;
        assert_eq!(unpack(&damaged), None, "one bit differs");
        assert_eq!(unpack(b"short"), None);
    }
}
