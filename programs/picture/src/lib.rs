//! Pictures of spectrograms and waveforms, and the image that they are drawn on, with its way into a
//! PNG file.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "pixels and colours: numbers far from the ends of their types"
)]

mod canvas;
mod colour;
mod frame;
mod spectrogram;
#[cfg(test)]
mod test_signals;
mod waveform;

use gss_wgpu::audio::AudioError;
use thiserror::Error;

pub use canvas::{Align, LETTER_WIDTH, Picture};
pub use colour::{Rgb, colour_map};
pub use spectrogram::draw_mel;
pub use waveform::draw_waveform;

/// What cannot be drawn.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PictureError {
    /// A clip without samples.
    #[error("there is nothing to draw: the audio has no samples")]
    NoSamples,
    /// It is no audio or mel spectrogram.
    #[error(transparent)]
    Audio(#[from] AudioError),
}
