//! Looking through a whole recording.

use serde::Serialize;

use super::detect::{DETECTION_RATE, Detector};
#[cfg(feature = "audio-files")]
use crate::audio::decode_beginning;
#[cfg(any(feature = "audio-files", feature = "cloning"))]
use crate::audio::{Audio, AudioError, resample};

/// Length of a piece of the timeline, and of the longer ones in which a weak mark adds up; each begins in the middle
/// of the one before.
const PIECE_SECONDS: usize = 3;
const LONG_SECONDS: usize = 12;

/// Shorter sound shows too few cells to say anything.
const LEAST: usize = DETECTION_RATE as usize / 2;

/// Sound below this root mean square is silence: 90 dB below full scale.
const SILENCE: f64 = 3e-5;

/// A piece is marked where a false alarm has at most this chance.
const ALARM: f64 = 1e-4;

/// So many independent tries does a search over offsets, tempos and pitches amount to, each with the chance of a
/// normal deviate. Of 10,000 three-second pieces of recorded speech, one in a hundred had a score above 5.2, one in
/// a thousand above 5.65, and none above 6.02.
const TRIES: f64 = 3e5;

/// Most seconds of a file that are listened to.
#[cfg(feature = "audio-files")]
const MOST_SECONDS: f64 = 3000.0;

/// What was found in a stretch of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Piece {
    /// Where it starts, in seconds.
    pub start: f64,
    /// Where it ends.
    pub end: f64,
    /// Whether it is marked, by itself.
    pub is_marked: bool,
    /// Deviations by which the agreement with the pattern stands above chance.
    pub score: f32,
    /// The chance of such a score in a piece of unmarked sound.
    pub chance: f64,
}

/// What was found in a recording.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// Whether any of it is marked.
    pub is_marked: bool,
    /// The best score of a piece.
    pub score: f32,
    /// The chance that a recording of this length without a mark has a piece of such a score.
    pub chance: f64,
    /// Length in seconds.
    pub seconds: f64,
    /// Length of the pieces that are no silence, and so could show a mark, in seconds.
    pub heard: f64,
    /// Pieces of three seconds, each beginning in the middle of the one before; silent ones are left out.
    pub pieces: Vec<Piece>,
}

impl Verdict {
    /// Whether there is enough sound for an absent mark to mean anything.
    #[must_use]
    pub fn can_tell(&self) -> bool {
        self.is_marked || self.heard >= PIECE_SECONDS as f64
    }
}

/// Looks for the mark in sound that comes bit by bit, in bounded memory.
#[derive(Debug)]
pub struct Verifier {
    detector: Detector,
    pieces: Scan,
    long: Scan,
}

impl Default for Verifier {
    fn default() -> Self {
        Self::new()
    }
}

impl Verifier {
    /// Prepares the pattern.
    #[must_use]
    pub fn new() -> Self {
        Self {
            detector: Detector::new(),
            pieces: Scan::new(PIECE_SECONDS),
            long: Scan::new(LONG_SECONDS),
        }
    }

    /// Takes samples at [`DETECTION_RATE`].
    pub fn push(&mut self, samples: &[f32]) {
        self.pieces.push(&self.detector, samples);
        self.long.push(&self.detector, samples);
    }

    /// What was found in all of it.
    #[must_use]
    pub fn finish(mut self) -> Verdict {
        let seconds = self.pieces.seconds();
        self.pieces.finish(&self.detector);
        // What is no longer than a piece has been looked at.
        if seconds > PIECE_SECONDS as f64 {
            self.long.finish(&self.detector);
        }
        let chance = self.pieces.chance().min(self.long.chance());
        Verdict {
            is_marked: chance <= ALARM,
            score: self.pieces.score().max(self.long.score()),
            chance,
            seconds,
            heard: self.pieces.heard as f64 / f64::from(DETECTION_RATE),
            pieces: self.pieces.found,
        }
    }
}

/// Pieces of one length.
#[derive(Debug)]
struct Scan {
    length: usize,
    pending: Vec<f32>,
    /// Samples before `pending`.
    passed: usize,
    found: Vec<Piece>,
    /// Samples that are no silence, and where the last piece of them ended.
    heard: usize,
    end: usize,
}

impl Scan {
    fn new(seconds: usize) -> Self {
        Self {
            length: seconds * DETECTION_RATE as usize,
            pending: Vec::new(),
            passed: 0,
            found: Vec::new(),
            heard: 0,
            end: 0,
        }
    }

    fn push(&mut self, detector: &Detector, samples: &[f32]) {
        for part in samples.chunks(self.length) {
            self.pending.extend_from_slice(part);
            while self.pending.len() >= self.length {
                self.look(detector, self.length);
                self.pending.drain(..self.length / 2);
                self.passed += self.length / 2;
            }
        }
    }

    /// Looks at the first samples that are pending.
    fn look(&mut self, detector: &Detector, length: usize) {
        let piece = &self.pending[..length];
        let squares: f64 = piece.iter().map(|&x| f64::from(x).powi(2)).sum();
        if length < LEAST || (squares / length as f64).sqrt() < SILENCE {
            return;
        }
        let end = self.passed + length;
        self.heard += end - self.end.max(self.passed);
        self.end = end;
        let score = detector.score(piece);
        let chance = chance(score);
        let seconds = |samples: usize| samples as f64 / f64::from(DETECTION_RATE);
        self.found.push(Piece {
            start: seconds(self.passed),
            end: seconds(end),
            is_marked: chance <= ALARM,
            score,
            chance,
        });
    }

    /// Looks at what is left, unless all of it was in the piece before.
    fn finish(&mut self, detector: &Detector) {
        if self.passed == 0 || self.pending.len() > self.length / 2 {
            self.look(detector, self.pending.len());
        }
    }

    fn seconds(&self) -> f64 {
        (self.passed + self.pending.len()) as f64 / f64::from(DETECTION_RATE)
    }

    fn score(&self) -> f32 {
        self.found
            .iter()
            .fold(0.0, |best, piece| best.max(piece.score))
    }

    /// The chance that so many unmarked pieces have this score among them.
    fn chance(&self) -> f64 {
        let least = self
            .found
            .iter()
            .fold(1.0_f64, |least, piece| least.min(piece.chance));
        (least * self.found.len().max(1) as f64).min(1.0)
    }
}

/// The chance that a piece of unmarked sound reaches a score: [`TRIES`] times the tail of the normal distribution,
/// by its asymptotic bound.
fn chance(score: f32) -> f64 {
    let score = f64::from(score).max(1.0);
    let tail = (-0.5 * score * score).exp() / (score * std::f64::consts::TAU.sqrt());
    (TRIES * tail).min(1.0)
}

/// Looks for the mark in sound of any sample rate.
///
/// # Errors
/// As [`resample`].
#[cfg(any(feature = "audio-files", feature = "cloning"))]
pub fn verify(audio: &Audio) -> Result<Verdict, AudioError> {
    let mut verifier = Verifier::new();
    verifier.push(&resample(audio, DETECTION_RATE)?.samples);
    Ok(verifier.finish())
}

/// Looks for the mark in a file, of any format that is read; of more than fifty minutes in the first fifty, with a
/// warning.
///
/// # Errors
/// As [`decode_file`](crate::audio::decode_file).
#[cfg(feature = "audio-files")]
pub fn verify_file(path: &std::path::Path) -> Result<Verdict, AudioError> {
    let audio = decode_beginning(path, DETECTION_RATE, MOST_SECONDS)?;
    let mut verifier = Verifier::new();
    verifier.push(&audio.samples);
    Ok(verifier.finish())
}
