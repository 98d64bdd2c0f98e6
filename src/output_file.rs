//! Files that appear whole or not at all.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A file under a temporary name beside its target; dropped without [`OutputFile::commit`], it
/// vanishes.
#[derive(Debug)]
pub struct OutputFile {
    temporary: NamedTempFile,
    path: PathBuf,
}

impl OutputFile {
    /// Starts a file that will appear at `path`.
    ///
    /// # Errors
    /// When the folder of `path` does not exist or does not let itself be written to, or `path` is a
    /// folder.
    pub fn create(path: &Path) -> io::Result<Self> {
        if path.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let folder = match path.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        if !folder.is_dir() {
            let message = format!("the folder {} does not exist", folder.display());
            return Err(io::Error::new(io::ErrorKind::NotFound, message));
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
        Ok(Self {
            temporary: builder.tempfile_in(folder)?,
            path: path.to_owned(),
        })
    }

    /// Where the file will appear.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A handle that shares the file's position.
    ///
    /// # Errors
    /// When the system has no more handles.
    pub fn handle(&self) -> io::Result<File> {
        self.temporary.as_file().try_clone()
    }

    /// Gives the file its name, replacing what had it before.
    ///
    /// # Errors
    /// When the system refuses; the old file is untouched then.
    pub fn commit(self) -> io::Result<()> {
        self.temporary.persist(&self.path)?;
        Ok(())
    }
}

/// Writes a whole file.
///
/// # Errors
/// As [`OutputFile`]'s methods, or when the disk is full; nothing appears then.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let output = OutputFile::create(path)?;
    output.handle()?.write_all(bytes)?;
    output.commit()
}
