//! Audio in and out, and the spectrograms between: no model, no GPU.
//!
//! A reference goes [`decode_file`] → [`prepare_reference`] → [`MelExtractor`]; a spectrogram
//! becomes sound through [`GriffinLim`], through [`SourceFilter`] by what a network controls, or
//! through a network alone, and leaves through [`WavWriter`].

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "results are f32 by design, and times of a clip of bounded length fit any index"
)]

#[cfg(feature = "cloning")]
mod activity;
#[cfg(feature = "cloning")]
mod background;
mod clip;
#[cfg(feature = "audio-files")]
mod decode;
mod error;
mod filterbank;
mod griffin_lim;
mod harmonics;
mod level;
mod loudness;
mod mel;
mod mel_file;
mod mel_spec;
#[cfg(feature = "cloning")]
mod pitch_level;
#[cfg(feature = "cloning")]
mod reference;
#[cfg(any(feature = "audio-files", feature = "cloning"))]
mod resample;
mod source_filter;
mod stft;
#[cfg(test)]
mod test_signals;
#[cfg(feature = "cloning")]
mod trim;
#[cfg(feature = "audio-files")]
mod wav;

pub use clip::{Audio, MAX_SAMPLE_RATE, MAX_SAMPLES, MIN_SAMPLE_RATE};
#[cfg(feature = "audio-files")]
pub(crate) use decode::decode_beginning;
#[cfg(feature = "audio-files")]
pub use decode::{decode_bytes, decode_file, decode_file_at};
pub use error::AudioError;
pub use griffin_lim::{GriffinLim, GriffinLimOptions};
pub use harmonics::{HIGHEST_PITCH, Harmonics, LOWEST_PITCH, REFERENCE_PITCH};
pub use level::{SPEECH_PEAK, SPEECH_RMS, level};
pub(crate) use loudness::finish_sentence;
pub use mel::{Mel, MelExtractor};
pub use mel_file::{mel_bytes, read_mel, write_mel};
pub use mel_spec::MelSpec;
#[cfg(feature = "cloning")]
pub use pitch_level::pitch_level;
#[cfg(all(feature = "cloning", feature = "audio-files"))]
pub use reference::read_reference;
#[cfg(feature = "cloning")]
pub use reference::{
    MAX_REFERENCE_SECONDS, MAX_SEARCHED_SECONDS, MIN_REFERENCE_SECONDS, prepare_reference,
};
#[cfg(any(feature = "audio-files", feature = "cloning"))]
pub use resample::resample;
pub use source_filter::{SourceFilter, SourceFilterSpec};
#[cfg(feature = "audio-files")]
pub use wav::{WavFormat, WavInfo, WavSummary, WavWriter, write_wav};
