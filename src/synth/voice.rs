//! What a style must have to speak with a model.

use super::SynthError;
use crate::model::{ModelConfig, Style};

/// Refuses a style without the transport that a model needs, or with another.
pub(super) fn transport_fits(config: &ModelConfig, style: &Style) -> Result<(), SynthError> {
    let expected = config.transport.as_ref().map(|_| config.audio.n_mels);
    let found = style.transport().map(|transport| transport.offset().len());
    if found == expected {
        return Ok(());
    }
    let words = |bands: Option<usize>| match bands {
        Some(bands) => format!("a transport of {bands} bands"),
        None => "no transport".to_owned(),
    };
    Err(SynthError::StyleTransport {
        found: words(found),
        expected: words(expected),
    })
}

/// Refuses a style without the features of its reference that a model needs, or with others.
pub(super) fn features_fit(config: &ModelConfig, style: &Style) -> Result<(), SynthError> {
    let tcn = config.score_network()?.tcn();
    let expected = tcn.map(|tcn| (tcn.reference.entry, tcn.pitch.voice));
    let found = style
        .features()
        .map(|features| (features.width(), features.pitch().len()));
    if found == expected {
        return Ok(());
    }
    let words = |sizes: Option<(usize, usize)>| match sizes {
        Some((entry, pitch)) => {
            format!("entries of {entry} values and a pitch of {pitch}")
        }
        None => "no entries of its reference".to_owned(),
    };
    Err(SynthError::StyleFeatures {
        found: words(found),
        expected: words(expected),
    })
}
