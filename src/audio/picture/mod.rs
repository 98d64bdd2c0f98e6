//! Pictures of spectrograms and waveforms.

mod frame;
mod spectrogram;
mod waveform;

pub use spectrogram::draw_mel;
pub use waveform::draw_waveform;
