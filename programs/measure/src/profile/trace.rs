//! A recording in the Trace Event Format (Google's document of that name), which `chrome://tracing`
//! and Perfetto read.

use std::time::Instant;

use serde::Serialize;

use super::{Recording, Span};
use gss_wgpu::gpu::DispatchTiming;

/// All tracks belong to one process.
const PROCESS: u32 = 1;

/// Track of the GPU's queue; the host's threads follow.
const QUEUE: usize = 1;

/// The file's content.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Trace {
    /// Names of the tracks, then what happened on them.
    pub trace_events: Vec<TraceEvent>,
    /// The unit in which viewers show times.
    pub display_time_unit: &'static str,
}

/// An event.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TraceEvent {
    /// What happened; `thread_name` and the like for metadata.
    pub name: String,
    /// `X`: complete, with a duration; `M`: metadata.
    pub ph: char,
    /// Process.
    pub pid: u32,
    /// Track.
    pub tid: usize,
    /// Microseconds since the recording began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ts: Option<f64>,
    /// Microseconds that it lasted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dur: Option<f64>,
    /// More about it.
    pub args: Arguments,
}

/// More about an event.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Arguments {
    /// Of metadata: a track's name.
    Name {
        /// The name.
        name: String,
    },
    /// Of metadata: a track's place among the others.
    Order {
        /// From the top.
        sort_index: usize,
    },
    /// Of a span: its fields.
    Span {
        /// As text.
        detail: String,
    },
    /// Of a dispatch.
    Dispatch {
        /// Name of the plan.
        stage: &'static str,
        /// Name of the node.
        node: String,
        /// File in `shaders/`, and entry point.
        kernel: String,
        /// See [`gss_wgpu::gpu::DispatchInfo::shape`].
        shape: String,
        /// Workgroups in each dimension.
        workgroups: [u32; 3],
        /// 1e9 floating-point operations.
        gflop: f64,
        /// 1e9 bytes, each operand counted once.
        gb: f64,
        /// 1e9 floating-point operations a second.
        gflops: f64,
        /// 1e9 bytes a second.
        gbs: f64,
    },
}

impl Trace {
    /// Lays a recording out on tracks: the GPU's queue, then each of the host's threads.
    #[must_use]
    pub fn new(recording: &Recording) -> Self {
        let mut threads: Vec<&str> = Vec::new();
        let mut by_start: Vec<_> = recording.spans.iter().collect();
        by_start.sort_by_key(|span| span.start);
        for span in &by_start {
            if !threads.contains(&span.thread.as_str()) {
                threads.push(&span.thread);
            }
        }
        let track = |span: &Span| {
            let above = threads.iter().take_while(|&&name| name != span.thread);
            QUEUE + 1 + above.count()
        };
        let mut events = vec![metadata("process_name", 0, "gss-wgpu".to_owned())];
        events.extend(track_names(QUEUE, "GPU queue".to_owned()));
        for (tid, name) in (QUEUE + 1..).zip(&threads) {
            events.extend(track_names(tid, format!("CPU {name}")));
        }
        let start = recording.start;
        events.extend(
            by_start
                .iter()
                .map(|span| of_span(span, track(span), start)),
        );
        let dispatches = recording.dispatches.iter();
        events.extend(dispatches.map(|dispatch| of_dispatch(dispatch, start)));
        Self {
            trace_events: events,
            display_time_unit: "ms",
        }
    }
}

fn track_names(tid: usize, name: String) -> [TraceEvent; 2] {
    let order = TraceEvent {
        args: Arguments::Order { sort_index: tid },
        ..metadata("thread_sort_index", tid, String::new())
    };
    [metadata("thread_name", tid, name), order]
}

fn metadata(what: &str, tid: usize, name: String) -> TraceEvent {
    TraceEvent {
        name: what.to_owned(),
        ph: 'M',
        pid: PROCESS,
        tid,
        ts: None,
        dur: None,
        args: Arguments::Name { name },
    }
}

fn complete(
    name: &str,
    tid: usize,
    [start, end]: [Instant; 2],
    epoch: Instant,
    args: Arguments,
) -> TraceEvent {
    TraceEvent {
        name: name.to_owned(),
        ph: 'X',
        pid: PROCESS,
        tid,
        ts: Some((start - epoch).as_secs_f64() * 1e6),
        dur: Some((end - start).as_secs_f64() * 1e6),
        args,
    }
}

fn of_span(span: &Span, tid: usize, epoch: Instant) -> TraceEvent {
    let args = Arguments::Span {
        detail: span.detail.clone(),
    };
    complete(span.name, tid, [span.start, span.end], epoch, args)
}

fn of_dispatch(dispatch: &DispatchTiming, epoch: Instant) -> TraceEvent {
    let info = &dispatch.info;
    let seconds = dispatch.duration().as_secs_f64();
    let (gflop, gb) = (info.flops as f64 / 1e9, info.bytes as f64 / 1e9);
    // A clock of coarse ticks may give zero.
    let rate = |amount: f64| if seconds > 0.0 { amount / seconds } else { 0.0 };
    let args = Arguments::Dispatch {
        stage: dispatch.plan,
        node: info.node.clone(),
        kernel: format!("{}.{}", info.kernel, info.entry),
        shape: info.shape.clone(),
        workgroups: info.workgroups,
        gflop,
        gb,
        gflops: rate(gflop),
        gbs: rate(gb),
    };
    let times = [dispatch.start, dispatch.end];
    complete(info.kernel, QUEUE, times, epoch, args)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::Trace;
    use crate::profile::tests::recording;

    fn events() -> Vec<Value> {
        let text = serde_json::to_string(&Trace::new(&recording())).expect("it is plain data");
        let trace: Value = serde_json::from_str(&text).expect("it is JSON, quotes in names too");
        trace["traceEvents"].as_array().expect("a list").clone()
    }

    #[test]
    fn every_track_has_a_name() {
        let events = events();
        let names: Vec<_> = events
            .iter()
            .filter(|event| event["name"] == "thread_name")
            .map(|event| (event["tid"].as_u64(), event["args"]["name"].as_str()))
            .collect();
        let expected = [(1, "GPU queue"), (2, "CPU worker"), (3, "CPU main")];
        assert_eq!(names, expected.map(|(tid, name)| (Some(tid), Some(name))));
        let tracks: Vec<_> = names.iter().map(|(tid, _)| *tid).collect();
        let complete = events.iter().filter(|event| event["ph"] == "X");
        assert_eq!(complete.clone().count(), 9);
        for event in complete {
            assert!(tracks.contains(&event["tid"].as_u64()), "{event}");
        }
    }

    #[test]
    fn a_dispatch_says_what_it_computed() {
        let events = events();
        let conv = events
            .iter()
            .find(|event| event["name"] == "conv")
            .expect("there is a convolution");
        assert_eq!(conv["args"]["node"], "unet.\"conv\"");
        assert_eq!(conv["args"]["kernel"], "conv.main");
        assert_eq!(conv["args"]["workgroups"], serde_json::json!([3, 2, 1]));
        let number = |value: &Value| value.as_f64().expect("a number");
        for (value, expected) in [
            (&conv["ts"], 10_000.0),
            (&conv["dur"], 10_000.0),
            (&conv["args"]["gflop"], 0.03),
            (&conv["args"]["gflops"], 3.0),
            (&conv["args"]["gb"], 0.001),
        ] {
            assert!((number(value) - expected).abs() < 1e-6, "{value}");
        }
    }
}
