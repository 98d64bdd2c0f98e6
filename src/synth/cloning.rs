//! Recordings to a voice: its style, and what moves the model's mean mel to it.

use super::acoustic::Utterance;
use super::{SynthError, Synthesizer};
use crate::audio::{Audio, Mel, MelExtractor, prepare_reference};
use crate::model::config::TransportConfig;
use crate::model::{BandLimit, Moments, Style, StyleOrigin, Transport};

impl Synthesizer {
    /// The style of a voice: the mean over reference recordings, each prepared as the training's were
    /// ([`prepare_reference`]), and the transport from the model's frames to those of all of them.
    ///
    /// # Errors
    /// When there is no recording, one is too short or silent, or the device fails.
    pub async fn style_from_audio(&mut self, references: &[Audio]) -> Result<Style, SynthError> {
        let sample_rate = self.config().audio.sample_rate;
        let prepared = references
            .iter()
            .map(|reference| prepare_reference(reference, sample_rate))
            .collect::<Result<Vec<_>, _>>()?;
        self.style_from_prepared(&prepared).await
    }

    /// [`Self::style_from_audio`] of recordings that [`prepare_reference`] or
    /// [`read_reference`](crate::audio::read_reference) prepared for this model's sample rate.
    ///
    /// # Errors
    /// When there is no recording, one is of another sample rate, or the device fails.
    pub async fn style_from_prepared(&mut self, references: &[Audio]) -> Result<Style, SynthError> {
        if references.is_empty() {
            return Err(SynthError::NoReference);
        }
        let extractor = MelExtractor::new(&self.config().audio)?;
        let mels = references
            .iter()
            .map(|reference| extractor.extract(reference))
            .collect::<Result<Vec<_>, _>>()?;
        let Some(config) = self.config().transport.clone() else {
            return self.style_of(&mels).await;
        };
        let range = config.speech_range;
        let Some(limit) = BandLimit::of(&mels, range) else {
            let style = self.style_of(&mels).await?;
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
        let guess = self.style_of(&guessed).await?;
        let own = self.own_frames(&guess, &config).await?;
        let own = Moments::of_speech(&own, range);
        let completed = mels
            .iter()
            .map(|mel| limit.completed(mel, &own, config.shrinkage));
        let style = self.style_of(&completed.collect::<Vec<_>>()).await?;
        let own = Moments::of_speech(&self.own_frames(&style, &config).await?, range);
        let voice = Moments::of_speech(&mels, range);
        let transport = Transport::below(limit.present(), &own, &voice, &config)?;
        Ok(style.with_transport(Some(transport)))
    }

    /// The mean style of some mels.
    async fn style_of(&mut self, mels: &[Mel]) -> Result<Style, SynthError> {
        let mut styles = Vec::with_capacity(mels.len());
        for mel in mels {
            let (acoustic, model) = self.acoustic_and_model();
            styles.push(acoustic.style(model, mel).await?);
        }
        Ok(Style::new(mean(&styles), StyleOrigin::default())?)
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
                seed: 0,
            };
            let (acoustic, model) = self.acoustic_and_model();
            own.push(acoustic.mean(model, &utterance).await?);
        }
        Ok(own)
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
