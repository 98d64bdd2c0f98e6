//! References without their upper bands, as telephones leave them.
//!
//! A network that has only seen whole spectra makes no voice of half a one, and a transport that copied
//! the missing bands would silence what makes consonants. So the missing bands of a recording are filled
//! with what the model itself would have said there, given the bands that are present: the conditional
//! mean of a normal distribution with the moments of the model's own frames,
//!
//! ```text
//! missing = mean_m + C_mp C_pp^-1 (present - mean_p)
//! ```
//!
//! and the transport moves the bands that are present only ([`Transport::below`]).
//!
//! [`Transport::below`]: super::Transport::below

use nalgebra::DVector;

use super::transport::Moments;
use crate::audio::Mel;

/// A band whose loud moments lie so far below those of the loudest band, in nats (60 dB), is missing: in
/// whole recordings the highest bands lie 20 to 55 dB below it, in those from 8 and 11 kHz 85 to 100 dB.
const MISSING_BELOW: f64 = 6.9;

/// Fewer missing bands are what a codec leaves out of whole speech; 12 kHz lacks eight of eighty.
const LEAST_MISSING: usize = 4;

/// Bands below the first missing one that its filter weakens.
const SLOPE_BANDS: usize = 3;

/// Share of the frames that a band's loud moments are not among.
const LOUD_QUANTILE: f64 = 0.95;

/// As a first guess, the missing bands have the mean of so many bands below them, less this, in nats.
const GUESSED_FROM: usize = 8;
const GUESSED_BELOW: f32 = 1.0;

/// The lowest bands of a mel that a recording has, where it lacks the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BandLimit {
    present: usize,
}

impl BandLimit {
    /// The limit of recordings together; `None` where they have all bands. Frames count as for
    /// [`Moments::of_speech`].
    #[must_use]
    pub fn of(recordings: &[Mel], speech_range: f64) -> Option<Self> {
        let frames: Vec<_> = recordings
            .iter()
            .flat_map(|mel| super::transport::speech_frames(mel, speech_range))
            .collect();
        let bands = frames.first()?.len();
        let loud: Vec<_> = (0..bands)
            .map(|band| loud(frames.iter().map(|frame| frame[band]).collect()))
            .collect();
        let least = loud.iter().copied().fold(f64::MIN, f64::max) - MISSING_BELOW;
        let present = bands - loud.iter().rev().take_while(|&&band| band < least).count();
        (present + LEAST_MISSING <= bands && present > SLOPE_BANDS).then(|| Self {
            present: present - SLOPE_BANDS,
        })
    }

    /// How many bands are present.
    #[must_use]
    pub fn present(self) -> usize {
        self.present
    }

    /// The recording with its missing bands as nobody in particular would have them, for a first style.
    #[must_use]
    pub fn guessed(self, mel: &Mel) -> Mel {
        self.filled(mel, |present| {
            let near = &present[self.present.saturating_sub(GUESSED_FROM)..];
            let mean = near.iter().sum::<f32>() / near.len() as f32;
            vec![mean - GUESSED_BELOW; mel.n_mels() - self.present]
        })
    }

    /// The recording with its missing bands as frames of these moments would have them.
    #[must_use]
    pub fn completed(self, mel: &Mel, model: &Moments, shrinkage: f64) -> Mel {
        let regression = model.regression(self.present, shrinkage);
        self.filled(mel, |present| {
            let present = present.iter().map(|&value| f64::from(value));
            let missing = regression.of(&DVector::from_iterator(self.present, present));
            #[expect(clippy::cast_possible_truncation, reason = "in the precision of a mel")]
            let missing = missing.iter().map(|&value| value as f32).collect();
            missing
        })
    }

    fn filled(self, mel: &Mel, missing: impl Fn(&[f32]) -> Vec<f32>) -> Mel {
        let (bands, frames) = (mel.n_mels(), mel.frames());
        let mut data = mel.data().to_vec();
        for frame in 0..frames {
            let present: Vec<_> = (0..self.present).map(|band| mel.at(band, frame)).collect();
            for (band, value) in (self.present..bands).zip(missing(&present)) {
                data[band * frames + frame] = value;
            }
        }
        Mel::new(data, bands, frames).expect("of the same shape, and finite as the moments are")
    }
}

/// The value that all but the loudest moments do not exceed.
fn loud(mut values: Vec<f64>) -> f64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place in the values"
    )]
    let place = (LOUD_QUANTILE * (values.len() - 1) as f64) as usize;
    *values.select_nth_unstable_by(place, f64::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::noise::standard_normal;

    const BANDS: usize = 20;
    const FRAMES: usize = 300;

    /// Frames whose upper half follows from the lower half but for a little noise.
    fn whole(seed: u32) -> Mel {
        let mut data = vec![0.0; BANDS * FRAMES];
        for frame in 0..FRAMES {
            #[expect(clippy::cast_possible_truncation, reason = "made-up numbers")]
            let z = |band: usize| standard_normal([seed, 0], frame as u32, band as u32, 0) as f32;
            for band in 0..BANDS / 2 {
                let low = -3.0 + 0.5 * z(band);
                data[band * FRAMES + frame] = low;
                let high = -4.0 - 0.8 * (low + 3.0) + 0.05 * z(band + BANDS);
                data[(band + BANDS / 2) * FRAMES + frame] = high;
            }
        }
        Mel::new(data, BANDS, FRAMES).unwrap()
    }

    fn cut(mel: &Mel, present: usize) -> Mel {
        let mut data = mel.data().to_vec();
        data[present * FRAMES..].fill(-11.5);
        Mel::new(data, BANDS, FRAMES).unwrap()
    }

    #[test]
    fn the_limit_is_found_where_there_is_one() {
        assert_eq!(BandLimit::of(&[whole(1)], 50.0), None);
        let limit = BandLimit::of(&[cut(&whole(1), 13)], 50.0).unwrap();
        assert_eq!(limit.present(), 13 - SLOPE_BANDS);
        assert_eq!(BandLimit::of(&[cut(&whole(1), BANDS - 3)], 50.0), None);
        let flat = Mel::new(vec![-11.5; BANDS * FRAMES], BANDS, FRAMES).unwrap();
        assert_eq!(BandLimit::of(&[flat], 50.0), None);
    }

    #[test]
    fn missing_bands_are_what_the_model_expects() {
        let moments = Moments::of_speech(&[whole(1)], 50.0);
        let other = whole(2);
        let limit = BandLimit { present: 10 };
        let completed = limit.completed(&cut(&other, 10), &moments, 0.0);
        let pairs = other.data().iter().zip(completed.data());
        let worst = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst < 0.3, "{worst}");
        let guessed = limit.guessed(&cut(&other, 10));
        assert_eq!(guessed.at(9, 5), other.at(9, 5));
        assert!((guessed.at(15, 5) + 4.0).abs() < 1.0);
    }
}
