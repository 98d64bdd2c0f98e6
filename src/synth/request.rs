//! What may be asked for, and what is told on the way.

use std::ops::RangeInclusive;

use super::speech::SpokenSentence;
use crate::diffusion::Solver;
use crate::model::{Style, VocoderChoice};
use crate::text::Sentence;

/// Speeds that are possible. Beyond them durations are extrapolated so far that words are lost.
pub const SPEED_RANGE: RangeInclusive<f32> = 0.25..=4.0;

/// Semitones by which a voice may be raised or lowered: an octave.
pub const PITCH_RANGE: RangeInclusive<f32> = -12.0..=12.0;

/// What to say, and how. What is `None` is as the model's configuration says.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// What to say.
    pub text: Text,
    /// The voice.
    pub style: Style,
    /// Steps of the diffusion: fewer are faster, more are finer.
    pub steps: Option<usize>,
    /// How the diffusion is integrated.
    pub solver: Option<Solver>,
    /// Factor of the initial noise: 0 is the same every time, 1 the most varied.
    pub temperature: Option<f32>,
    /// Share of what the diffusion adds to the mean that is kept, in `0..=1`: less is clearer and flatter.
    pub detail: Option<f64>,
    /// How much the score network follows the style: 1 as trained, which costs nothing; other values
    /// take twice the time and a model with a null style.
    pub guidance: Option<f32>,
    /// 2 is twice as fast.
    pub speed: f32,
    /// Semitones by which the voice is raised, for models that predict a pitch; within [`PITCH_RANGE`].
    pub pitch: f32,
    /// Factor of the melody's movement, for models that predict a pitch: 0 is monotonous, 1 as the model
    /// speaks; within [`INTONATION_RANGE`](crate::model::config::INTONATION_RANGE).
    pub intonation: f32,
    /// The same seed gives the same speech on the same adapter.
    pub seed: u64,
    /// What turns the mel spectrogram into samples.
    pub vocoder: Option<VocoderChoice>,
}

impl Request {
    /// A text in a voice, everything else as the model's configuration says, with seed 0.
    #[must_use]
    pub fn new(text: impl Into<Text>, style: Style) -> Self {
        Self {
            text: text.into(),
            style,
            steps: None,
            solver: None,
            temperature: None,
            detail: None,
            guidance: None,
            speed: 1.0,
            pitch: 0.0,
            intonation: 1.0,
            seed: 0,
            vocoder: None,
        }
    }
}

/// What to say.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Text {
    /// English of any length, as people write it.
    #[cfg(feature = "english")]
    Written(String),
    /// Sentences that somebody else has pronounced ([`Sentence::from_phones`]); at least one.
    Pronounced(Vec<Sentence>),
}

#[cfg(feature = "english")]
impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::Written(text.to_owned())
    }
}

#[cfg(feature = "english")]
impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::Written(text)
    }
}

impl From<Sentence> for Text {
    fn from(sentence: Sentence) -> Self {
        Self::Pronounced(vec![sentence])
    }
}

impl From<Vec<Sentence>> for Text {
    fn from(sentences: Vec<Sentence>) -> Self {
        Self::Pronounced(sentences)
    }
}

/// What happens during a synthesis.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Work has been done.
    Progress(Progress),
    /// A sentence is ready. They come in order.
    Sentence(SpokenSentence),
}

/// How far a synthesis is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The sentence that is being made (the first of a batch), from 0.
    pub sentence: usize,
    /// Sentences in all.
    pub sentences: usize,
    /// The part of the work.
    pub stage: StageName,
    /// What of that part is done.
    pub done: usize,
    /// How much that part is.
    pub total: usize,
}

/// Parts of the work for a sentence, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StageName {
    /// Hidden states, durations and mean mel.
    Encoders,
    /// Steps of the diffusion.
    Diffusion,
    /// Parts of the waveform, or iterations of Griffin-Lim.
    Vocoder,
}
