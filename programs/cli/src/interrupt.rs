//! Ctrl-C during long work: it stops at its next step, and no half-written file stays behind.

use std::sync::atomic::{AtomicBool, Ordering};

/// Exit code of a program that SIGINT ended, by the shells' convention: 128 + 2.
pub(crate) const EXIT_CODE: u8 = 130;

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// From now on an interruption is only noted, for [`requested`]; a second one ends the program at once.
pub(crate) fn listen() {
    let installed = ctrlc::set_handler(|| {
        if REQUESTED.swap(true, Ordering::Relaxed) {
            std::process::exit(EXIT_CODE.into());
        }
    });
    if let Err(error) = installed {
        tracing::warn!(%error, "an interruption will end the program without tidying up");
    }
}

/// Whether the user wants the work to stop.
pub(crate) fn requested() -> bool {
    REQUESTED.load(Ordering::Relaxed)
}
