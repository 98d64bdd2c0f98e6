//! Images that are drawn on and written as PNG files.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "pixels and colours: numbers far from the ends of their types"
)]

mod canvas;
mod colour;

pub use canvas::Picture;
pub(crate) use canvas::{Align, LETTER_WIDTH};
pub(crate) use colour::{Rgb, colour_map};
