//! What the worker programs of the harness share.
//!
//! A worker evaluates works on one library. `compare.py` starts it with a folder as its last argument
//! and talks to it in lines of JSON: it sends a [`Request`] on standard input and reads one answer from
//! standard output, in turn. Weights and inputs lie in the folder, the same for every peer; a worker
//! puts its output there, so that it can be compared.

mod tensors;
mod work;

use std::error::Error;
use std::fs;
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::time::Instant;

use serde::{Deserialize, Serialize};

pub use tensors::{StoredTensor, Tensors};
pub use work::Work;

/// Whatever may go wrong in a worker; it is reported as text.
pub type Failure = Box<dyn Error>;

/// A work with its weights and inputs on the device, ready to be evaluated.
pub trait Prepared {
    /// Evaluates the work `times` times and returns when the device has finished all of them.
    ///
    /// # Errors
    /// Whatever the library reports.
    fn evaluate(&mut self, times: usize) -> Result<(), Failure>;

    /// The output of the last evaluation, row-major.
    ///
    /// # Errors
    /// Whatever the library reports.
    fn output(&mut self) -> Result<Vec<f32>, Failure>;
}

/// A library on an adapter.
pub trait Library {
    /// Name and version of the library, for people.
    fn name(&self) -> String;

    /// Name of the adapter that computes.
    fn adapter(&self) -> String;

    /// Puts a work on the device.
    ///
    /// # Errors
    /// When a tensor is missing or the library refuses.
    fn prepare(&self, work: &Work, tensors: &Tensors) -> Result<Box<dyn Prepared>, Failure>;
}

/// What `compare.py` asks for.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Request {
    /// Loads `NAME.json` and `NAME.safetensors`, evaluates once, and writes the output to
    /// `NAME.output`: little-endian `f32`. Answers with the time of that first evaluation.
    Prepare(String),
    /// Evaluates so many times. Answers with the mean time of one.
    Time(usize),
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    /// The greeting.
    Ready {
        library: String,
        adapter: String,
    },
    Ms(f64),
    Error(String),
}

/// Serves requests until standard input ends.
///
/// # Errors
/// When standard input or output fails, or holds no request.
pub fn serve(library: &dyn Library, folder: &Path) -> Result<(), Failure> {
    answer(&Answer::Ready {
        library: library.name(),
        adapter: library.adapter(),
    })?;
    let mut prepared = None;
    for line in io::stdin().lock().lines() {
        let result = match serde_json::from_str(&line?)? {
            Request::Prepare(name) => {
                // The memory of the last work before that of the next.
                prepared = None;
                prepare(library, folder, &name).map(|(work, ms)| {
                    prepared = Some(work);
                    ms
                })
            }
            Request::Time(times) => match &mut prepared {
                None => Err("time: nothing is prepared".into()),
                Some(work) => time(&mut **work, times),
            },
        };
        answer(&match result {
            Ok(ms) => Answer::Ms(ms),
            Err(failure) => Answer::Error(failure.to_string()),
        })?;
    }
    Ok(())
}

fn prepare(
    library: &dyn Library,
    folder: &Path,
    name: &str,
) -> Result<(Box<dyn Prepared>, f64), Failure> {
    let work = serde_json::from_slice(&fs::read(folder.join(format!("{name}.json")))?)?;
    let tensors = Tensors::read(&folder.join(format!("{name}.safetensors")))?;
    let mut prepared = library.prepare(&work, &tensors)?;
    let ms = time(&mut *prepared, 1)?;
    let output = prepared.output()?;
    let bytes: Vec<u8> = output
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    fs::write(folder.join(format!("{name}.output")), bytes)?;
    Ok((prepared, ms))
}

fn time(work: &mut dyn Prepared, times: usize) -> Result<f64, Failure> {
    let start = Instant::now();
    work.evaluate(times)?;
    Ok(start.elapsed().as_secs_f64() * 1e3 / times as f64)
}

fn answer(answer: &Answer) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    serde_json::to_writer(&mut stdout, answer)?;
    writeln!(stdout)?;
    stdout.flush()?;
    Ok(())
}
