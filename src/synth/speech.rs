//! What comes out.

use serde::Serialize;

use crate::audio::{Audio, AudioError, Mel, MelSpec};
use crate::text::Gap;

/// Silence between two sentences of one text: a short breath, within the pauses of 0.2 to 0.5 s that
/// readers make there.
pub const SENTENCE_GAP_SECONDS: f64 = 0.3;

/// A spoken sentence on its way to the whole.
#[derive(Debug, Clone, PartialEq)]
pub struct SpokenSentence {
    /// What was said when, in the time of the whole speech.
    pub timing: SentenceTiming,
    /// Frames of silence before it: none before the first sentence, unless the text asks for it.
    pub gap_frames: usize,
    /// Log mel spectrogram.
    pub mel: Mel,
    /// Samples: as many as the mel has frames, times the hop length; all
    /// sentences equally loud, faded at both ends, and marked as synthetic ([`crate::watermark`]).
    pub samples: Vec<f32>,
}

/// What was said when. Times are seconds from the start of the speech.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SentenceTiming {
    /// The sentence as written.
    pub text: String,
    /// The words as spoken.
    pub spoken: String,
    /// Where it starts.
    pub start: f64,
    /// Where it ends.
    pub end: f64,
    /// Its phones, word boundaries and pauses.
    pub tokens: Vec<TokenTiming>,
}

/// One phone, word boundary or pause.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TokenTiming {
    /// Its symbol in the model's configuration.
    pub symbol: String,
    /// Where it starts.
    pub start: f64,
    /// Where it ends.
    pub end: f64,
    /// Mean pitch of its voiced frames in Hz; none where it has none, or the model predicts no pitch.
    pub pitch: Option<f64>,
}

/// A whole text, spoken.
#[derive(Debug, Clone, PartialEq)]
pub struct Speech {
    /// The samples, each sentence levelled, with gaps between them.
    pub audio: Audio,
    /// The log mel spectrogram, with silent frames in the gaps.
    pub mel: Mel,
    /// What was said when.
    pub sentences: Vec<SentenceTiming>,
    /// The seed that it was made with.
    pub seed: u64,
}

/// Silence between two parts of one sentence, beside what its comma takes.
const PHRASE_GAP_SECONDS: f64 = 0.05;
/// Silence between two paragraphs.
const PARAGRAPH_GAP_SECONDS: f64 = 0.7;

/// Frames of silence before a sentence that is not the first.
pub(super) fn gap_frames(spec: &MelSpec, gap: Gap) -> usize {
    let seconds = match gap {
        Gap::Phrase => PHRASE_GAP_SECONDS,
        Gap::Sentence => SENTENCE_GAP_SECONDS,
        Gap::Paragraph => PARAGRAPH_GAP_SECONDS,
        Gap::Silence(silence) => silence.as_secs_f64(),
    };
    let frames = seconds * f64::from(spec.sample_rate) / spec.hop_length as f64;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a positive number of at most a minute"
    )]
    let frames = frames.round() as usize;
    frames
}

/// Timings of tokens that last so many frames each, beginning with frame `first`; `hertz` is the pitch of
/// each frame, 0 where unvoiced.
pub(super) fn token_timings(
    spec: &MelSpec,
    first: usize,
    symbols: &[&str],
    durations: &[u32],
    hertz: Option<&[f32]>,
) -> Vec<TokenTiming> {
    let seconds = |frame: usize| (frame * spec.hop_length) as f64 / f64::from(spec.sample_rate);
    let mut frame = first;
    symbols
        .iter()
        .zip(durations)
        .map(|(&symbol, &duration)| {
            let start = seconds(frame);
            let own = frame - first..frame - first + duration as usize;
            frame += duration as usize;
            TokenTiming {
                symbol: symbol.to_owned(),
                start,
                end: seconds(frame),
                pitch: hertz.and_then(|hertz| mean_pitch(&hertz[own])),
            }
        })
        .collect()
}

/// Mean of the frames that are voiced.
fn mean_pitch(hertz: &[f32]) -> Option<f64> {
    let voiced: Vec<_> = hertz.iter().filter(|&&hertz| hertz > 0.0).collect();
    let sum: f64 = voiced.iter().map(|&&hertz| f64::from(hertz)).sum();
    (!voiced.is_empty()).then(|| sum / voiced.len() as f64)
}

impl Speech {
    /// Joins sentences that follow each other.
    ///
    /// # Errors
    /// When there are none.
    pub(super) fn join(
        spec: &MelSpec,
        sentences: Vec<SpokenSentence>,
        seed: u64,
    ) -> Result<Self, AudioError> {
        let frames: usize = sentences
            .iter()
            .map(|sentence| sentence.gap_frames + sentence.mel.frames())
            .sum();
        #[expect(clippy::cast_possible_truncation, reason = "in the precision of a mel")]
        let silence = spec.log_floor.ln() as f32;
        let mut mel = vec![silence; spec.n_mels * frames];
        let mut samples = Vec::with_capacity(frames * spec.hop_length);
        let mut timings = Vec::with_capacity(sentences.len());
        let mut first = 0;
        for sentence in sentences {
            first += sentence.gap_frames;
            samples.resize(first * spec.hop_length, 0.0);
            samples.extend_from_slice(&sentence.samples);
            let width = sentence.mel.frames();
            for (band, row) in sentence.mel.data().chunks_exact(width).enumerate() {
                let start = band * frames + first;
                mel[start..start + width].copy_from_slice(row);
            }
            first += width;
            timings.push(sentence.timing);
        }
        Ok(Self {
            audio: Audio {
                samples,
                sample_rate: spec.sample_rate,
            },
            mel: Mel::new(mel, spec.n_mels, frames)?,
            sentences: timings,
            seed,
        })
    }
}
