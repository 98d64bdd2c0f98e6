//! Where a result is collected until it is complete.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::NamedTempFile;

use super::results;
use super::target::Target;

/// How the names of temporary files begin, where one is needed.
const PREFIX: &str = ".gss-wgpu-";

/// A temporary file that nobody holds and that was not written to for so long was left behind.
#[cfg(unix)]
const LEFT_BEHIND: Duration = Duration::from_secs(60);

/// Without locks, only its age tells.
#[cfg(not(unix))]
const LEFT_BEHIND: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Debug)]
pub(super) enum Temporary {
    /// On the target's file system: it can become the target.
    Beside(Beside),
    /// Anywhere: its bytes will be copied.
    Elsewhere(File),
}

#[derive(Debug)]
pub(super) enum Beside {
    /// Without a name, which Linux has for most file systems: the kernel removes it whatever happens.
    #[cfg(target_os = "linux")]
    Unnamed(File),
    /// Beside the target, under a name of its own.
    Named(NamedTempFile),
}

impl Temporary {
    /// Beside the target if it may be replaced, elsewhere if it must be written to.
    pub(super) fn create(target: &Target) -> io::Result<Self> {
        match target.existing() {
            None => Ok(Self::Beside(Beside::create(target.folder())?)),
            Some(existing) if existing.is_file() => {
                // Where the folder takes no new file, or the new file cannot get the old one's owner,
                // the old one stays.
                let beside = Beside::create(target.folder());
                match beside.and_then(|beside| beside.adopt(existing).map(|()| beside)) {
                    Ok(beside) => Ok(Self::Beside(beside)),
                    Err(_) => Ok(Self::Elsewhere(tempfile::tempfile()?)),
                }
            }
            Some(_) => Ok(Self::Elsewhere(tempfile::tempfile()?)),
        }
    }

    pub(super) fn file(&self) -> &File {
        match self {
            Self::Beside(beside) => beside.file(),
            Self::Elsewhere(file) => file,
        }
    }
}

impl Beside {
    fn create(folder: &Path) -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        if let Some(file) = unnamed(folder) {
            return Ok(Self::Unnamed(file));
        }
        sweep(folder);
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // Temporary files are private by default; results should be as readable as any other
            // new file. The process's mask still applies.
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        let named = builder.tempfile_in(folder)?;
        hold(named.as_file());
        results().named.push(named.path().to_owned());
        Ok(Self::Named(named))
    }

    fn file(&self) -> &File {
        match self {
            #[cfg(target_os = "linux")]
            Self::Unnamed(file) => file,
            Self::Named(named) => named.as_file(),
        }
    }

    /// Takes the owner and the mode of the file that it will replace.
    #[cfg(unix)]
    fn adopt(&self, existing: &fs::Metadata) -> io::Result<()> {
        use std::os::unix::fs::MetadataExt;
        let file = self.file();
        let own = file.metadata()?;
        if (own.uid(), own.gid()) != (existing.uid(), existing.gid()) {
            std::os::unix::fs::fchown(file, Some(existing.uid()), Some(existing.gid()))?;
        }
        file.set_permissions(existing.permissions())
    }

    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, reason = "it can fail elsewhere")]
    fn adopt(&self, _: &fs::Metadata) -> io::Result<()> {
        Ok(())
    }

    /// Gives the file the target's name. `named` are the temporary names in use.
    pub(super) fn place(self, target: &Target, named: &mut Vec<PathBuf>) -> io::Result<()> {
        match self {
            #[cfg(target_os = "linux")]
            Self::Unnamed(file) => place_unnamed(&file, target),
            Self::Named(file) => {
                named.retain(|name| name != file.path());
                file.persist(target.place())?;
                Ok(())
            }
        }
    }
}

/// A file without a name, if this file system has them and `/proc` is there to name it later.
#[cfg(target_os = "linux")]
fn unnamed(folder: &Path) -> Option<File> {
    use std::os::unix::fs::OpenOptionsExt;
    if !Path::new("/proc/self/fd").is_dir() {
        return None;
    }
    let flags = rustix::fs::OFlags::TMPFILE.bits();
    OpenOptions::new()
        .read(true)
        .write(true)
        .mode(0o666)
        .custom_flags(flags.cast_signed())
        .open(folder)
        .ok()
}

/// A link cannot take a name that exists: then it takes another one first, for a moment.
#[cfg(target_os = "linux")]
fn place_unnamed(file: &File, target: &Target) -> io::Result<()> {
    use std::os::fd::AsRawFd;
    let link = |to: &Path| {
        let from = format!("/proc/self/fd/{}", file.as_raw_fd());
        let (here, flags) = (rustix::fs::CWD, rustix::fs::AtFlags::SYMLINK_FOLLOW);
        rustix::fs::linkat(here, from, here, to, flags)
    };
    if target.existing().is_none() {
        match link(target.place()) {
            Err(rustix::io::Errno::EXIST) => {}
            linked => return Ok(linked?),
        }
    }
    sweep(target.folder());
    let name = format!("{PREFIX}{}-{}", std::process::id(), file.as_raw_fd());
    let name = target.folder().join(name);
    hold(file);
    link(&name)?;
    fs::rename(&name, target.place()).inspect_err(|_| {
        // Whatever made the renaming fail is the error to tell.
        let _ = fs::remove_file(&name);
    })
}

/// Removes what programs that were killed left in a folder.
fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry
            .file_name()
            .as_encoded_bytes()
            .starts_with(PREFIX.as_bytes())
            && is_left_behind(&entry.path()).unwrap_or(false)
        {
            // Somebody else may have been faster.
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn is_left_behind(path: &Path) -> io::Result<bool> {
    let metadata = fs::symlink_metadata(path)?;
    let age = metadata.modified()?.elapsed().unwrap_or_default();
    Ok(metadata.is_file() && age >= LEFT_BEHIND && is_free(path)?)
}

/// Shows others that this file is in use; the lock goes with the process.
#[cfg(unix)]
fn hold(file: &File) {
    // A file system without locks has the age alone.
    let _ = rustix::fs::flock(file, rustix::fs::FlockOperation::NonBlockingLockExclusive);
}

#[cfg(not(unix))]
fn hold(_: &File) {}

#[cfg(unix)]
fn is_free(path: &Path) -> io::Result<bool> {
    let file = OpenOptions::new().write(true).open(path)?;
    Ok(rustix::fs::flock(file, rustix::fs::FlockOperation::NonBlockingLockExclusive).is_ok())
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it can fail elsewhere")]
fn is_free(_: &Path) -> io::Result<bool> {
    Ok(true)
}
