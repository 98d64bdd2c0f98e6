//! Whole syntheses, from text to samples: how the cost grows with length, steps and batch.

use std::ops::ControlFlow;
use std::time::Instant;

use super::course::Course;
use super::error::BenchError;
use super::report::{LeftOut, PipelineRow};
use super::statistics::{median, percentile};
use super::workload::SYMBOLS_PER_SECOND;
use gss_wgpu::gpu::GpuError;
use gss_wgpu::model::{ReferenceFeatures, Style, StyleOrigin, Transport};
use gss_wgpu::synth::{Request, SynthError, Synthesizer};

/// What is spoken, over and over: sentences of usual length.
const SENTENCES: [&str; 5] = [
    "The morning train was late again, so we walked along the river to the old bridge.",
    "Nobody had told them that the garden behind the house was full of yellow roses.",
    "She wrote a long letter to her brother, and he answered with a single word.",
    "After the rain the children found three small frogs under the wooden stairs.",
    "When the lamps went out, somebody began to sing, and soon the whole street was singing.",
];

/// One kind of synthesis.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Case {
    seconds: f64,
    batch: usize,
    steps: usize,
}

impl Case {
    fn speech(self) -> f64 {
        self.seconds * self.batch as f64
    }

    /// What the time grows with: an evaluation of the network takes several times as long as all the
    /// rest, so the steps do not count in full.
    fn cost(self) -> f64 {
        self.speech() * (1.0 + self.steps as f64)
    }
}

/// Measures three series: lengths at the model's own steps, other steps, batches.
pub(super) async fn measure(
    synthesizer: &mut Synthesizer,
    course: &mut Course<'_>,
) -> Result<(Vec<PipelineRow>, Vec<LeftOut>), BenchError> {
    let steps = synthesizer.config().sampling.steps;
    let at = course.options.at;
    let lengths = course.lengths().into_iter().map(|seconds| Case {
        seconds,
        batch: 1,
        steps,
    });
    let others = course.options.steps.iter().map(|&steps| Case {
        seconds: at,
        batch: 1,
        steps,
    });
    let batches = course.options.batches.iter().map(|&batch| Case {
        seconds: at,
        batch,
        steps,
    });
    let series: [(&'static str, Vec<Case>); 3] = [
        ("lengths", lengths.collect()),
        ("steps", others.collect()),
        ("batches", batches.collect()),
    ];
    let (mut rows, mut left_out) = (Vec::new(), Vec::new());
    let mut known: Vec<Case> = Vec::new();
    // Seconds of the last case for each unit of its cost.
    let mut rate: Option<f64> = None;
    for (what, cases) in series {
        let start = Instant::now();
        for (done, &case) in cases.iter().enumerate() {
            course.tell(what, done, cases.len());
            if known.contains(&case) {
                continue;
            }
            known.push(case);
            let Case {
                seconds,
                batch,
                steps,
            } = case;
            let what = format!("synthesis of {seconds} s, batch {batch}, {steps} steps");
            // Twice: the first run and one warm run.
            let expected = rate.map(|rate| 2.0 * rate * case.cost());
            if !course.has_time(start, expected) {
                left_out.push(course.over_limit(what, expected));
                continue;
            }
            match synthesis(synthesizer, course, case).await {
                Ok(row) => {
                    rate = Some(row.ms_median / 1e3 / case.cost());
                    rows.push(row);
                }
                Err(BenchError::Synth(SynthError::Gpu(
                    error @ (GpuError::BufferTooLarge { .. } | GpuError::OutOfMemory { .. }),
                ))) => left_out.push(LeftOut::impossible(what, error.to_string())),
                Err(error) => return Err(error),
            }
        }
    }
    Ok((rows, left_out))
}

async fn synthesis(
    synthesizer: &mut Synthesizer,
    course: &Course<'_>,
    case: Case,
) -> Result<PipelineRow, BenchError> {
    let length = synthesizer.config().style_encoder.style;
    let values = (0..length).map(|i| (0.7 * i as f32).sin()).collect();
    let style = Style::new(values, StyleOrigin::default())?
        .with_transport(Transport::neutral(synthesizer.config()))
        .with_features(ReferenceFeatures::neutral(synthesizer.config()));
    let request = Request {
        steps: Some(case.steps),
        ..Request::new(sample_text(synthesizer, case.seconds)?, style)
    };
    let requests = vec![request; case.batch];
    let start = Instant::now();
    let speech = speak(synthesizer, &requests).await?;
    let first = start.elapsed().as_secs_f64();
    let mut warm = Vec::new();
    while course.wants_more(&warm) {
        let start = Instant::now();
        speak(synthesizer, &requests).await?;
        warm.push(start.elapsed().as_secs_f64());
    }
    let time = median(&warm);
    Ok(PipelineRow {
        seconds: speech / case.batch as f64,
        batch: case.batch,
        steps: case.steps,
        rtf: time / speech,
        ms_first: 1e3 * first,
        ms_median: 1e3 * time,
        ms_p95: 1e3 * percentile(&warm, 95),
        runs: warm.len(),
        peak_bytes: synthesizer.device_bytes(),
    })
}

/// Seconds of all speech together.
async fn speak(synthesizer: &mut Synthesizer, requests: &[Request]) -> Result<f64, SynthError> {
    let go_on = |_| ControlFlow::Continue(());
    let speech = match requests {
        [request] => vec![synthesizer.synthesize(request, go_on).await?],
        requests => synthesizer.synthesize_batch(requests, go_on).await?,
    };
    Ok(speech.iter().map(|speech| speech.audio.seconds()).sum())
}

/// A text for about so many seconds of speech.
///
/// # Errors
/// When a model does not know the symbols of the words; those of this project do.
pub fn sample_text(synthesizer: &Synthesizer, seconds: f64) -> Result<String, SynthError> {
    let mut words = SENTENCES.iter().cycle().flat_map(|text| text.split(' '));
    let mut text = String::new();
    loop {
        let symbols = if text.is_empty() {
            0
        } else {
            synthesizer.symbols(&text)?
        };
        if symbols as f64 >= seconds * SYMBOLS_PER_SECOND {
            return Ok(text);
        }
        // Some words at a time: every look at the symbols reads the text anew.
        let missing = seconds * SYMBOLS_PER_SECOND - symbols as f64;
        for word in words.by_ref().take(words_of(missing)) {
            text += word;
            text.push(' ');
        }
    }
}

/// A cautious guess of how many words have so many symbols; a word has about five, with its boundary.
fn words_of(symbols: f64) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a few hundred words"
    )]
    let words = (symbols / 8.0) as usize;
    words.max(1)
}
