//! Recordings to a voice: its style, and what moves the model's mean mel to it.

use super::acoustic::Utterance;
use super::{SynthError, Synthesizer};
use crate::audio::{Audio, Mel, MelExtractor, pitch_level, prepare_reference};
use crate::model::config::TransportConfig;
use crate::model::pitch_predictor::Melody;
use crate::model::reference::mean;
use crate::model::{Moments, ReferenceFeatures, Style, StyleOrigin, Transport};

impl Synthesizer {
    /// The style of a voice: the mean over reference recordings, each prepared as the training's were
    /// ([`prepare_reference`]), the transport from the model's frames to those of all of them, and, where the
    /// model has encoders for them, entries of all of them and their mean pitch.
    ///
    /// # Errors
    /// When there is no recording, one is too short or silent, or the device fails.
    pub async fn style_from_audio(&mut self, references: &[Audio]) -> Result<Style, SynthError> {
        if references.is_empty() {
            return Err(SynthError::NoReference);
        }
        let extractor = MelExtractor::new(&self.config().audio)?;
        let (mut mels, mut styles, mut features) = (Vec::new(), Vec::new(), Vec::new());
        for reference in references {
            let reference = prepare_reference(reference, self.config().audio.sample_rate)?;
            let mel = extractor.extract(&reference)?;
            let (acoustic, model) = self.acoustic_and_model();
            let heard = acoustic.style(model, &mel).await?;
            styles.push(heard.style);
            features.extend(heard.features.map(|(entries, movement)| {
                let pitch = [vec![pitch_level(&reference)], movement].concat();
                (entries, pitch)
            }));
            mels.push(mel);
        }
        let style = Style::new(mean(&styles), StyleOrigin::default())?;
        let transport = match self.config().transport.clone() {
            Some(config) => Some(self.transport(&style, &mels, &config).await?),
            None => None,
        };
        let features = match &self.config().reference_encoder {
            Some(reference) => Some(ReferenceFeatures::of_recordings(
                &features,
                reference.entry,
            )?),
            None => None,
        };
        Ok(style.with_transport(transport).with_features(features))
    }

    /// The map from what the model says in a style to the voice of some recordings.
    async fn transport(
        &mut self,
        style: &Style,
        recordings: &[Mel],
        config: &TransportConfig,
    ) -> Result<Transport, SynthError> {
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
        let moments = |mels: &[Mel]| Moments::of_speech(mels, config.speech_range);
        Ok(Transport::between(
            &moments(&own),
            &moments(recordings),
            config,
        )?)
    }
}
