//! Files of known size, read whole: a device or a pipe that never ends is not.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// Longest wait for somebody to write into a named pipe: nobody may.
#[cfg(unix)]
const PIPE_SECONDS: i64 = 15;

/// Opens a file, a device or a pipe. For a named pipe it waits until something comes.
///
/// # Errors
/// When it cannot be opened, or nothing comes through the pipe.
pub fn open(path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};

        // Those of a shell, behind these paths, have their writer.
        let is_shells = path.starts_with("/dev") || path.starts_with("/proc");
        if !is_shells && fs::metadata(path)?.file_type().is_fifo() {
            let flags = rustix::fs::OFlags::NONBLOCK;
            let pipe = fs::OpenOptions::new()
                .read(true)
                .custom_flags(flags.bits().cast_signed())
                .open(path)?;
            let mut awaited = [rustix::event::PollFd::new(
                &pipe,
                rustix::event::PollFlags::IN,
            )];
            let longest = rustix::event::Timespec {
                tv_sec: PIPE_SECONDS,
                tv_nsec: 0,
            };
            if rustix::event::poll(&mut awaited, Some(&longest))? == 0 {
                let message = format!("nothing has come through the pipe for {PIPE_SECONDS} s");
                return Err(io::Error::new(ErrorKind::TimedOut, message));
            }
            rustix::fs::fcntl_setfl(&pipe, rustix::fs::OFlags::empty())?;
            return Ok(pipe);
        }
    }
    File::open(path)
}

/// The content of a file or a pipe of at most so many bytes.
///
/// # Errors
/// When it cannot be read, or holds more.
pub(crate) fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    if fs::metadata(path)?.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    let mut bytes = Vec::new();
    open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let message = format!("it holds more than {most} bytes, the most that are read");
        return Err(io::Error::new(ErrorKind::FileTooLarge, message));
    }
    Ok(bytes)
}

/// [`read`] of what can only be a file: to open a pipe that nobody writes to would take for ever.
///
/// # Errors
/// As [`read`], and when it is anything else.
pub(crate) fn read_regular(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    check_regular(path)?;
    read(path, most)
}

/// Fails where there is no regular file.
///
/// # Errors
/// When there is nothing, or something else.
pub(crate) fn check_regular(path: &Path) -> io::Result<()> {
    let metadata = fs::metadata(path)?;
    if metadata.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    if !metadata.is_file() {
        let message = "it is a pipe or a device; it should be a file";
        return Err(io::Error::new(ErrorKind::InvalidInput, message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_so_much_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "four").unwrap();
        assert_eq!(read_regular(&path, 4).unwrap(), b"four");
        let error = read(&path, 3).unwrap_err().to_string();
        assert!(error.contains("more than 3 bytes"), "{error}");
        let error = read(folder.path(), 3).unwrap_err().to_string();
        assert!(error.contains("directory"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn endless_devices_and_idle_pipes_are_not_waited_for() {
        assert!(read("/dev/zero".as_ref(), 1000).is_err());
        assert!(read_regular("/dev/zero".as_ref(), 1000).is_err());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, mode).unwrap();
        let error = read_regular(&path, 1000).unwrap_err().to_string();
        assert!(error.contains("should be a file"), "{error}");
        let writes = {
            let path = path.clone();
            std::thread::spawn(move || fs::write(path, "late").unwrap())
        };
        assert_eq!(read(&path, 1000).unwrap(), b"late");
        writes.join().unwrap();
    }
}
