//! Moments of speech, and the map between two of them.

use nalgebra::{DMatrix, DVector, Dyn, SymmetricEigen};

use super::Transport;
use crate::audio::Mel;
use crate::model::config::TransportConfig;
use crate::model::style::StyleError;

/// Added to the variances, in squared nats: bands that never change stay invertible.
const RIDGE: f64 = 1e-3;

/// Smallest eigenvalue that a root is taken of, against rounding below zero.
const LEAST_EIGENVALUE: f64 = 1e-6;

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

    /// The covariance with its off-diagonal entries shrunk, since some seconds of speech do not
    /// determine thousands of them, and [`RIDGE`] on the diagonal.
    fn regular(&self, shrinkage: f64) -> DMatrix<f64> {
        let mut covariance = &self.covariance * (1.0 - shrinkage);
        covariance.set_diagonal(&self.covariance.diagonal().add_scalar(RIDGE));
        covariance
    }
}

/// The frames of a mel that are speech; never none.
fn speech_frames(mel: &Mel, range: f64) -> Vec<DVector<f64>> {
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
}

#[expect(clippy::cast_possible_truncation, reason = "in the kernels' precision")]
fn single<'a>(values: impl Iterator<Item = &'a f64>) -> Vec<f32> {
    values.map(|&value| value as f32).collect()
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
