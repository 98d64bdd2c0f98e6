//! Random parameters of any sizes: enough to test and to measure, nothing to listen to.

use std::collections::HashMap;

use half::f16;

use super::manifest::{Expected, Manifest};
use crate::graph::{GraphError, WeightData, WeightFormat};
use crate::model::config::ModelConfig;
use crate::random::{SplitMix64, unit};

/// Last layer of the duration predictor, whose result is the logarithm of a token's frames.
const DURATION_WEIGHT: &str = "duration_predictor.output.weight";
const DURATION_BIAS: &str = "duration_predictor.output.bias";

/// Random parameters of a whole model. With them activations neither vanish nor explode, and a token
/// lasts about four frames.
#[derive(Debug, Clone)]
pub struct RandomWeights {
    format: WeightFormat,
    tensors: HashMap<String, Vec<u8>>,
    /// Is added to the logarithms of durations.
    duration_offset: f32,
}

impl RandomWeights {
    /// Parameters for all graphs of a configuration, the same for the same configuration.
    ///
    /// # Errors
    /// When the sizes do not fit together; a validated configuration's do.
    pub fn new(config: &ModelConfig, format: WeightFormat) -> Result<Self, GraphError> {
        let manifest = Manifest::new(config)?;
        let expected = manifest
            .model()
            .iter()
            .chain(manifest.vocoder().unwrap_or_default());
        let mut random = SplitMix64(1);
        let tensors = expected
            .map(|expected| {
                let values = values(expected, &mut random);
                (expected.name.clone(), stored(&values, format))
            })
            .collect();
        Ok(Self {
            format,
            tensors,
            duration_offset: config.sampling.duration_offset,
        })
    }

    /// The same with equal durations: every token lasts this many frames in every style, so that the
    /// length of a text's speech is known before.
    #[must_use]
    pub fn with_token_frames(mut self, frames: u16) -> Self {
        if let Some(weight) = self.tensors.get_mut(DURATION_WEIGHT) {
            weight.fill(0);
        }
        let bias = stored(
            &[f32::from(frames).ln() - self.duration_offset],
            self.format,
        );
        self.tensors.insert(DURATION_BIAS.to_owned(), bias);
        self
    }

    /// The parameter of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<WeightData<'_>> {
        self.tensors.get(name).map(|bytes| WeightData {
            format: self.format,
            bytes,
        })
    }
}

/// Uniform values, spread so that a layer's results are as large as its operands.
fn values(expected: &Expected, random: &mut SplitMix64) -> Vec<f32> {
    let Expected { name, shape } = expected;
    let fan_in = (shape.c * shape.h * shape.w) as f32;
    let (centre, spread) = match name.as_str() {
        DURATION_BIAS => (1.4, 0.0),
        name if shape.c > 1 || shape.w > 1 => (
            0.0,
            if name.contains("embedding") {
                1.0
            } else {
                (3.0 / fan_in).sqrt()
            },
        ),
        name if name.ends_with("fn.g") => (0.5, 0.1),
        name if name.contains("norm") && name.ends_with("weight") => (1.0, 0.2),
        name if name.ends_with("block.1.weight") => (1.0, 0.2),
        _ => (0.0, 0.1),
    };
    let mut values: Vec<_> = (0..shape.elements())
        .map(|_| centre + spread * (2.0 * unit(random.next()) - 1.0))
        .collect();
    if name.ends_with("affine.bias") {
        // The first half is the gain of a style-adaptive norm.
        let gains = values.len() / 2;
        for gain in &mut values[..gains] {
            *gain += 1.0;
        }
    }
    values
}

fn stored(values: &[f32], format: WeightFormat) -> Vec<u8> {
    let values = values.iter().copied();
    match format {
        WeightFormat::F32 => values.flat_map(f32::to_le_bytes).collect(),
        WeightFormat::F16 => values
            .flat_map(|value| f16::from_f32(value).to_le_bytes())
            .collect(),
    }
}
