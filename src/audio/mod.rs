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

mod clip;
mod decode;
mod error;
mod filterbank;
mod griffin_lim;
mod level;
mod mel;
mod mel_file;
mod mel_spec;
mod reference;
mod resample;
mod source_filter;
mod stft;
#[cfg(test)]
mod test_signals;
mod trim;
mod wav;

pub use clip::{Audio, MAX_SAMPLE_RATE, MAX_SAMPLES, MIN_SAMPLE_RATE};
pub use decode::{decode_bytes, decode_file};
pub use error::AudioError;
pub use griffin_lim::{GriffinLim, GriffinLimOptions};
pub use level::{SPEECH_PEAK, SPEECH_RMS, level};
pub use mel::{Mel, MelExtractor};
pub use mel_file::{read_mel, write_mel};
pub use mel_spec::MelSpec;
pub use reference::{MAX_REFERENCE_SECONDS, MIN_REFERENCE_SECONDS, prepare_reference};
pub use resample::resample;
pub use source_filter::{SourceFilter, SourceFilterSpec};
pub use wav::{WavFormat, WavInfo, WavSummary, WavWriter, write_wav};
