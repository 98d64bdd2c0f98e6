//! The transport of a voice: an affine map that gives the frames of the mean mel the moments that the
//! voice's own frames have.
//!
//! A mean mel is smoother than speech and nearer to the average voice, since that is what minimises its
//! squared error. Both show in its first two moments over time. Between two normal distributions, the
//! map of least mean squared displacement is known in closed form (Olkin and Pukelsheim, 1982; in
//! colour transfer, Pitie and Kokaram, 2007): with the covariances `A` of the model's frames and `B` of
//! the voice's,
//!
//! ```text
//! map = A^-1/2 (A^1/2 B A^1/2)^1/2 A^-1/2        offset = mean_B - map mean_A
//! ```
//!
//! The model's frames are those that it makes of one fixed text in the voice, so the map belongs to the
//! voice, not to a sentence, and a sentence of two words is as safe as a long one. The diffusion runs
//! around the transported mean. `weights/small/README.md` says what that gains.

#[cfg(feature = "cloning")]
mod moments;

#[cfg(feature = "cloning")]
pub use moments::Moments;
#[cfg(feature = "cloning")]
pub(super) use moments::speech_frames;

use super::ModelConfig;
use super::style_error::StyleError;

/// An affine map of the frames of a mel: band `o` becomes `offset[o] + sum_c map[o][c] band[c]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Transport {
    map: Vec<f32>,
    offset: Vec<f32>,
}

impl Transport {
    /// A map `[bands][bands]` and an offset `[bands]`.
    ///
    /// # Errors
    /// When they do not fit together, or hold NaN or an infinity.
    pub fn new(map: Vec<f32>, offset: Vec<f32>) -> Result<Self, StyleError> {
        let finite = map.iter().chain(&offset).all(|value| value.is_finite());
        if offset.is_empty() || map.len() != offset.len() * offset.len() || !finite {
            return Err(StyleError::Transport {
                map: map.len(),
                offset: offset.len(),
            });
        }
        Ok(Self { map, offset })
    }

    /// The map that changes nothing.
    #[must_use]
    pub fn identity(bands: usize) -> Self {
        let entry = |i: usize| f32::from(u8::from(i / bands == i % bands));
        Self {
            map: (0..bands * bands).map(entry).collect(),
            offset: vec![0.0; bands],
        }
    }

    /// The map that changes nothing, if the model wants one: for styles of no particular voice.
    #[must_use]
    pub fn neutral(config: &ModelConfig) -> Option<Self> {
        let bands = config.audio.n_mels;
        config.transport.as_ref().map(|_| Self::identity(bands))
    }

    /// Rows of the map, one after the other.
    #[must_use]
    pub fn map(&self) -> &[f32] {
        &self.map
    }

    /// What is added to each band.
    #[must_use]
    pub fn offset(&self) -> &[f32] {
        &self.offset
    }
}
