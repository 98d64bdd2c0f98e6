//! Files that appear whole or not at all.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::AudioError;

/// A file under a temporary name beside its target; dropped without [`OutputFile::commit`], it
/// vanishes.
pub(super) struct OutputFile {
    temporary: NamedTempFile,
    path: PathBuf,
}

impl OutputFile {
    /// Fails where the folder of `path` does not exist or does not let itself be written to, or
    /// where `path` is a folder.
    pub(super) fn create(path: &Path) -> Result<Self, AudioError> {
        if path.is_dir() {
            return Err(AudioError::write(path, io::ErrorKind::IsADirectory.into()));
        }
        let folder = match path.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        if !folder.is_dir() {
            let message = format!("the folder {} does not exist", folder.display());
            return Err(AudioError::write(
                path,
                io::Error::new(io::ErrorKind::NotFound, message),
            ));
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix(".gss-wgpu-");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // Temporary files are private by default; results should be as readable as any other
            // new file. The process's mask still applies.
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let temporary = builder
            .tempfile_in(folder)
            .map_err(|source| AudioError::write(path, source))?;
        Ok(Self {
            temporary,
            path: path.to_owned(),
        })
    }

    /// A handle that shares the file's position.
    pub(super) fn handle(&self) -> Result<File, AudioError> {
        self.temporary
            .as_file()
            .try_clone()
            .map_err(|source| self.error(source))
    }

    /// Gives the file its name, replacing what had it before.
    pub(super) fn commit(self) -> Result<(), AudioError> {
        let Self { temporary, path } = self;
        match temporary.persist(&path) {
            Ok(_) => Ok(()),
            Err(error) => Err(AudioError::Write {
                path,
                source: error.error,
            }),
        }
    }

    /// An error in writing this file.
    pub(super) fn error(&self, source: io::Error) -> AudioError {
        AudioError::write(&self.path, source)
    }
}
