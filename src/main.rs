//! The program `gss-wgpu`: everything is in [`cli`].

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    silence_device_select_layer();
    cli::run()
}

/// Mesa's device-select layer, which only reorders adapters, writes `error: XDG_RUNTIME_DIR is invalid`
/// to standard error where there is no desktop session. We order adapters ourselves, so it is switched
/// off unless the user has set its variable.
fn silence_device_select_layer() {
    const VARIABLE: &str = "NODEVICE_SELECT";
    if cfg!(target_os = "linux") && std::env::var_os(VARIABLE).is_none() {
        // SAFETY: this is the first thing that the program does; no other thread exists that could
        // read the environment meanwhile.
        unsafe { std::env::set_var(VARIABLE, "1") };
    }
}
