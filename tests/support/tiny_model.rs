//! A model folder with random weights: everything that a real one has, and as small as it gets.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use gss_wgpu::graph::Shape;
use gss_wgpu::model::ModelConfig;
use gss_wgpu::model::weights::{Expected, MODEL_FILE, Manifest, VOCODER_FILE};
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
    if let Some(vocoder) = &mut config.vocoder {
        vocoder.upsample_initial_channel = 16;
    }
    config
}

/// Writes the tiny model into a folder that exists.
pub(crate) fn write(folder: &Path) {
    write_with(folder, &config());
}

/// Writes a model of other settings.
pub(crate) fn write_with(folder: &Path, config: &ModelConfig) {
    config.validate().unwrap();
    fs::write(
        folder.join("config.json"),
        serde_json::to_string_pretty(config).unwrap(),
    )
    .unwrap();
    let manifest = Manifest::new(config).unwrap();
    write_weights(&folder.join(MODEL_FILE), manifest.model());
    write_weights(&folder.join(VOCODER_FILE), manifest.vocoder().unwrap());
}

fn write_weights(path: &Path, expected: &[Expected]) {
    let mut random = SplitMix64(1);
    let tensors: HashMap<_, _> = expected
        .iter()
        .map(|expected| {
            let bytes: Vec<u8> = values(expected, &mut random)
                .into_iter()
                .flat_map(f32::to_le_bytes)
                .collect();
            (expected.name.as_str(), (extents(expected.shape), bytes))
        })
        .collect();
    let views = tensors.iter().map(|(name, (shape, bytes))| {
        (
            name,
            TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap(),
        )
    });
    safetensors::serialize_to_file(views, None, path).unwrap();
}

/// Scaled so that activations neither vanish nor explode, with durations of about four frames.
fn values(expected: &Expected, random: &mut SplitMix64) -> Vec<f32> {
    let Expected { name, shape } = expected;
    let elements = shape.elements();
    let fan_in = (shape.c * shape.h * shape.w) as f32;
    let (centre, spread) = match name.as_str() {
        "duration_predictor.output.bias" => (1.4, 0.0),
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
    let mut values: Vec<_> = (0..elements)
        .map(|_| centre + spread * (2.0 * random.unit() - 1.0))
        .collect();
    if name.ends_with("affine.bias") {
        // The first half is the gain of a style-adaptive norm.
        values[..elements / 2]
            .iter_mut()
            .for_each(|gain| *gain += 1.0);
    }
    values
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

/// Steele et al., OOPSLA 2014.
struct SplitMix64(u64);

impl SplitMix64 {
    /// In `0..1`.
    fn unit(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 40) as f32 / (1_u64 << 24) as f32
    }
}
