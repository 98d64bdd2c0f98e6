//! A waveform as a picture: its envelope, and brighter within it the root mean square.

use gss_wgpu::audio::Audio;

use super::PictureError;
use super::canvas::Picture;
use super::colour::{Rgb, colour_map};
use super::frame::Frame;

/// Pixels of the drawing's height: full scale.
const HEIGHT: usize = 240;

/// Places on the colour map of the envelope and of the level.
const ENVELOPE: usize = 110;
const LEVEL: usize = 190;

/// How strongly the zero line shows.
const ZERO_LINE: f64 = 0.6;

/// Draws a waveform between -1 and 1; what exceeds full scale is cut off at the border.
///
/// # Errors
/// [`PictureError::NoSamples`], or those of [`Audio::check`].
pub fn draw_waveform(audio: &Audio) -> Result<Picture, PictureError> {
    audio.check()?;
    if audio.samples.is_empty() {
        return Err(PictureError::NoSamples);
    }
    let mut frame = Frame::new(audio.seconds(), HEIGHT);
    let colours = colour_map();
    let count = audio.samples.len();
    for x in 0..frame.width {
        let start = x * count / frame.width;
        let end = ((x + 1) * count / frame.width).max(start + 1);
        // One sample more, so that neighbouring columns touch.
        let span = &audio.samples[start..(end + 1).min(count)];
        let low = span.iter().copied().fold(f32::INFINITY, f32::min);
        let high = span.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let level = rms(span);
        bar(
            &mut frame,
            x,
            row(f64::from(high)),
            row(f64::from(low)),
            colours[ENVELOPE],
        );
        bar(&mut frame, x, row(level), row(-level), colours[LEVEL]);
        frame.blend(x, HEIGHT / 2, colours[LEVEL], ZERO_LINE);
    }
    for (value, label) in [
        (1.0, "1"),
        (0.5, "0.5"),
        (0.0, "0"),
        (-0.5, "-0.5"),
        (-1.0, "-1"),
    ] {
        frame.label_height(row(value) as usize, label);
    }
    Ok(frame.picture)
}

/// The root mean square of samples, at least one.
fn rms(samples: &[f32]) -> f64 {
    let energy: f64 = samples.iter().map(|&s| f64::from(s).powi(2)).sum();
    (energy / samples.len() as f64).sqrt()
}

/// The height of a sample value, in pixels from the top.
fn row(value: f64) -> f64 {
    (1.0 - value.clamp(-1.0, 1.0)) / 2.0 * HEIGHT as f64
}

/// A vertical bar from one height to another, its ends smoothed by how much of a pixel they cover.
fn bar(frame: &mut Frame, x: usize, top: f64, bottom: f64, colour: Rgb) {
    for y in top as usize..(bottom.ceil() as usize).min(HEIGHT) {
        let cover = bottom.min((y + 1) as f64) - top.max(y as f64);
        frame.blend(x, y, colour, cover);
    }
}

#[cfg(test)]
mod tests {
    use gss_wgpu::audio::AudioError;

    use super::super::test_signals::tone;
    use super::*;

    /// Rows of the middle column that differ from the background.
    fn drawn_rows(audio: &Audio) -> usize {
        let picture = draw_waveform(audio).unwrap();
        let background = picture.pixels()[..3].to_vec();
        let column = picture.width() / 2;
        (0..HEIGHT + 18)
            .filter(|y| picture.pixels()[(y * picture.width() + column) * 3..][..3] != background)
            .count()
    }

    #[test]
    fn loud_is_tall() {
        let rows = |amplitude| drawn_rows(&tone(400.0, amplitude, 2.0, 16_000));
        assert!(rows(0.0) <= 1, "silence is the zero line");
        assert!(
            (115..=125).contains(&rows(0.5)),
            "half of full scale: {}",
            rows(0.5)
        );
        assert!(
            (235..=HEIGHT).contains(&rows(1.0)),
            "full scale: {}",
            rows(1.0)
        );
        assert_eq!(rows(3.0), HEIGHT, "beyond full scale");
    }

    #[test]
    fn any_length_gives_a_picture() {
        for samples in [1, 300, 1_000_000] {
            let audio = Audio {
                samples: vec![0.3; samples],
                sample_rate: 16_000,
            };
            let picture = draw_waveform(&audio).unwrap();
            assert!(
                (480..=1800).contains(&picture.width()),
                "{samples} samples: {picture:?}"
            );
        }
    }

    #[test]
    fn what_cannot_be_drawn_is_refused() {
        let audio = |samples| Audio {
            samples,
            sample_rate: 16_000,
        };
        let error = draw_waveform(&audio(vec![])).unwrap_err();
        assert!(matches!(error, PictureError::NoSamples));
        let error = draw_waveform(&audio(vec![f32::NAN])).unwrap_err();
        assert!(matches!(
            error,
            PictureError::Audio(AudioError::NotFinite { index: 0 })
        ));
    }
}
