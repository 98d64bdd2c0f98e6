//! Log-mel spectrograms by HiFi-GAN's recipe (its `meldataset.py`): reflected borders, periodic
//! Hann window, magnitudes `sqrt(re^2 + im^2 + 1e-9)`, Slaney bands, natural logarithm.

use super::clip::check_finite;
use super::filterbank::Filterbank;
use super::stft::Stft;
use super::{Audio, AudioError, MelSpec};

/// Added under the root of a magnitude, as HiFi-GAN does.
const MAGNITUDE_EPSILON: f64 = 1e-9;

/// A log-mel spectrogram: `n_mels` rows, lowest band first, of `frames` values each.
#[derive(Clone, Debug, PartialEq)]
pub struct Mel {
    data: Vec<f32>,
    n_mels: usize,
    frames: usize,
}

impl Mel {
    /// Takes `[n_mels, frames]` values, row-major.
    ///
    /// # Errors
    /// [`AudioError::Mel`] where the length does not fit the shape, the shape is empty, or a
    /// value is NaN or infinite.
    pub fn new(data: Vec<f32>, n_mels: usize, frames: usize) -> Result<Self, AudioError> {
        if n_mels == 0 || frames == 0 {
            let message = format!("its shape is [{n_mels}, {frames}]; both should be at least 1");
            return Err(AudioError::Mel(message));
        }
        if n_mels.checked_mul(frames) != Some(data.len()) {
            let message = format!(
                "it has {} values where [{n_mels}, {frames}] needs the product",
                data.len()
            );
            return Err(AudioError::Mel(message));
        }
        if let Some(index) = data.iter().position(|value| !value.is_finite()) {
            let (band, frame) = (index / frames, index % frames);
            let message = format!("band {band} of frame {frame} is not a finite number");
            return Err(AudioError::Mel(message));
        }
        Ok(Self {
            data,
            n_mels,
            frames,
        })
    }

    /// One spectrogram after the other, each behind so many silent frames.
    ///
    /// # Errors
    /// [`AudioError::Mel`] where there are no parts, or one has another number of bands than `spec`.
    pub fn join(parts: &[(usize, Self)], spec: &MelSpec) -> Result<Self, AudioError> {
        if let Some((_, odd)) = parts.iter().find(|(_, part)| part.n_mels != spec.n_mels) {
            let (found, expected) = (odd.n_mels, spec.n_mels);
            return Err(AudioError::Mel(format!(
                "it has {found} bands, {expected} are needed"
            )));
        }
        let frames: usize = parts.iter().map(|(gap, part)| gap + part.frames).sum();
        #[expect(clippy::cast_possible_truncation, reason = "in the precision of a mel")]
        let silence = spec.log_floor.ln() as f32;
        let mut data = vec![silence; spec.n_mels * frames];
        let mut first = 0;
        for (gap, part) in parts {
            first += gap;
            for (band, row) in part.data.chunks_exact(part.frames).enumerate() {
                let start = band * frames + first;
                data[start..start + part.frames].copy_from_slice(row);
            }
            first += part.frames;
        }
        Self::new(data, spec.n_mels, frames)
    }

    /// Parts of at most so many frames (at least two), one after the other, cut where the sound is
    /// quietest in the second half of each.
    pub fn parts(&self, most: usize) -> Vec<Self> {
        let level = |frame: usize| {
            (0..self.n_mels)
                .map(|band| self.at(band, frame))
                .sum::<f32>()
        };
        let mut parts = Vec::new();
        let mut start = 0;
        while self.frames - start > most {
            let places = start + most / 2..start + most;
            let end = places.min_by(|&a, &b| level(a).total_cmp(&level(b)));
            let end = end.unwrap_or(start + most);
            parts.push(self.part(start, end));
            start = end;
        }
        parts.push(self.part(start, self.frames));
        parts
    }

    /// The frames `start..end`.
    fn part(&self, start: usize, end: usize) -> Self {
        let rows = self.data.chunks_exact(self.frames);
        Self {
            data: rows
                .flat_map(|row| row[start..end].iter().copied())
                .collect(),
            n_mels: self.n_mels,
            frames: end - start,
        }
    }

    /// At least so many frames, the last one repeated.
    #[must_use]
    pub fn lasting(&self, frames: usize) -> Self {
        let frames = frames.max(self.frames);
        let row = |row: &[f32]| {
            (0..frames)
                .map(|i| row[i.min(row.len() - 1)])
                .collect::<Vec<_>>()
        };
        Self {
            data: self.data.chunks_exact(self.frames).flat_map(row).collect(),
            n_mels: self.n_mels,
            frames,
        }
    }

    /// The values `[n_mels, frames]`, row-major: natural logarithms of band magnitudes.
    pub fn data(&self) -> &[f32] {
        &self.data
    }

    /// Number of bands.
    pub fn n_mels(&self) -> usize {
        self.n_mels
    }

    /// Number of frames.
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// The value of one band in one frame.
    pub fn at(&self, band: usize, frame: usize) -> f32 {
        self.data[band * self.frames + frame]
    }
}

/// Computes log-mel spectrograms; plans and filters are made once.
pub struct MelExtractor {
    spec: MelSpec,
    stft: Stft,
    filterbank: Filterbank,
}

impl std::fmt::Debug for MelExtractor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MelExtractor")
            .field("spec", &self.spec)
            .finish_non_exhaustive()
    }
}

impl MelExtractor {
    /// Prepares the transform.
    ///
    /// # Errors
    /// As [`MelSpec::validate`].
    pub fn new(spec: &MelSpec) -> Result<Self, AudioError> {
        spec.validate()?;
        Ok(Self {
            spec: spec.clone(),
            stft: Stft::new(spec),
            filterbank: Filterbank::new(spec),
        })
    }

    /// The spectrogram of a clip: `floor(samples / hop_length)` frames.
    ///
    /// # Errors
    /// [`AudioError::RateMismatch`], [`AudioError::TooFewSamples`] (fewer than
    /// [`MelSpec::min_samples`]) or [`AudioError::NotFinite`].
    pub fn extract(&self, audio: &Audio) -> Result<Mel, AudioError> {
        let spec = &self.spec;
        if audio.sample_rate != spec.sample_rate {
            let (expected, found) = (spec.sample_rate, audio.sample_rate);
            return Err(AudioError::RateMismatch { expected, found });
        }
        let (found, needed) = (audio.samples.len(), spec.min_samples());
        if found < needed {
            return Err(AudioError::TooFewSamples { found, needed });
        }
        check_finite(&audio.samples)?;

        let frames = spec.frames(found);
        let mut data = vec![0.0; spec.n_mels * frames];
        let mut magnitudes = vec![0.0; spec.n_bins()];
        let mut bands = vec![0.0; spec.n_mels];
        self.stft.analyse(&audio.samples, |frame, spectrum| {
            for (magnitude, bin) in magnitudes.iter_mut().zip(spectrum) {
                *magnitude = (bin.norm_sqr() + MAGNITUDE_EPSILON).sqrt();
            }
            self.filterbank.apply(&magnitudes, &mut bands);
            for (band, value) in bands.iter().enumerate() {
                data[band * frames + frame] = value.max(spec.log_floor).ln() as f32;
            }
        });
        Mel::new(data, spec.n_mels, frames)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use proptest::prelude::*;
    use safetensors::SafeTensors;

    use super::super::test_signals::{spec, tone};
    use super::*;

    #[test]
    fn joined_spectrograms_follow_each_other_behind_silence() {
        let spec = MelSpec {
            n_mels: 2,
            log_floor: 1.0,
            ..spec()
        };
        let part = |data: &[f32], frames| Mel::new(data.to_vec(), 2, frames).unwrap();
        let parts = [(0, part(&[1., 2., 3., 4.], 2)), (1, part(&[5., 6.], 1))];
        let joined = Mel::join(&parts, &spec).unwrap();
        assert_eq!(joined.data(), [1., 2., 0., 5., 3., 4., 0., 6.]);
        assert!(Mel::join(&[], &spec).is_err());
    }

    #[test]
    fn parts_are_the_whole_and_cut_where_it_is_quiet() {
        let mut data: Vec<f32> = (0..20).map(|i| i as f32).collect();
        data[7] = -50.0;
        let mel = Mel::new(data, 2, 10).unwrap();
        let parts = mel.parts(8);
        assert_eq!(parts.iter().map(Mel::frames).collect::<Vec<_>>(), [7, 3]);
        let parts: Vec<_> = parts.into_iter().map(|part| (0, part)).collect();
        let spec = MelSpec {
            n_mels: 2,
            ..spec()
        };
        assert_eq!(Mel::join(&parts, &spec).unwrap(), mel);
        assert_eq!(mel.parts(10), std::slice::from_ref(&mel));
        let longer = mel.part(0, 1).lasting(3);
        assert_eq!(longer.data(), [0.0, 0.0, 0.0, 10.0, 10.0, 10.0]);
    }

    /// A reference made by `PyTorch` and librosa in f64: settings, audio, spectrogram.
    fn golden(name: &str) -> (MelSpec, Audio, Mel) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
        let bytes = fs::read(folder.join(name).with_extension("safetensors")).unwrap();
        let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
        let config = &header.metadata().as_ref().unwrap()["config"];
        let config: serde_json::Value = serde_json::from_str(config).unwrap();
        let spec: MelSpec = serde_json::from_value(config["audio"].clone()).unwrap();
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        let values = |name| {
            let (values, _) = tensors.tensor(name).unwrap().data().as_chunks::<4>();
            values
                .iter()
                .map(|&value| f32::from_le_bytes(value))
                .collect::<Vec<_>>()
        };
        let audio = Audio {
            samples: values("input.audio"),
            sample_rate: spec.sample_rate,
        };
        let shape = tensors.tensor("output.mel").unwrap().shape().to_vec();
        (
            spec,
            audio,
            Mel::new(values("output.mel"), shape[0], shape[1]).unwrap(),
        )
    }

    #[test]
    fn values_are_those_of_torch_and_librosa() {
        for name in ["mel_small", "mel_base"] {
            let (spec, audio, wanted) = golden(name);
            let found = MelExtractor::new(&spec).unwrap().extract(&audio).unwrap();
            assert_eq!(
                (found.n_mels(), found.frames()),
                (wanted.n_mels(), wanted.frames())
            );
            let pairs = found.data().iter().zip(wanted.data());
            let worst = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst < 1e-4, "{name}: largest difference {worst:e}");
        }
    }

    #[test]
    fn silence_lies_at_the_floor() {
        let silence = Audio {
            samples: vec![0.0; 2_000],
            sample_rate: 16_000,
        };
        let mel = MelExtractor::new(&spec())
            .unwrap()
            .extract(&silence)
            .unwrap();
        assert!(mel.data().iter().all(|&value| value == 1e-5f64.ln() as f32));
    }

    #[test]
    fn the_loudest_band_is_the_tones() {
        let spec = spec();
        let extractor = MelExtractor::new(&spec).unwrap();
        let edges = super::super::filterbank::mel_frequencies(spec.n_mels + 2, 0.0, 8000.0);
        for band in [10, 40, 70] {
            let mel = extractor
                .extract(&tone(edges[band + 1], 0.5, 0.2, 16_000))
                .unwrap();
            let loudest = (0..80).max_by(|&a, &b| mel.at(a, 5).total_cmp(&mel.at(b, 5)));
            assert_eq!(loudest, Some(band));
        }
    }

    #[test]
    fn a_short_window_is_centred() {
        let spec = MelSpec {
            win_length: 512,
            ..spec()
        };
        let mut audio = Audio {
            samples: vec![0.0; 2_048],
            sample_rate: 16_000,
        };
        // Frame 3 begins at 3 * 256 - 384; its middle is 512 samples later.
        audio.samples[3 * 256 + 128] = 1.0;
        let mel = MelExtractor::new(&spec).unwrap().extract(&audio).unwrap();
        let loudest = (0..8).max_by(|&a, &b| mel.at(40, a).total_cmp(&mel.at(40, b)));
        assert_eq!(loudest, Some(3));
        assert_eq!(
            mel.at(40, 5),
            1e-5f64.ln() as f32,
            "an impulse beyond the window is not heard"
        );
    }

    #[test]
    fn unfit_audio_is_refused() {
        let extractor = MelExtractor::new(&spec()).unwrap();
        let other_rate = tone(440.0, 0.5, 0.5, 22_050);
        assert!(matches!(
            extractor.extract(&other_rate),
            Err(AudioError::RateMismatch { .. })
        ));
        let short = Audio {
            samples: vec![0.1; 384],
            sample_rate: 16_000,
        };
        assert!(matches!(
            extractor.extract(&short),
            Err(AudioError::TooFewSamples {
                found: 384,
                needed: 385
            })
        ));
        let broken = Audio {
            samples: vec![f32::NAN; 2_000],
            sample_rate: 16_000,
        };
        assert!(matches!(
            extractor.extract(&broken),
            Err(AudioError::NotFinite { index: 0 })
        ));
    }

    #[test]
    fn contradictory_settings_are_all_listed() {
        let spec = MelSpec {
            win_length: 2048,
            n_mels: 0,
            fmax: 9000.0,
            log_floor: 0.0,
            ..spec()
        };
        let message = MelExtractor::new(&spec).unwrap_err().to_string();
        for name in ["win_length", "n_mels", "fmax", "log_floor"] {
            assert!(message.contains(name), "{name} is missing in: {message}");
        }
    }

    #[test]
    fn impossible_mels_are_refused() {
        assert!(Mel::new(vec![], 0, 0).is_err());
        assert!(Mel::new(vec![0.0; 5], 2, 3).is_err());
        assert!(Mel::new(vec![0.0; 4], usize::MAX, 2).is_err());
        let error = Mel::new(vec![0.0, f32::NAN, 0.0, 0.0], 2, 2)
            .unwrap_err()
            .to_string();
        assert!(error.contains("band 0 of frame 1"), "{error}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn a_clip_has_a_frame_for_each_hop(length in 385usize..4_000) {
            let audio = Audio { samples: vec![0.1; length], sample_rate: 16_000 };
            let mel = MelExtractor::new(&spec()).unwrap().extract(&audio).unwrap();
            prop_assert_eq!(mel.frames(), length / 256);
        }
    }
}
