//! A synthesizer without training: enough to measure, nothing to listen to.

use super::error::BenchError;
use super::workload::SYMBOLS_PER_SECOND;
use gss_wgpu::gpu::{Gpu, WeightFormat};
use gss_wgpu::model::ModelConfig;
use gss_wgpu::model::weights::RandomWeights;
use gss_wgpu::synth::Synthesizer;
use gss_wgpu::text::Symbol;

/// What stands at id 0 in the models of this project.
const PADDING: &str = "<pad>";

/// A synthesizer with random weights in half precision, as trained models are stored. `sizes` makes
/// the configuration from the symbols, as [`ModelConfig::small`] and [`ModelConfig::base`] do.
///
/// # Errors
/// When the configuration contradicts itself or the device has no room for the weights.
pub fn untrained(
    gpu: &Gpu,
    sizes: impl FnOnce(Vec<String>) -> ModelConfig,
) -> Result<Synthesizer, BenchError> {
    let names = Symbol::all().map(|symbol| symbol.name().to_owned());
    let config = sizes(std::iter::once(PADDING.to_owned()).chain(names).collect());
    let frames_per_second = f64::from(config.audio.sample_rate) / config.audio.hop_length as f64;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a few frames"
    )]
    let token_frames = (frames_per_second / SYMBOLS_PER_SECOND).round() as u16;
    let weights =
        RandomWeights::new(&config, WeightFormat::F16)?.with_token_frames(token_frames.max(1));
    Ok(Synthesizer::with_weights(gpu, config, &|name| {
        weights.get(name)
    })?)
}
