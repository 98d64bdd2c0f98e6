//! How a request is spoken: its wishes, and the model's configuration where it has none.

use super::SynthError;
use super::acoustic::Diffusion;
use super::request::{PITCH_RANGE, Request, SPEED_RANGE};
use super::voice::{features_fit, transport_fits};
use crate::diffusion::{Sampling, SolverTable};
use crate::model::config::{GUIDANCE_RANGE, INTONATION_RANGE, TEMPERATURE_RANGE};
use crate::model::pitch_predictor::Melody;
use crate::model::{ModelConfig, VocoderChoice};

/// Everything that a request may leave to the model, decided.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// How the diffusion is integrated.
    pub sampling: Sampling,
    /// Factor of the initial noise.
    pub temperature: f32,
    /// How much the score network follows the style.
    pub guidance: f32,
    /// 2 is twice as fast.
    pub speed: f32,
    /// How the predicted pitch is changed, in models that predict one.
    pub melody: Melody,
    /// What turns the mel spectrogram into samples.
    pub vocoder: VocoderChoice,
}

impl Settings {
    /// The model's own.
    #[must_use]
    pub fn of(config: &ModelConfig) -> Self {
        Self {
            sampling: config.own_sampling(),
            temperature: config.sampling.temperature,
            guidance: config.sampling.guidance,
            speed: 1.0,
            melody: Melody {
                intonation: config.sampling.intonation,
                semitones: 0.0,
            },
            vocoder: config.default_vocoder,
        }
    }

    /// These, but for what a request wants otherwise.
    #[must_use]
    pub fn with(&self, request: &Request) -> Self {
        let own = self.sampling;
        Self {
            sampling: Sampling {
                solver: request.solver.unwrap_or(own.solver),
                steps: request.steps.unwrap_or(own.steps),
                detail: request.detail.unwrap_or(own.detail),
                ..own
            },
            temperature: request.temperature.unwrap_or(self.temperature),
            guidance: request.guidance.unwrap_or(self.guidance),
            speed: request.speed,
            melody: Melody {
                intonation: self.melody.intonation * request.intonation,
                semitones: self.melody.semitones + request.pitch,
            },
            vocoder: request.vocoder.unwrap_or(self.vocoder),
        }
    }

    /// The steps of the diffusion.
    ///
    /// # Errors
    /// When there are none or too many, or the detail is no share.
    pub fn table(&self, config: &ModelConfig) -> Result<SolverTable, SynthError> {
        let network = config.score_network()?.parameterization();
        Ok(SolverTable::new(
            &config.schedule()?,
            network,
            &self.sampling,
        )?)
    }

    pub(super) fn diffusion(&self, config: &ModelConfig) -> Result<Diffusion, SynthError> {
        Ok(Diffusion {
            table: self.table(config)?,
            temperature: self.temperature,
            guidance: self.guidance,
        })
    }

    /// Refuses what a model cannot do, before anything is loaded.
    ///
    /// # Errors
    /// When a setting is out of its range, or needs what the model lacks.
    pub fn check(&self, config: &ModelConfig) -> Result<(), SynthError> {
        self.table(config)?;
        if !SPEED_RANGE.contains(&self.speed) {
            return Err(SynthError::Speed(self.speed));
        }
        if !TEMPERATURE_RANGE.contains(&self.temperature) {
            return Err(SynthError::Temperature(self.temperature));
        }
        if !GUIDANCE_RANGE.contains(&self.guidance) {
            return Err(SynthError::Guidance(self.guidance));
        }
        if self.guidance != 1.0 && !config.score_network()?.has_null_style() {
            return Err(SynthError::NoNullStyle);
        }
        let Melody {
            semitones,
            intonation,
        } = self.melody;
        if !PITCH_RANGE.contains(&semitones) {
            return Err(SynthError::Pitch(semitones));
        }
        if !INTONATION_RANGE.contains(&intonation) {
            return Err(SynthError::Intonation(intonation));
        }
        if self.melody != Self::of(config).melody && config.pitch_predictor.is_none() {
            return Err(SynthError::NoPitch);
        }
        if !config.has_vocoder(self.vocoder) {
            return Err(SynthError::NoVocoder(self.vocoder));
        }
        Ok(())
    }
}

/// The settings of a request, if the model can speak it.
pub(super) fn settings(config: &ModelConfig, request: &Request) -> Result<Settings, SynthError> {
    let (found, expected) = (request.style.values().len(), config.style_encoder.style);
    if found != expected {
        return Err(SynthError::StyleLength { found, expected });
    }
    transport_fits(config, &request.style)?;
    features_fit(config, &request.style)?;
    let settings = Settings::of(config).with(request);
    settings.check(config)?;
    Ok(settings)
}
