//! Files that appear whole or not at all, and never in place of something else.
//!
//! A result is collected in a temporary file without a name and gets its name when it is complete:
//! whatever ends the program before, nothing of it stays. What cannot be replaced without being lost (a
//! device, a pipe, a file that belongs to somebody else) is written to instead; the target of a symbolic
//! link is written, and the link stays; a file that is overwritten keeps its mode and its owner.

mod target;
mod temporary;

use std::fs::File;
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

pub use target::Target;
use temporary::Temporary;

/// A file on its way to its target; dropped without [`OutputFile::commit`], it vanishes.
#[derive(Debug)]
pub struct OutputFile {
    temporary: Temporary,
    target: Target,
}

/// What the results of this process are at, for [`abandon`].
struct Results {
    /// Temporary files that have a name.
    named: Vec<PathBuf>,
    /// Targets that were written, or begun.
    written: Vec<PathBuf>,
}

static RESULTS: Mutex<Results> = Mutex::new(Results {
    named: Vec::new(),
    written: Vec::new(),
});

fn results() -> MutexGuard<'static, Results> {
    RESULTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes the temporary files of this process and hands the targets that were written, or begun, to
/// `end`: for a program that is told to end and does not return from what it does. As long as `end` runs,
/// no file gets its name.
pub fn abandon(end: impl FnOnce(&[PathBuf])) {
    let mut results = results();
    for path in results.named.drain(..) {
        // It may have got its final name just before.
        let _ = std::fs::remove_file(path);
    }
    end(&results.written);
}

impl OutputFile {
    /// Starts a file that will appear at `path`, or be written to it where it is no regular file.
    ///
    /// # Errors
    /// As [`Target::check`], or when no temporary file can be made.
    pub fn create(path: &Path) -> io::Result<Self> {
        let target = Target::check(path)?;
        let temporary = Temporary::create(&target)?;
        Ok(Self { temporary, target })
    }

    /// Where the file will appear, as it was named.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.target.path()
    }

    /// A handle that shares the file's position.
    ///
    /// # Errors
    /// When the system has no more handles.
    pub fn handle(&self) -> io::Result<File> {
        self.temporary.file().try_clone()
    }

    /// Gives the file its name, replacing what had it before, or writes it where it belongs.
    ///
    /// # Errors
    /// When the system refuses. The old file is untouched then; of a device or a pipe, nobody knows.
    pub fn commit(self) -> io::Result<()> {
        let Self { temporary, target } = self;
        let path = target.path().to_owned();
        match temporary {
            Temporary::Beside(beside) => {
                let mut results = results();
                beside.place(&target, &mut results.named)?;
                results.written.push(path);
                Ok(())
            }
            Temporary::Elsewhere(mut file) => {
                results().written.push(path);
                file.rewind()?;
                let mut stream = target.open()?;
                io::copy(&mut file, &mut stream)?;
                stream.flush()
            }
        }
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

#[cfg(test)]
mod tests;
