//! Pictures of spectrograms and waveforms.

mod canvas;
mod colour;
mod font;
mod frame;
mod spectrogram;
mod waveform;

pub use canvas::Picture;
pub use spectrogram::draw_mel;
pub use waveform::draw_waveform;
