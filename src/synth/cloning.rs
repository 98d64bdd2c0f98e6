//! Recordings to a voice: its style, and what moves the model's mean mel to it.

use super::utterances::Utterance;
use super::{SynthError, Synthesizer};
use crate::audio::{Audio, Mel, MelExtractor, pitch_level, prepare_reference};
use crate::model::config::TransportConfig;
use crate::model::pitch_predictor::Melody;
use crate::model::reference::mean;
use crate::model::{BandLimit, Moments, ReferenceFeatures, Style, StyleOrigin, Transport};

/// The statement that whoever clones a voice makes: that it is his own, or that its owner agreed.
///
/// The library cannot check it. It asks, so that nobody clones a voice without having been asked whose it is; see
/// `docs/ethics.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Consent(());

impl Consent {
    /// States that the voices in the recordings are one's own, or that their owners agreed.
    #[must_use]
    pub const fn i_have_rights() -> Self {
        Self(())
    }
}

impl Synthesizer {
    /// The style of a voice: the mean over reference recordings, each prepared as the training's were
    /// ([`prepare_reference`]), the transport from the model's frames to those of all of them, and, where the
    /// model has encoders for them, entries of all of them and their mean pitch.
    ///
    /// # Errors
    /// When there is no recording, one is too short or silent, or the device fails.
    pub async fn style_from_audio(
        &mut self,
        references: &[Audio],
        consent: Consent,
    ) -> Result<Style, SynthError> {
        let sample_rate = self.config().audio.sample_rate;
        let prepared = references
            .iter()
            .map(|reference| prepare_reference(reference, sample_rate))
            .collect::<Result<Vec<_>, _>>()?;
        self.style_from_prepared(&prepared, consent).await
    }

    /// [`Self::style_from_audio`] of recordings that [`prepare_reference`] or
    /// [`read_reference`](crate::audio::read_reference) prepared for this model's sample rate.
    ///
    /// # Errors
    /// When there is no recording, one is of another sample rate, or the device fails.
    pub async fn style_from_prepared(
        &mut self,
        references: &[Audio],
        _: Consent,
    ) -> Result<Style, SynthError> {
        if references.is_empty() {
            return Err(SynthError::NoReference);
        }
        let extractor = MelExtractor::new(&self.config().audio)?;
        let mels = references
            .iter()
            .map(|reference| extractor.extract(reference))
            .collect::<Result<Vec<_>, _>>()?;
        let levels: Vec<_> = references.iter().map(pitch_level).collect();
        let Some(config) = self.config().transport.clone() else {
            return self.style_of(&mels, &levels).await;
        };
        let range = config.speech_range;
        let Some(limit) = BandLimit::of(&mels, range) else {
            let style = self.style_of(&mels, &levels).await?;
            let own = self.own_frames(&style, &config).await?;
            let moments = |mels: &[Mel]| Moments::of_speech(mels, range);
            let transport = Transport::between(&moments(&own), &moments(&mels), &config)?;
            return Ok(style.with_transport(Some(transport)));
        };
        let highest = self.config().audio.band_hz(limit.present());
        tracing::warn!(
            "the reference holds nothing above {highest:.0} Hz, as from a telephone: what the voice \
             has there is guessed; a recording of the whole band would come closer"
        );
        let guessed: Vec<_> = mels.iter().map(|mel| limit.guessed(mel)).collect();
        let guess = self.style_of(&guessed, &levels).await?;
        let own = self.own_frames(&guess, &config).await?;
        let own = Moments::of_speech(&own, range);
        let completed = mels
            .iter()
            .map(|mel| limit.completed(mel, &own, config.shrinkage));
        let style = self
            .style_of(&completed.collect::<Vec<_>>(), &levels)
            .await?;
        let own = Moments::of_speech(&self.own_frames(&style, &config).await?, range);
        let voice = Moments::of_speech(&mels, range);
        let transport = Transport::below(limit.present(), &own, &voice, &config)?;
        Ok(style.with_transport(Some(transport)))
    }

    /// The mean style of some mels, and for a model that hears their frames what it keeps of these; `levels`
    /// are those of the recordings' pitch ([`pitch_level`]).
    async fn style_of(&mut self, mels: &[Mel], levels: &[f32]) -> Result<Style, SynthError> {
        let (mut styles, mut features) = (Vec::with_capacity(mels.len()), Vec::new());
        for (mel, &level) in mels.iter().zip(levels) {
            let (acoustic, model) = self.acoustic_and_model();
            let heard = acoustic.style(model, mel).await?;
            styles.push(heard.style);
            features.extend(heard.features.map(|(entries, movement)| {
                let pitch = [vec![level], movement].concat();
                (entries, pitch)
            }));
        }
        let style = Style::new(mean(&styles), StyleOrigin::default())?;
        let features = match &self.config().reference_encoder {
            Some(reference) => Some(ReferenceFeatures::of_recordings(
                &features,
                reference.entry,
            )?),
            None => None,
        };
        Ok(style.with_features(features))
    }

    /// What the model says in a style, before any transport: the mean mels of the transport's text.
    async fn own_frames(
        &mut self,
        style: &Style,
        config: &TransportConfig,
    ) -> Result<Vec<Mel>, SynthError> {
        let neutral = Transport::neutral(self.config());
        let style = style.clone().with_transport(neutral);
        let sentences = self.front_end.sentences(&config.text);
        let sentences = sentences.collect::<Result<Vec<_>, _>>()?;
        let mut own = Vec::with_capacity(sentences.len());
        for sentence in sentences {
            let utterance = Utterance {
                text: &sentence.source,
                ids: self.symbols.encode(&sentence),
                style: &style,
                speed: 1.0,
                melody: Melody {
                    intonation: 1.0,
                    semitones: 0.0,
                },
                seed: 0,
            };
            let (acoustic, model) = self.acoustic_and_model();
            own.push(acoustic.mean(model, &utterance).await?);
        }
        Ok(own)
    }
}
