//! Ctrl-C, `kill` and the end of a terminal: whatever the program is doing, it ends at once, and no
//! half-written file stays behind.
//!
//! Waiting for the work to notice would take as long as its longest step: the reading of a text or a
//! recording, the compilation of a kernel. Results have their names only when they are complete
//! ([`gss_wgpu::output_file`]), so that nothing has to be tidied up by whoever made them.

use std::io::{IsTerminal, Write, stderr};

use gss_wgpu::output_file;

/// By the shells' convention a program that a signal ended exits with this plus the signal's number.
const SIGNALLED: i32 = 128;

/// From now on signals end the program in good order.
pub(crate) fn listen() {
    if let Err(error) = install() {
        tracing::warn!(%error, "an interruption will end the program without a word");
    }
}

#[cfg(unix)]
fn install() -> std::io::Result<()> {
    use std::sync::Arc;

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
    use signal_hook::iterator::Signals;

    // A file that grows beyond its limit then is an error of the one who writes it.
    signal_hook::flag::register(SIGXFSZ, Arc::default())?;
    let ignored = ignored();
    let wanted = [SIGINT, SIGTERM, SIGHUP];
    let wanted = wanted
        .iter()
        .filter(|&&signal| ignored >> (signal - 1) & 1 == 0);
    let mut signals = Signals::new(wanted)?;
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            if let Some(signal) = signals.forever().next() {
                end(SIGNALLED + signal);
            }
        })?;
    Ok(())
}

/// The signals that whoever started us wants ignored (`nohup` does), as bits; known on Linux only.
#[cfg(unix)]
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}

#[cfg(not(unix))]
fn install() -> Result<(), ctrlc::Error> {
    const SIGINT: i32 = 2;
    ctrlc::set_handler(|| end(SIGNALLED + SIGINT))
}

/// Ends the program without returning to what it does.
fn end(code: i32) {
    output_file::abandon(|written| {
        let mut stderr = stderr();
        if stderr.is_terminal() {
            // A progress bar may be there.
            let _ = write!(stderr, "\r\x1b[2K");
        }
        let said = match written {
            [] => writeln!(stderr, "error: interrupted; nothing was written"),
            written => {
                let names: Vec<_> = written
                    .iter()
                    .map(|path| path.display().to_string())
                    .collect();
                let names = names.join(", ");
                writeln!(
                    stderr,
                    "error: interrupted; {names} may be all that was written"
                )
            }
        };
        // There is nobody left to tell.
        drop(said);
        exit(code);
    });
}

/// Without the destructors of libraries whose threads are at work.
#[cfg(unix)]
fn exit(code: i32) {
    signal_hook::low_level::exit(code);
}

#[cfg(not(unix))]
fn exit(code: i32) {
    std::process::exit(code);
}
