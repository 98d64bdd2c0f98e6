//! An image that is drawn on, and its way into a PNG file.

use std::path::Path;

use super::super::AudioError;
use super::colour::Rgb;
use super::font;
use crate::output_file;

/// Pixels of a font dot: letters of 14 pixels' height.
const DOT: usize = 2;

/// An RGB image, 8 bits a channel.
#[derive(Clone, PartialEq)]
pub struct Picture {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture {{ {} x {} }}", self.width, self.height)
    }
}

/// How a text lies to its point.
#[derive(Clone, Copy)]
pub(super) enum Align {
    /// The point is the middle of its upper edge.
    Below,
    /// The point is the middle of its right edge.
    Left,
}

impl Picture {
    pub(super) fn new(width: usize, height: usize, background: Rgb) -> Self {
        Self {
            width,
            height,
            pixels: background.repeat(width * height),
        }
    }

    /// The width in pixels.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The height in pixels.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The pixels, row by row from the top, three bytes each: red, green, blue.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// Mixes a colour into a pixel; 1 covers it. Points outside the image are left out.
    pub(super) fn blend(&mut self, x: usize, y: usize, colour: Rgb, cover: f64) {
        if x >= self.width || y >= self.height {
            return;
        }
        let pixel = &mut self.pixels[(y * self.width + x) * 3..][..3];
        for (channel, wanted) in pixel.iter_mut().zip(colour) {
            let mixed = f64::from(*channel) * (1.0 - cover) + f64::from(wanted) * cover;
            *channel = mixed.round() as u8;
        }
    }

    /// Fills a rectangle.
    pub(super) fn fill(&mut self, x: usize, y: usize, width: usize, height: usize, colour: Rgb) {
        for row in y..y + height {
            for column in x..x + width {
                self.blend(column, row, colour, 1.0);
            }
        }
    }

    /// Writes a text beside a point.
    pub(super) fn text(&mut self, x: usize, y: usize, align: Align, text: &str, colour: Rgb) {
        let width = (text.chars().count() * font::ADVANCE).saturating_sub(1) * DOT;
        let (left, top) = match align {
            Align::Below => (x.saturating_sub(width / 2), y),
            Align::Left => (
                x.saturating_sub(width),
                y.saturating_sub(font::HEIGHT * DOT / 2),
            ),
        };
        for (place, letter) in text.chars().enumerate() {
            for (row, bits) in font::rows(letter).into_iter().enumerate() {
                for column in (0..5).filter(|column| bits & (0b10000 >> column) != 0) {
                    let x = left + (place * font::ADVANCE + column) * DOT;
                    self.fill(x, top + row * DOT, DOT, DOT, colour);
                }
            }
        }
    }

    /// Writes the image as a PNG file, which appears under its name when it is complete.
    ///
    /// # Errors
    /// [`AudioError::Write`].
    pub fn write_png(&self, path: &Path) -> Result<(), AudioError> {
        self.encode()
            .map_err(std::io::Error::other)
            .and_then(|png| output_file::write(path, &png))
            .map_err(|source| AudioError::write(path, source))
    }

    fn encode(&self) -> Result<Vec<u8>, png::EncodingError> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width as u32, self.height as u32);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::High);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.pixels)?;
        writer.finish()?;
        Ok(bytes)
    }
}
