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
