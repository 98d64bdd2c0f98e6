//! Recordings to a voice: its style, and what moves the model's mean mel to it.

use super::acoustic::Utterance;
use super::{SynthError, Synthesizer};
use crate::audio::{Audio, Mel, MelExtractor, prepare_reference};
use crate::model::config::TransportConfig;
use crate::model::{Moments, Style, StyleOrigin, Transport};

impl Synthesizer {
    /// The style of a voice: the mean over reference recordings, each prepared as the training's were
    /// ([`prepare_reference`]), and the transport from the model's frames to those of all of them.
    ///
    /// # Errors
    /// When there is no recording, one is too short or silent, or the device fails.
    pub async fn style_from_audio(&mut self, references: &[Audio]) -> Result<Style, SynthError> {
        if references.is_empty() {
            return Err(SynthError::NoReference);
        }
        let extractor = MelExtractor::new(&self.config().audio)?;
        let (mut mels, mut styles) = (Vec::new(), Vec::new());
        for reference in references {
            let reference = prepare_reference(reference, self.config().audio.sample_rate)?;
            let mel = extractor.extract(&reference)?;
            let (acoustic, model) = self.acoustic_and_model();
            styles.push(acoustic.style(model, &mel).await?);
            mels.push(mel);
        }
        let style = Style::new(mean(&styles), StyleOrigin::default())?;
        let transport = match self.config().transport.clone() {
            Some(config) => Some(self.transport(&style, &mels, &config).await?),
            None => None,
        };
        Ok(style.with_transport(transport))
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

/// Mean of vectors of one length; at least one.
fn mean(vectors: &[Vec<f32>]) -> Vec<f32> {
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

#[cfg(test)]
mod tests {
    use super::mean;

    #[test]
    fn the_mean_is_that_of_each_value() {
        assert_eq!(mean(&[vec![1.0, 2.0], vec![3.0, -2.0]]), [2.0, 0.0]);
    }
}
