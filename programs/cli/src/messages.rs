//! How the library's messages look: a line each, in the words of the program's own.

use std::fmt;
use std::io::IsTerminal;

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::fmt::{FmtContext, layer};
use tracing_subscriber::registry::LookupSpan;

use super::terminal::one_line;

/// Messages on standard error: with time, place and level for who wants to hear more than warnings,
/// coloured on a terminal only.
pub(crate) fn messages<S>(verbose: bool) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let layer = layer().with_writer(std::io::stderr);
    if verbose {
        let colours = std::io::stderr().is_terminal();
        layer.with_ansi(colours).boxed()
    } else {
        layer.with_ansi(false).event_format(Plain).boxed()
    }
}

/// `warning: ` and the message.
struct Plain;

impl<S, N> FormatEvent<S, N> for Plain
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let level = match *event.metadata().level() {
            Level::ERROR => "error",
            Level::WARN => "warning",
            _ => "note",
        };
        let mut message = String::new();
        context.format_fields(Writer::new(&mut message), event)?;
        writeln!(writer, "{level}: {}", one_line(&message))
    }
}
