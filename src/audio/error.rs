//! What can go wrong with audio and mel spectrograms.

use std::io;
use std::path::{Path, PathBuf};

/// An error of the audio layer. Every message says what was wrong and what would be right.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AudioError {
    /// The file could not be opened or read.
    #[error("cannot read {path}: {source}", path = .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The file could not be written.
    #[error("cannot write {path}: {source}", path = .path.display())]
    Write {
        /// The file, or its folder where that is what was missing.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The output stream (standard output, usually) did not take the data.
    #[error("cannot write audio to the output stream: {0}")]
    Stream(#[source] io::Error),
    /// The file holds no bytes.
    #[error("{name} is empty; it should be a WAV, FLAC, MP3, Ogg Vorbis or Opus recording")]
    EmptyFile {
        /// The file.
        name: String,
    },
    /// The content is no audio format that this build reads.
    #[error(
        "{name} is not audio that can be read ({detail}); use WAV, FLAC, MP3, Ogg Vorbis or Opus"
    )]
    NotAudio {
        /// The file.
        name: String,
        /// What the decoder said.
        detail: String,
    },
    /// The container was recognised, but what it holds cannot be decoded.
    #[error("{name} cannot be decoded: {detail}; convert it to WAV, FLAC, MP3, Ogg Vorbis or Opus")]
    Corrupt {
        /// The file.
        name: String,
        /// What the decoder said.
        detail: String,
    },
    /// The file ends before its audio does.
    #[error("{name} is truncated: {detail}; copy or download it again")]
    Truncated {
        /// The file.
        name: String,
        /// How that shows.
        detail: String,
    },
    /// A well-formed file without a single sample.
    #[error("{name} holds no samples; it should be a recording of speech")]
    NoSamples {
        /// The file.
        name: String,
    },
    /// More samples than [`MAX_SAMPLES`](super::MAX_SAMPLES).
    #[error("{name} is longer than {limit:.0} s, the most that is read at its sample rate; cut it")]
    TooLong {
        /// The clip.
        name: String,
        /// Seconds that would be accepted.
        limit: f64,
    },
    /// A sample rate outside the range that is resampled.
    #[error(
        "the sample rate {rate} Hz is out of range; \
         rates from {min} to {max} Hz are read",
        min = super::MIN_SAMPLE_RATE,
        max = super::MAX_SAMPLE_RATE
    )]
    SampleRate {
        /// The rate in Hz.
        rate: u32,
    },
    /// A clip reached a stage of another sample rate.
    #[error("the audio has {found} Hz where {expected} Hz is needed; resample it first")]
    RateMismatch {
        /// The rate that the stage works at, in Hz.
        expected: u32,
        /// The rate of the clip, in Hz.
        found: u32,
    },
    /// A sample is NaN or infinite.
    #[error("sample {index} is not a finite number; every sample should lie in -1..1")]
    NotFinite {
        /// Position of the first such sample.
        index: usize,
    },
    /// Too few samples for one mel frame with its reflected borders.
    #[error("the audio has {found} samples; a mel spectrogram needs at least {needed}")]
    TooFewSamples {
        /// Samples in the clip.
        found: usize,
        /// Samples needed.
        needed: usize,
    },
    /// The reference never rises above the level that counts as silence.
    #[error(
        "the reference is silent (its loudest moment is {level_dbfs:.0} dBFS); \
         record speech that peaks well above {floor_dbfs:.0} dBFS"
    )]
    SilentReference {
        /// Level of the loudest frame in dB relative to full scale.
        level_dbfs: f64,
        /// Level below which a recording counts as silent.
        floor_dbfs: f64,
    },
    /// The reference holds too little speech to tell a voice from it.
    #[error(
        "the reference holds {found:.2} s of speech; at least {needed:.0} s is needed, \
         and five to fifteen seconds are better"
    )]
    ShortReference {
        /// Seconds above the silence threshold.
        found: f64,
        /// Seconds needed.
        needed: f64,
    },
    /// A mel configuration that contradicts itself.
    #[error("invalid mel settings: {0}")]
    MelSpec(String),
    /// A mel spectrogram of impossible shape or content.
    #[error("invalid mel spectrogram: {0}")]
    Mel(String),
    /// Settings of a source-filter vocoder that contradict each other or the mel's.
    #[error("invalid source-filter settings: {0}")]
    SourceFilterSpec(String),
    /// Controls of a source-filter vocoder that are not as many as the mel needs.
    #[error("the controls have {found} values where [{channels}, {frames}] needs the product")]
    Controls {
        /// Values given.
        found: usize,
        /// Channels of the controls.
        channels: usize,
        /// Frames of the mel.
        frames: usize,
    },
    /// A file that is no mel file.
    #[error("{path} is not a mel file: {detail}", path = .path.display())]
    MelFile {
        /// The file.
        path: PathBuf,
        /// What was wrong and what would be right.
        detail: String,
    },
}

impl AudioError {
    pub(super) fn read(path: &Path, source: io::Error) -> Self {
        Self::Read {
            path: path.to_owned(),
            source,
        }
    }

    pub(super) fn write(path: &Path, source: io::Error) -> Self {
        Self::Write {
            path: path.to_owned(),
            source,
        }
    }
}
