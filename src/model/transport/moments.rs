//! Moments of speech, and the map between two of them.

use nalgebra::{DMatrix, DVector, Dyn, SymmetricEigen};

use super::Transport;
use crate::audio::Mel;
use crate::model::config::TransportConfig;
use crate::model::style_error::StyleError;

/// Added to the variances, in squared nats: bands that never change stay invertible.
const RIDGE: f64 = 1e-3;

/// Smallest eigenvalue that a root is taken of, against rounding below zero.
const LEAST_EIGENVALUE: f64 = 1e-6;

/// Bands that a voice's recording lacks are moved by no more than this, in nats (9 dB).
const FURTHEST_GUESS: f64 = 1.0;

/// Mean and covariance of the frames of speech.
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    mean: DVector<f64>,
    covariance: DMatrix<f64>,
}

impl Moments {
    /// Moments over the frames of all recordings that are speech: those whose mean band is at most
    /// `speech_range` nats, not negative, below that of the loudest frame of their recording. One frame
    /// has a covariance of zero.
    ///
    /// # Panics
    /// When there is no recording, or they differ in bands.
    #[must_use]
    pub fn of_speech(recordings: &[Mel], speech_range: f64) -> Self {
        let bands = recordings.first().expect("at least one recording").n_mels();
        let frames: Vec<_> = recordings
            .iter()
            .flat_map(|mel| speech_frames(mel, speech_range))
            .collect();
        let count = frames.len() as f64;
        let sum = frames.iter().fold(DVector::zeros(bands), |sum, x| sum + x);
        let mean = sum / count;
        let mut covariance = DMatrix::zeros(bands, bands);
        for frame in &frames {
            let deviation = frame - &mean;
            covariance.syger(1.0, &deviation, &deviation, 1.0);
        }
        covariance.fill_upper_triangle_with_lower_triangle();
        covariance /= (count - 1.0).max(1.0);
        Self { mean, covariance }
    }

    /// The moments of the first bands alone.
    fn of_first(&self, bands: usize) -> Self {
        Self {
            mean: self.mean.rows(0, bands).into_owned(),
            covariance: self.covariance.view((0, 0), (bands, bands)).into_owned(),
        }
    }

    /// What the bands from `present` on are likely to be, given those before.
    pub(in crate::model) fn regression(&self, present: usize, shrinkage: f64) -> Regression {
        let covariance = self.regular(shrinkage);
        let missing = covariance.nrows() - present;
        let cross = covariance.view((present, 0), (missing, present));
        let own = SymmetricEigen::new(covariance.view((0, 0), (present, present)).into_owned());
        Regression {
            slope: cross * power(&own, -1.0),
            present: self.mean.rows(0, present).into_owned(),
            missing: self.mean.rows(present, missing).into_owned(),
        }
    }

    /// The covariance with its off-diagonal entries shrunk, since some seconds of speech do not
    /// determine thousands of them, and [`RIDGE`] on the diagonal.
    fn regular(&self, shrinkage: f64) -> DMatrix<f64> {
        let mut covariance = &self.covariance * (1.0 - shrinkage);
        covariance.set_diagonal(&self.covariance.diagonal().add_scalar(RIDGE));
        covariance
    }
}

/// The conditional mean of a normal distribution.
#[derive(Debug)]
pub(in crate::model) struct Regression {
    slope: DMatrix<f64>,
    present: DVector<f64>,
    missing: DVector<f64>,
}

impl Regression {
    /// What is missing beside these values.
    pub(in crate::model) fn of(&self, present: &DVector<f64>) -> DVector<f64> {
        &self.missing + &self.slope * (present - &self.present)
    }
}

/// The frames of a mel that are speech; never none.
pub(in crate::model) fn speech_frames(mel: &Mel, range: f64) -> Vec<DVector<f64>> {
    let (bands, frames) = (mel.n_mels(), mel.frames());
    let value = |band: usize, frame: usize| f64::from(mel.data()[band * frames + frame]);
    let frame = |frame: usize| DVector::from_fn(bands, |band, _| value(band, frame));
    let all: Vec<_> = (0..frames).map(frame).collect();
    let loudest = all.iter().map(DVector::mean).fold(f64::MIN, f64::max);
    all.into_iter()
        .filter(|frame| frame.mean() >= loudest - range)
        .collect()
}

/// A symmetric matrix to a power, through its eigenvectors.
fn power(matrix: &SymmetricEigen<f64, Dyn>, exponent: f64) -> DMatrix<f64> {
    let (vectors, values) = (&matrix.eigenvectors, &matrix.eigenvalues);
    let powers = values.map(|value| value.max(LEAST_EIGENVALUE).powf(exponent));
    vectors * DMatrix::from_diagonal(&powers) * vectors.transpose()
}

impl Transport {
    /// The map from the frames of a model to those of a voice.
    ///
    /// # Errors
    /// When the map has values beyond single precision.
    ///
    /// # Panics
    /// When the moments differ in bands.
    pub fn between(
        model: &Moments,
        voice: &Moments,
        config: &TransportConfig,
    ) -> Result<Self, StyleError> {
        let own = SymmetricEigen::new(model.regular(config.shrinkage));
        let (root, inverse_root) = (power(&own, 0.5), power(&own, -0.5));
        let target = voice.regular(config.shrinkage);
        let between = SymmetricEigen::new(&root * target * &root);
        let map = &inverse_root * power(&between, 0.5) * &inverse_root;
        let offset = &voice.mean - &map * &model.mean;
        Self::new(single(map.transpose().iter()), single(offset.iter()))
    }

    /// [`Self::between`] for a voice of which only the bands before `present` are known: the others keep
    /// what the model makes of them, moved by as much as the known bands let expect.
    ///
    /// # Errors
    /// As [`Self::between`].
    ///
    /// # Panics
    /// When the moments differ in bands, or have no more than `present`.
    pub fn below(
        present: usize,
        model: &Moments,
        voice: &Moments,
        config: &TransportConfig,
    ) -> Result<Self, StyleError> {
        let bands = model.mean.len();
        let known = Self::between(&model.of_first(present), &voice.of_first(present), config)?;
        let mut whole = Self::identity(bands);
        for (row, own) in known.map.chunks(present).enumerate() {
            whole.map[row * bands..][..present].copy_from_slice(own);
        }
        whole.offset[..present].copy_from_slice(&known.offset);
        let regression = model.regression(present, config.shrinkage);
        let moved = regression.of(&voice.mean.rows(0, present).into_owned()) - &regression.missing;
        let moved = moved.map(|offset| offset.clamp(-FURTHEST_GUESS, FURTHEST_GUESS));
        whole.offset[present..].copy_from_slice(&single(moved.iter()));
        Ok(whole)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "in the kernels' precision")]
fn single<'a>(values: impl Iterator<Item = &'a f64>) -> Vec<f32> {
    values.map(|&value| value as f32).collect()
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
