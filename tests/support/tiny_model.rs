//! A model folder with random weights: everything that a real one has, and as small as it gets.

use std::fs;
use std::path::Path;

use gss_wgpu::diffusion::{LAST_TIME, Parameterization};
use gss_wgpu::graph::{Shape, WeightFormat};
use gss_wgpu::model::config::{
    FeedForwardActivation, HifiGanConfig, SamplingConfig, ScoreUnetConfig, StyleInput,
    VocoderConfig,
};
use gss_wgpu::model::weights::{Expected, MODEL_FILE, Manifest, RandomWeights, VOCODER_FILE};
use gss_wgpu::model::{ModelConfig, VocoderChoice};
use safetensors::{Dtype, tensor::TensorView};

/// Sizes of the tiny model: both vocoders, every kind of layer.
pub(crate) fn config() -> ModelConfig {
    let mut config = ModelConfig::small();
    config.size = "tiny".to_owned();
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
    config.score_unet = Some(ScoreUnetConfig {
        dim: 8,
        multipliers: vec![1, 2, 4],
        groups: 4,
        heads: 2,
        head_dim: 4,
        attention: vec![false, true, true],
        style: StyleInput::TimeEmbedding,
        time_scale: 1000.0,
        parameterization: Parameterization::Velocity,
        null_style: false,
    });
    config.pitch_predictor = None;
    config.reference_encoder = None;
    config.score_tcn = None;
    config.text_encoder.activation = FeedForwardActivation::Mish;
    config.prior_encoder.activation = FeedForwardActivation::Mish;
    config.sampling = SamplingConfig {
        steps: 2,
        temperature: 0.67,
        duration_offset: 0.0,
        detail: 1.0,
        t_end: LAST_TIME,
        intonation: 1.0,
        ..config.sampling
    };
    config.transport = None;
    config.vocoder = Some(VocoderConfig::HifiGan(HifiGanConfig {
        upsample_initial_channel: 16,
        ..HifiGanConfig::v2()
    }));
    config.default_vocoder = VocoderChoice::HifiGan;
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
