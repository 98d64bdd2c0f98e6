//! Whether there is a standard output to write to.
//!
//! Before `main` begins, Rust opens the null device in place of standard streams that are closed, so that
//! what is written there gets lost without an error. Hence a look before that.

use super::error::CliError;

/// Fails if the program was started with its standard output closed.
pub(crate) fn check() -> Result<(), CliError> {
    if imp::was_closed() {
        Err(CliError::StdoutClosed)
    } else {
        Ok(())
    }
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
mod imp {
    use std::sync::atomic::{AtomicBool, Ordering};

    static CLOSED: AtomicBool = AtomicBool::new(false);

    pub(super) fn was_closed() -> bool {
        CLOSED.load(Ordering::Relaxed)
    }

    extern "C" fn look() {
        // SAFETY: a number that may not be an open file's is what is asked about, and nothing else is
        // done with it.
        let stdout = unsafe { rustix::fd::BorrowedFd::borrow_raw(1) };
        let closed = rustix::io::fcntl_getfd(stdout).is_err();
        CLOSED.store(closed, Ordering::Relaxed);
    }

    #[used]
    // SAFETY: the section holds functions of this signature; this one needs nothing of what Rust's
    // runtime sets up later.
    #[cfg_attr(target_os = "linux", unsafe(link_section = ".init_array"))]
    #[cfg_attr(target_os = "macos", unsafe(link_section = "__DATA,__mod_init_func"))]
    static LOOK: extern "C" fn() = look;
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
mod imp {
    pub(super) fn was_closed() -> bool {
        false
    }
}
