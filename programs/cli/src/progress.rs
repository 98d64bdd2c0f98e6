//! Standard error as people see it: progress bars for a terminal, closing lines, errors.

use std::borrow::Cow;
use std::fmt::Display;
use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Who is listening on standard error, and how much they want to hear.
#[derive(Debug)]
pub(crate) struct Console {
    quiet: bool,
    terminal: bool,
}

impl Console {
    /// A console; quiet ones print errors only.
    pub(crate) fn new(quiet: bool) -> Self {
        Self {
            quiet,
            terminal: std::io::stderr().is_terminal(),
        }
    }

    /// A progress bar of `total` steps, shown only on a terminal.
    pub(crate) fn bar(&self, label: impl Into<Cow<'static, str>>, total: u64) -> ProgressBar {
        let target = if self.terminal && !self.quiet {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let style = ProgressStyle::with_template("{msg:24} {wide_bar} {pos}/{len} {eta}")
            .expect("the template is a constant of valid syntax");
        ProgressBar::with_draw_target(Some(total), target)
            .with_style(style)
            .with_message(label)
    }

    /// A line about what takes its time from now on, for those who watch: shown only on a terminal.
    pub(crate) fn announce(&self, line: impl Display) {
        if self.terminal {
            self.say(line);
        }
    }

    /// A line about what was done.
    pub(crate) fn say(&self, line: impl Display) {
        if !self.quiet {
            eprintln!("{line}");
        }
    }

    /// An error as one sentence.
    pub(crate) fn error(&self, error: impl Display) {
        eprintln!("error: {error}");
    }
}
