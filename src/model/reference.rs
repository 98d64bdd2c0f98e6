//! What a model with a temporal convolutional score network takes of a reference besides its style.

use super::ModelConfig;
use super::style_error::StyleError;

/// A voice keeps at most so many entries of its reference: 16 s at four frames of 16 ms each. A plan has
/// room for exactly so many, so that plans recur.
pub const MAX_ENTRIES: usize = 256;

/// Most values of an entry, and of what says how a voice is pitched: a model's widest layer.
const MAX_VALUES: usize = 4096;

/// Entries of the reference's frames, and what it says of the voice's pitch.
#[derive(Debug, Clone, PartialEq)]
pub struct ReferenceFeatures {
    /// `[n, width]`, one entry after the other.
    entries: Vec<f32>,
    width: usize,
    /// Level in octaves above [`crate::audio::REFERENCE_PITCH`], then how the voice moves.
    pitch: Vec<f32>,
}

impl ReferenceFeatures {
    /// Entries of `width` values each, one after the other, and what says how the voice is pitched.
    ///
    /// # Errors
    /// When there is no entry or more than [`MAX_ENTRIES`], a part is empty or too wide, or a value is NaN
    /// or an infinity.
    pub fn new(entries: Vec<f32>, width: usize, pitch: Vec<f32>) -> Result<Self, StyleError> {
        let sizes = 1..=MAX_VALUES;
        let count = entries.len().checked_div(width).unwrap_or(0);
        let fits = sizes.contains(&width)
            && sizes.contains(&pitch.len())
            && (1..=MAX_ENTRIES).contains(&count)
            && count * width == entries.len();
        if !fits || entries.iter().chain(&pitch).any(|value| !value.is_finite()) {
            return Err(StyleError::Features {
                entries: count,
                width,
                pitch: pitch.len(),
            });
        }
        Ok(Self {
            entries,
            width,
            pitch,
        })
    }

    /// Those of several recordings, each its entries `[n, width]` and its pitch: [`MAX_ENTRIES`] of all
    /// entries, evenly, so that each recording takes part, and the mean of the pitches.
    ///
    /// # Errors
    /// As [`Self::new`]; none when all recordings have the same widths and at least one entry.
    #[cfg(feature = "cloning")]
    pub(crate) fn of_recordings(
        recordings: &[(Vec<f32>, Vec<f32>)],
        width: usize,
    ) -> Result<Self, StyleError> {
        let all: Vec<_> = recordings
            .iter()
            .flat_map(|(entries, _)| entries.chunks_exact(width))
            .collect();
        let kept = evenly(all.len(), MAX_ENTRIES);
        let entries = kept.flat_map(|i| all[i].iter().copied()).collect();
        let pitches: Vec<_> = recordings.iter().map(|(_, pitch)| pitch.clone()).collect();
        Self::new(entries, width, mean(&pitches))
    }

    /// Entries and pitch of zeros, if the model wants them: for styles of no particular voice.
    #[must_use]
    pub fn neutral(config: &ModelConfig) -> Option<Self> {
        let tcn = config.score_network().ok()?.tcn()?;
        let width = tcn.reference.entry;
        Some(Self {
            entries: vec![0.0; MAX_ENTRIES * width],
            width,
            pitch: vec![0.0; tcn.pitch.voice],
        })
    }

    /// The entries, one after the other.
    #[must_use]
    pub fn entries(&self) -> &[f32] {
        &self.entries
    }

    /// The level of the voice's pitch.
    #[must_use]
    pub fn level(&self) -> f32 {
        self.pitch[0]
    }

    /// Values of an entry.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.width
    }

    /// Number of entries.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.entries.len() / self.width
    }

    /// What says how the voice is pitched: its level, in octaves above [`crate::audio::REFERENCE_PITCH`],
    /// and how it moves.
    #[must_use]
    pub fn pitch(&self) -> &[f32] {
        &self.pitch
    }
}

/// At most `most` places of so many, from the first to the last, as evenly as rounding allows.
#[cfg(feature = "cloning")]
fn evenly(count: usize, most: usize) -> impl Iterator<Item = usize> {
    let kept = count.min(most);
    let step = count.saturating_sub(1) as f64 / kept.saturating_sub(1).max(1) as f64;
    (0..kept).map(move |i| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a place among some thousand entries"
        )]
        let place = (i as f64 * step).round_ties_even() as usize;
        place
    })
}

/// Mean of vectors of one length; at least one.
#[cfg(feature = "cloning")]
pub(crate) fn mean(vectors: &[Vec<f32>]) -> Vec<f32> {
    let mean = |i: usize| {
        let sum: f64 = vectors.iter().map(|vector| f64::from(vector[i])).sum();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "back to the precision of a style"
        )]
        let mean = (sum / vectors.len() as f64) as f32;
        mean
    };
    (0..vectors[0].len()).map(mean).collect()
}

#[cfg(all(test, feature = "cloning"))]
mod tests {
    use super::{MAX_ENTRIES, ReferenceFeatures, evenly, mean};

    #[test]
    fn the_mean_is_that_of_each_value() {
        assert_eq!(mean(&[vec![1.0, 2.0], vec![3.0, -2.0]]), [2.0, 0.0]);
    }

    #[test]
    fn places_are_kept_evenly_from_the_first_to_the_last() {
        assert_eq!(evenly(3, 5).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(evenly(1, 5).collect::<Vec<_>>(), [0]);
        assert_eq!(evenly(0, 5).count(), 0);
        assert_eq!(evenly(9, 5).collect::<Vec<_>>(), [0, 2, 4, 6, 8]);
        let kept: Vec<_> = evenly(1000, MAX_ENTRIES).collect();
        assert_eq!((kept.len(), kept[0], kept[255]), (256, 0, 999));
        assert!(
            kept.windows(2)
                .all(|pair| (3..=4).contains(&(pair[1] - pair[0])))
        );
    }

    #[test]
    fn recordings_share_the_entries_and_average_the_pitch() {
        let recordings = [
            (vec![1.0, 2.0, 3.0, 4.0], vec![1.0]),
            (vec![5.0, 6.0], vec![3.0]),
        ];
        let features = ReferenceFeatures::of_recordings(&recordings, 2).unwrap();
        assert_eq!(features.entries(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!((features.count(), features.width()), (3, 2));
        assert_eq!(features.pitch(), [2.0]);
    }

    #[test]
    fn features_are_bounded_and_finite() {
        let make = |entries: usize, width: usize, pitch: &[f32]| {
            ReferenceFeatures::new(vec![0.5; entries], width, pitch.to_vec())
        };
        assert!(make(2 * MAX_ENTRIES, 2, &[1.0]).is_ok());
        for wrong in [
            make(2 * MAX_ENTRIES + 2, 2, &[1.0]),
            make(5, 2, &[1.0]),
            make(0, 2, &[1.0]),
            make(4, 0, &[1.0]),
            make(4, 2, &[]),
            make(4, 2, &[f32::NAN]),
        ] {
            let message = wrong.unwrap_err().to_string();
            assert!(message.contains("at most 256"), "{message}");
        }
    }
}
