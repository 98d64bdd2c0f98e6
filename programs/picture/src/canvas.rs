//! An image that is drawn on, and its way into a PNG file.

use std::convert::Infallible;
use std::io;
use std::path::Path;

use embedded_graphics::Drawable;
use embedded_graphics::Pixel;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{OriginDimensions, Point, Size};
use embedded_graphics::mono_font::ascii::FONT_9X15;
use embedded_graphics::mono_font::{MonoFont, MonoTextStyle};
use embedded_graphics::pixelcolor::{Rgb888, RgbColor};
use embedded_graphics::primitives::{Line, Primitive, PrimitiveStyle};
use embedded_graphics::text::{Alignment, Baseline, Text, TextStyleBuilder};

use super::colour::Rgb;
use gss_wgpu::output_file;

/// The letters of all texts, printable ASCII.
const FONT: MonoFont<'static> = FONT_9X15;

/// Pixels from one letter to the next.
pub const LETTER_WIDTH: usize = 9;

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// The point is the middle of its upper edge.
    Below,
    /// The point is the middle of its right edge.
    Left,
    /// The point is the middle of its left edge.
    Right,
}

impl Picture {
    /// An image of one colour.
    #[must_use]
    pub fn new(width: usize, height: usize, background: Rgb) -> Self {
        Self {
            width,
            height,
            pixels: background.repeat(width * height),
        }
    }

    /// The width in pixels.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// The height in pixels.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// The pixels, row by row from the top, three bytes each: red, green, blue.
    #[must_use]
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// Mixes a colour into a pixel; 1 covers it. Points outside the image are left out.
    pub fn blend(&mut self, x: usize, y: usize, colour: Rgb, cover: f64) {
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
    pub fn fill(&mut self, x: usize, y: usize, width: usize, height: usize, colour: Rgb) {
        for row in y..y + height {
            for column in x..x + width {
                self.blend(column, row, colour, 1.0);
            }
        }
    }

    /// Writes a text beside a point.
    pub fn text(&mut self, x: usize, y: usize, align: Align, text: &str, colour: Rgb) {
        let (alignment, baseline) = match align {
            Align::Below => (Alignment::Center, Baseline::Top),
            Align::Left => (Alignment::Right, Baseline::Middle),
            Align::Right => (Alignment::Left, Baseline::Middle),
        };
        let layout = TextStyleBuilder::new()
            .alignment(alignment)
            .baseline(baseline)
            .build();
        let letters = MonoTextStyle::new(&FONT, ink(colour));
        let text = Text::with_text_style(text, point(x, y), letters, layout);
        let Ok(_end) = text.draw(&mut Target(self));
    }

    /// Draws a line, two pixels wide.
    pub fn line(&mut self, from: [usize; 2], to: [usize; 2], colour: Rgb) {
        let line = Line::new(point(from[0], from[1]), point(to[0], to[1]));
        let Ok(()) = line
            .into_styled(PrimitiveStyle::with_stroke(ink(colour), 2))
            .draw(&mut Target(self));
    }

    /// Writes the image as a PNG file, which appears under its name when it is complete.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_png(&self, path: &Path) -> io::Result<()> {
        let png = self.encode().map_err(io::Error::other)?;
        output_file::write(path, &png)
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

fn ink([red, green, blue]: Rgb) -> Rgb888 {
    Rgb888::new(red, green, blue)
}

fn point(x: usize, y: usize) -> Point {
    Point::new(x as i32, y as i32)
}

/// A picture as the drawing crate sees it.
struct Target<'a>(&'a mut Picture);

impl OriginDimensions for Target<'_> {
    fn size(&self) -> Size {
        Size::new(self.0.width as u32, self.0.height as u32)
    }
}

impl DrawTarget for Target<'_> {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I>(&mut self, pixels: I) -> Result<(), Self::Error>
    where
        I: IntoIterator<Item = Pixel<Self::Color>>,
    {
        for Pixel(point, colour) in pixels {
            // Left of or above the image; the other sides are checked where it is drawn.
            let (Ok(x), Ok(y)) = (usize::try_from(point.x), usize::try_from(point.y)) else {
                continue;
            };
            self.0
                .blend(x, y, [colour.r(), colour.g(), colour.b()], 1.0);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHITE: Rgb = [255; 3];

    /// Columns that hold something white.
    fn columns(picture: &Picture) -> Vec<usize> {
        (0..picture.width)
            .filter(|x| {
                (0..picture.height).any(|y| picture.pixels[(y * picture.width + x) * 3] > 0)
            })
            .collect()
    }

    #[test]
    fn texts_lie_beside_their_points_and_may_leave_the_image() {
        let drawn = |x, align| {
            let mut picture = Picture::new(100, 30, [0; 3]);
            picture.text(x, 15, align, "wave", WHITE);
            columns(&picture)
        };
        assert!(drawn(50, Align::Left).iter().all(|&x| x < 50));
        assert!(drawn(50, Align::Right).iter().all(|&x| x >= 50));
        let below = drawn(50, Align::Below);
        assert!(below[0] > 50 - 2 * LETTER_WIDTH && below[below.len() - 1] < 50 + 2 * LETTER_WIDTH);
        assert!(drawn(5, Align::Left).len() < drawn(50, Align::Left).len());
    }

    #[test]
    fn lines_reach_both_ends() {
        let mut picture = Picture::new(40, 40, [0; 3]);
        picture.line([5, 30], [35, 10], WHITE);
        let columns = columns(&picture);
        assert!(columns.contains(&6) && columns.contains(&34) && columns.len() < 36);
    }
}
