//! A colour map of even lightness, from almost black through violet and orange to pale yellow.
//!
//! It is a path through Oklab (B. Ottosson, "A perceptual color space for image processing", 2020):
//! lightness grows linearly, so that equal steps of the value look equally large and the picture
//! survives printing in grey.

/// An sRGB colour.
pub type Rgb = [u8; 3];

/// Oklab lightness at the ends of the map.
const LIGHTNESS: [f64; 2] = [0.13, 0.96];
/// Hue at the ends in degrees; the path leads from violet over red to yellow.
const HUE: [f64; 2] = [282.0, 465.0];
/// Chroma at the ends, and what is added in the middle.
const CHROMA: [f64; 2] = [0.05, 0.10];
const CHROMA_SWELL: f64 = 0.13;

/// 256 colours from the lowest value to the highest.
pub fn colour_map() -> Vec<Rgb> {
    (0..=255)
        .map(|step| colour(f64::from(step) / 255.0))
        .collect()
}

/// The colour of a value in 0..1.
fn colour(value: f64) -> Rgb {
    let between = |[low, high]: [f64; 2]| low + (high - low) * value;
    let hue = between(HUE).to_radians();
    let mut chroma = between(CHROMA) + CHROMA_SWELL * (std::f64::consts::PI * value).sin();
    loop {
        let linear =
            oklab_to_linear_srgb(between(LIGHTNESS), chroma * hue.cos(), chroma * hue.sin());
        if linear.iter().all(|channel| (0.0..=1.0).contains(channel)) {
            return linear.map(encode_srgb);
        }
        // Outside the gamut: paler, at the same lightness and hue.
        chroma *= 0.98;
    }
}

/// Ottosson's inverse matrices.
fn oklab_to_linear_srgb(lightness: f64, a: f64, b: f64) -> [f64; 3] {
    let l = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
    let m = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
    let s = (lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b).powi(3);
    [
        4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
        -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
        -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701_0 * s,
    ]
}

/// The transfer function of IEC 61966-2-1.
fn encode_srgb(linear: f64) -> u8 {
    let encoded = if linear <= 0.003_130_8 {
        12.92 * linear
    } else {
        1.055 * linear.powf(1.0 / 2.4) - 0.055
    };
    (encoded * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_colours_come_out() {
        // White and, from Ottosson's article, the primary red.
        let srgb = |l, a, b| oklab_to_linear_srgb(l, a, b).map(encode_srgb);
        assert_eq!(srgb(1.0, 0.0, 0.0), [255; 3]);
        assert_eq!(srgb(0.627_955, 0.224_863, 0.125_846), [255, 0, 0]);
    }

    #[test]
    fn every_step_is_brighter_than_the_one_before() {
        let luminance =
            |[r, g, b]: Rgb| 0.2126 * f64::from(r) + 0.7152 * f64::from(g) + 0.0722 * f64::from(b);
        let map = colour_map();
        assert_eq!(map.len(), 256);
        for pair in map.windows(9) {
            assert!(luminance(pair[8]) > luminance(pair[0]), "{pair:?}");
        }
    }
}
