//! What lies where a result should go, and what may be done to it.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Symbolic links that are followed at most, as Linux does.
const MOST_LINKS: usize = 40;

/// A place for a result that was looked at: it could be written now.
#[derive(Debug)]
pub struct Target {
    /// As it was named.
    path: PathBuf,
    /// Its real place, behind all symbolic links.
    place: PathBuf,
    /// What is there.
    existing: Option<Metadata>,
}

impl Target {
    /// Looks at a place, without changing anything.
    ///
    /// # Errors
    /// When the name is empty or a folder's, its folder does not exist, or what is there may not be
    /// written.
    pub fn check(path: &Path) -> io::Result<Self> {
        if path.as_os_str().is_empty() {
            let message = "its name is empty; name a file";
            return Err(io::Error::new(ErrorKind::InvalidInput, message));
        }
        let ends_like_folder = path
            .as_os_str()
            .as_encoded_bytes()
            .last()
            .is_some_and(|&last| std::path::is_separator(last.into()));
        if ends_like_folder || path.is_dir() {
            return Err(ErrorKind::IsADirectory.into());
        }
        let existing = match fs::metadata(path) {
            Ok(existing) => Some(existing),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let place = match &existing {
            // What a link in /proc leads to may have no name any more: then it is what it is.
            Some(_) => fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()),
            None => followed(path)?,
        };
        let target = Self {
            path: path.to_owned(),
            place,
            existing,
        };
        match &target.existing {
            Some(existing) if existing.is_file() && existing.permissions().readonly() => {
                let message = "it is read-only; name another file, or make it writable";
                return Err(io::Error::new(ErrorKind::PermissionDenied, message));
            }
            Some(_) => may_write(&target.place)?,
            None => {
                let folder = target.folder();
                if !folder.is_dir() {
                    let message = format!("the folder {} does not exist", folder.display());
                    return Err(io::Error::new(ErrorKind::NotFound, message));
                }
                may_write(folder)?;
            }
        }
        Ok(target)
    }

    /// As it was named.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether two names are of one file.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        match (&self.existing, &other.existing) {
            (Some(own), Some(other_file)) => {
                same_file(own, other_file).unwrap_or(self.place == other.place)
            }
            (None, None) => self.place == other.place,
            _ => false,
        }
    }

    /// Whether this is the regular file that `other` describes; a device or a pipe may be both read and
    /// written.
    #[must_use]
    pub fn is_file(&self, other: &Metadata) -> bool {
        self.existing
            .as_ref()
            .is_some_and(|own| own.is_file() && same_file(own, other) == Some(true))
    }

    /// Whether this is the regular file at `path`.
    #[must_use]
    pub fn is_file_at(&self, path: &Path) -> bool {
        let Some(own) = self.existing.as_ref().filter(|own| own.is_file()) else {
            return false;
        };
        let Ok(other) = fs::metadata(path) else {
            return false;
        };
        same_file(own, &other)
            .unwrap_or_else(|| fs::canonicalize(path).is_ok_and(|path| path == self.place))
    }

    pub(super) fn place(&self) -> &Path {
        &self.place
    }

    pub(super) fn existing(&self) -> Option<&Metadata> {
        self.existing.as_ref()
    }

    pub(super) fn folder(&self) -> &Path {
        match self.place.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        }
    }

    /// Opens what is there, emptied where it is a file.
    pub(super) fn open(&self) -> io::Result<File> {
        OpenOptions::new()
            .write(true)
            .truncate(true)
            .open(&self.path)
    }
}

/// Where the last of the symbolic links at `path` leads, though nothing is there.
fn followed(path: &Path) -> io::Result<PathBuf> {
    let mut place = path.to_owned();
    for _ in 0..MOST_LINKS {
        let is_link = fs::symlink_metadata(&place).is_ok_and(|found| found.is_symlink());
        if !is_link {
            // Two names of one new file are found equal only behind the links of its folder.
            let folder = place.parent().filter(|folder| *folder != Path::new(""));
            let folder = fs::canonicalize(folder.unwrap_or(Path::new(".")));
            return Ok(match (folder, place.file_name()) {
                (Ok(folder), Some(name)) => folder.join(name),
                _ => place,
            });
        }
        let link = fs::read_link(&place)?;
        place = match place.parent() {
            Some(folder) => folder.join(link),
            None => link,
        };
    }
    let message = "its symbolic links lead nowhere";
    Err(io::Error::new(ErrorKind::NotFound, message))
}

/// Fails where this process may not write to a file, or make one in a folder.
#[cfg(unix)]
fn may_write(path: &Path) -> io::Result<()> {
    Ok(rustix::fs::access(path, rustix::fs::Access::WRITE_OK)?)
}

/// The system tells when it is tried.
#[cfg(not(unix))]
fn may_write(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Whether two descriptions are of one file, where the system can tell.
#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "others cannot tell")]
fn same_file(a: &Metadata, b: &Metadata) -> Option<bool> {
    use std::os::unix::fs::MetadataExt;
    Some((a.dev(), a.ino()) == (b.dev(), b.ino()))
}

#[cfg(not(unix))]
fn same_file(_: &Metadata, _: &Metadata) -> Option<bool> {
    None
}
