//! A model folder with random weights: everything that a real one has, and as small as it gets.

use std::fs;
use std::path::Path;

use gss_wgpu::graph::{Shape, WeightFormat};
use gss_wgpu::model::ModelConfig;
use gss_wgpu::model::config::VocoderConfig;
use gss_wgpu::model::weights::{Expected, MODEL_FILE, Manifest, RandomWeights, VOCODER_FILE};
use gss_wgpu::text::Symbol;
use safetensors::{Dtype, tensor::TensorView};

/// Sizes of the tiny model: both vocoders, every kind of layer.
pub(crate) fn config() -> ModelConfig {
    let symbols = Symbol::all().map(|symbol| symbol.name().to_owned());
    let mut config =
        ModelConfig::small(std::iter::once("<pad>".to_owned()).chain(symbols).collect());
    config.profile = "tiny".to_owned();
    config.audio.n_mels = 20;
    config.style_encoder.hidden = 12;
    config.style_encoder.style = 8;
    config.text_encoder.hidden = 16;
    config.text_encoder.ffn = 24;
    config.text_encoder.layers = 1;
    config.prior_encoder.hidden = 16;
    config.prior_encoder.prenet = 8;
    config.prior_encoder.ffn = 24;
    config.prior_encoder.layers = 1;
    config.duration_predictor.hidden = 12;
    config.score_unet.dim = 8;
    config.score_unet.groups = 4;
    config.score_unet.heads = 2;
    config.score_unet.head_dim = 4;
    config.sampling.steps = 2;
    if let Some(VocoderConfig::HifiGan(vocoder)) = &mut config.vocoder {
        vocoder.upsample_initial_channel = 16;
    }
    config
}

/// Writes a model of random weights, the tiny one or one like it, into a folder that exists.
pub(crate) fn write(folder: &Path, config: &ModelConfig) {
    config.validate().unwrap();
    fs::write(
        folder.join("config.json"),
        serde_json::to_string_pretty(config).unwrap(),
    )
    .unwrap();
    let manifest = Manifest::new(config).unwrap();
    let weights = RandomWeights::new(config, WeightFormat::F32).unwrap();
    write_weights(&folder.join(MODEL_FILE), manifest.model(), &weights);
    write_weights(
        &folder.join(VOCODER_FILE),
        manifest.vocoder().unwrap(),
        &weights,
    );
}

fn write_weights(path: &Path, expected: &[Expected], weights: &RandomWeights) {
    let views = expected.iter().map(|Expected { name, shape }| {
        let data = weights.get(name).unwrap();
        (
            name,
            TensorView::new(Dtype::F32, extents(*shape), data.bytes).unwrap(),
        )
    });
    safetensors::serialize_to_file(views, None, path).unwrap();
}

/// Extents as `PyTorch` writes them.
fn extents(shape: Shape) -> Vec<usize> {
    match shape.dims() {
        [n, 1, 1, 1] => vec![n],
        [n, c, 1, 1] => vec![n, c],
        [n, c, 1, w] => vec![n, c, w],
        dims => dims.to_vec(),
    }
}
