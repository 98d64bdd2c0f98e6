//! The host's part of a profile: a `tracing` layer that remembers when spans began and ended.

use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// Spans of the engine only; wgpu's are too many and too short.
const TARGET: &str = "gss_wgpu";

/// A stretch of work on one thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// What was done.
    pub name: &'static str,
    /// The span's fields, `steps=12 plan=text`.
    pub detail: String,
    /// Name of the thread, or its number.
    pub thread: String,
    /// When it began.
    pub start: Instant,
    /// When it ended.
    pub end: Instant,
}

/// Collects the engine's spans. Clones share what they collect: one goes into the subscriber, one
/// stays with whoever asks.
#[derive(Debug, Clone, Default)]
pub struct SpanRecorder(Arc<Mutex<Vec<Span>>>);

impl SpanRecorder {
    /// The layer for a subscriber. It sees the engine's spans whatever other layers want to see.
    #[must_use]
    pub fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let filter = Targets::new().with_target(TARGET, Level::DEBUG);
        Collector(self.clone()).with_filter(filter)
    }

    /// All spans that have ended since the last call.
    #[must_use]
    pub fn take(&self) -> Vec<Span> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The layer itself.
struct Collector(SpanRecorder);

/// What is known of a span when it opens.
struct Opened {
    detail: String,
    thread: String,
    start: Instant,
}

impl<S> Layer<S> for Collector
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else {
            return;
        };
        let mut detail = Detail::default();
        attributes.record(&mut detail);
        let thread = std::thread::current();
        let name = thread.name().map(str::to_owned);
        span.extensions_mut().insert(Opened {
            detail: detail.0,
            thread: name.unwrap_or_else(|| format!("{:?}", thread.id())),
            start: Instant::now(),
        });
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let end = Instant::now();
        let Some(span) = context.span(&id) else {
            return;
        };
        let Some(opened) = span.extensions_mut().remove::<Opened>() else {
            return;
        };
        let Opened {
            detail,
            thread,
            start,
        } = opened;
        let mut spans = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        spans.push(Span {
            name: span.name(),
            detail,
            thread,
            start,
            end,
        });
    }
}

/// Fields as text.
#[derive(Default)]
struct Detail(String);

impl Visit for Detail {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let space = if self.0.is_empty() { "" } else { " " };
        write!(self.0, "{space}{field}={value:?}").expect("writing to a string does not fail");
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt;

    use super::SpanRecorder;

    #[test]
    fn spans_of_this_crate_are_kept_with_their_fields_and_nesting() {
        let recorder = SpanRecorder::default();
        let subscriber = tracing_subscriber::registry().with(recorder.layer());
        tracing::subscriber::with_default(subscriber, || {
            let _outer = tracing::debug_span!("outer", steps = 3, plan = "text").entered();
            let _foreign = tracing::debug_span!(target: "wgpu_core", "foreign").entered();
            let _inner = tracing::debug_span!("inner").entered();
            tracing::debug!("events are not spans");
        });
        let spans = recorder.take();
        let names: Vec<_> = spans.iter().map(|span| span.name).collect();
        assert_eq!(names, ["inner", "outer"]);
        assert_eq!(spans[1].detail, "steps=3 plan=text");
        assert!(spans[1].start <= spans[0].start && spans[0].end <= spans[1].end);
        assert!(recorder.take().is_empty(), "taken spans are gone");
    }
}
