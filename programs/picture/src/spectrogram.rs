//! A mel spectrogram as a picture: time to the right, frequency upwards, loud is bright.

use gss_wgpu::audio::{AudioError, Mel, MelSpec};

use super::PictureError;
use super::canvas::Picture;
use super::colour::colour_map;
use super::frame::Frame;

/// Pixels of a band's height, for 80 bands.
const HEIGHT: usize = 320;

/// What lies so far below the loudest value is black: 80 dB in natural logarithms of magnitudes.
const RANGE: f64 = 80.0 / 20.0 * std::f64::consts::LN_10;

/// Frequencies that are labelled, where the spectrogram reaches them, in Hz.
const LABELS: [(f64, &str); 7] = [
    (0.0, "0"),
    (500.0, "500"),
    (1000.0, "1k"),
    (2000.0, "2k"),
    (4000.0, "4k"),
    (8000.0, "8 kHz"),
    (16_000.0, "16 kHz"),
];

/// Draws a mel spectrogram; `spec` tells what its frames and bands stand for.
///
/// # Errors
/// [`AudioError::Mel`] where the mel has another number of bands than the settings, or those of
/// [`MelSpec::validate`].
pub fn draw_mel(mel: &Mel, spec: &MelSpec) -> Result<Picture, PictureError> {
    spec.validate()?;
    if mel.n_mels() != spec.n_mels {
        let (found, expected) = (mel.n_mels(), spec.n_mels);
        let error = AudioError::Mel(format!("it has {found} bands, {expected} are needed"));
        return Err(error.into());
    }
    let seconds = (mel.frames() * spec.hop_length) as f64 / f64::from(spec.sample_rate);
    let mut frame = Frame::new(seconds, HEIGHT);

    let highest = mel.data().iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let colours = colour_map();
    for x in 0..frame.width {
        let column = condense(mel, x as f64 / frame.width as f64, 1.0 / frame.width as f64);
        for y in 0..HEIGHT {
            let place = (HEIGHT - y) as f64 - 0.5;
            let value = sample(&column, place * mel.n_mels() as f64 / HEIGHT as f64 - 0.5);
            let brightness = 1.0 + (value - f64::from(highest)) / RANGE;
            let colour = colours[(brightness.clamp(0.0, 1.0) * 255.0).round() as usize];
            frame.blend(x, y, colour, 1.0);
        }
    }
    for (hz, label) in LABELS
        .into_iter()
        .filter(|(hz, _)| (spec.fmin..=spec.fmax).contains(hz))
    {
        frame.label_height(((1.0 - spec.height(hz)) * HEIGHT as f64) as usize, label);
    }
    Ok(frame.picture)
}

/// The bands over the span from `start` of `length` (shares of the whole): the mean of the frames
/// that it holds, or an interpolation where it is shorter than a frame.
fn condense(mel: &Mel, start: f64, length: f64) -> Vec<f64> {
    let frames = mel.frames() as f64;
    let row = |band| move |frame| f64::from(mel.at(band, frame));
    if length * frames <= 1.0 {
        let place = (start + length / 2.0) * frames - 0.5;
        return (0..mel.n_mels())
            .map(|band| interpolate(mel.frames(), row(band), place))
            .collect();
    }
    let first = (start * frames) as usize;
    let end = ((start + length) * frames).ceil().min(frames) as usize;
    let mean = |band| (first..end).map(row(band)).sum::<f64>() / (end - first) as f64;
    (0..mel.n_mels()).map(mean).collect()
}

fn sample(values: &[f64], place: f64) -> f64 {
    interpolate(values.len(), |index| values[index], place)
}

/// Linear interpolation between the values at whole places, constant beyond the outer ones.
fn interpolate(count: usize, value: impl Fn(usize) -> f64, place: f64) -> f64 {
    let place = place.clamp(0.0, (count - 1) as f64);
    let below = place as usize;
    let above = (below + 1).min(count - 1);
    value(below) + (value(above) - value(below)) * (place - below as f64)
}

#[cfg(test)]
mod tests {
    use gss_wgpu::audio::MelExtractor;

    use super::super::test_signals::{spec, tone};
    use super::*;

    fn luminance(picture: &Picture, x: usize, y: usize) -> u32 {
        let pixel = &picture.pixels()[(y * picture.width() + x) * 3..][..3];
        pixel.iter().map(|&channel| u32::from(channel)).sum()
    }

    #[test]
    fn a_higher_tone_lies_higher() {
        let brightest = |hz| {
            let mel = MelExtractor::new(&spec())
                .unwrap()
                .extract(&tone(hz, 0.5, 2.0, 16_000))
                .unwrap();
            let picture = draw_mel(&mel, &spec()).unwrap();
            let middle = picture.width() / 2;
            (18..18 + HEIGHT)
                .max_by_key(|&y| luminance(&picture, middle, y))
                .unwrap()
        };
        let (low, high) = (brightest(300.0), brightest(5000.0));
        assert!(low > high + 150, "300 Hz in row {low}, 5 kHz in row {high}");
    }

    #[test]
    fn any_length_gives_a_picture() {
        for frames in [1, 2, 100, 20_000] {
            let mel = Mel::new(vec![-3.0; 80 * frames], 80, frames).unwrap();
            let picture = draw_mel(&mel, &spec()).unwrap();
            assert!(
                (480..=1800).contains(&picture.width()),
                "{frames} frames: {picture:?}"
            );
            assert_eq!(
                picture.pixels().len(),
                picture.width() * picture.height() * 3
            );
        }
    }

    #[test]
    fn the_file_holds_the_pixels() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("voice.png");
        let mel = MelExtractor::new(&spec())
            .unwrap()
            .extract(&tone(440.0, 0.5, 1.0, 16_000))
            .unwrap();
        let picture = draw_mel(&mel, &spec()).unwrap();
        picture.write_png(&path).unwrap();
        let file = std::io::BufReader::new(std::fs::File::open(&path).unwrap());
        let mut reader = png::Decoder::new(file).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        assert_eq!(pixels, picture.pixels());
    }

    #[test]
    fn other_bands_are_refused() {
        let mel = Mel::new(vec![0.0; 40], 40, 1).unwrap();
        let error = draw_mel(&mel, &spec()).unwrap_err();
        assert!(matches!(error, PictureError::Audio(AudioError::Mel(_))));
    }
}
