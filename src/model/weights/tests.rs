use std::collections::HashMap;
use std::fs;
use std::path::Path;

use safetensors::{Dtype, tensor::TensorView};

use super::{Manifest, ModelWeights, NULL_STYLE, WeightProblem, WeightsError, WeightsFile};
use crate::graph::Shape;
use crate::model::config::{HifiGanConfig, ModelConfig, ScoreUnetConfig, VocoderConfig};

/// A model that is as small as a valid one gets.
fn tiny() -> ModelConfig {
    let mut config = ModelConfig::plain(&["<pad>", "."]);
    config.audio.n_mels = 8;
    config.style_encoder.hidden = 4;
    config.style_encoder.style = 4;
    config.text_encoder.hidden = 4;
    config.text_encoder.ffn = 6;
    config.text_encoder.layers = 1;
    config.prior_encoder.hidden = 4;
    config.prior_encoder.ffn = 6;
    config.prior_encoder.layers = 1;
    config.duration_predictor.hidden = 4;
    unet(&mut config).dim = 8;
    unet(&mut config).head_dim = 2;
    hifi_gan(&mut config).upsample_initial_channel = 16;
    config
}

fn unet(config: &mut ModelConfig) -> &mut ScoreUnetConfig {
    config.score_unet.as_mut().expect("the profile has a U-Net")
}

fn hifi_gan(config: &mut ModelConfig) -> &mut HifiGanConfig {
    match &mut config.vocoder {
        Some(VocoderConfig::HifiGan(vocoder)) => vocoder,
        other => panic!("it has HiFi-GAN, not {other:?}"),
    }
}

/// Extents as `PyTorch` would write them.
fn file_shape(shape: Shape) -> Vec<usize> {
    match shape.dims() {
        [n, 1, 1, 1] => vec![n],
        [n, c, 1, 1] => vec![n, c],
        [n, c, 1, w] => vec![n, c, w],
        dims => dims.to_vec(),
    }
}

type Tensors = HashMap<String, (Dtype, Vec<usize>, Vec<u8>)>;

fn tensors(expected: &[super::Expected]) -> Tensors {
    expected
        .iter()
        .map(|expected| {
            let bytes = 0.5_f32.to_le_bytes().repeat(expected.shape.elements());
            (
                expected.name.clone(),
                (Dtype::F32, file_shape(expected.shape), bytes),
            )
        })
        .collect()
}

fn write(path: &Path, tensors: &Tensors, notes: &[(&str, &str)]) {
    let notes = notes
        .iter()
        .map(|&(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    let views = tensors.iter().map(|(name, (dtype, shape, bytes))| {
        (name, TensorView::new(*dtype, shape.clone(), bytes).unwrap())
    });
    safetensors::serialize_to_file(views, Some(notes), path).unwrap();
}

/// Writes a valid model folder, changed by `change`, and loads it.
fn load(
    notes: &[(&str, &str)],
    change: impl FnOnce(&mut Tensors, &mut Tensors),
) -> Result<ModelWeights, WeightsError> {
    let (folder, config) = (tempfile::tempdir().unwrap(), tiny());
    config.validate().unwrap();
    let manifest = Manifest::new(&config).unwrap();
    let (mut model, mut vocoder) = (
        tensors(manifest.model()),
        tensors(manifest.vocoder().unwrap()),
    );
    change(&mut model, &mut vocoder);
    write(&folder.path().join(super::MODEL_FILE), &model, &[]);
    write(&folder.path().join(super::VOCODER_FILE), &vocoder, notes);
    ModelWeights::load(folder.path(), &config)
}

fn problems(result: Result<ModelWeights, WeightsError>) -> (Vec<WeightProblem>, String) {
    let error = result.unwrap_err();
    let message = error.to_string();
    let WeightsError::Mismatch { problems, .. } = error else {
        panic!("{message}")
    };
    (problems, message)
}

#[test]
fn a_null_style_is_expected_where_the_configuration_has_one() {
    let mut config = tiny();
    let has = |config: &ModelConfig| {
        let manifest = Manifest::new(config).unwrap();
        let null = manifest.model().iter().find(|one| one.name == NULL_STYLE);
        null.map(|null| null.shape)
    };
    assert_eq!(has(&config), None);
    unet(&mut config).null_style = true;
    assert_eq!(has(&config), Some(Shape::vector(4, 1)));
}

#[test]
fn a_fitting_model_loads_and_gives_its_values() {
    let weights = load(&[], |model, _| {
        let table = model.get_mut("text_encoder.embedding.weight").unwrap();
        table.0 = Dtype::F16;
        table.2 = half::f16::from_f32(-0.25)
            .to_le_bytes()
            .repeat(table.2.len() / 4);
    })
    .unwrap();
    let value = |name| weights.get(name).unwrap().data.to_f32()[0];
    assert_eq!(value("text_encoder.embedding.weight"), -0.25);
    assert_eq!(value("conv_post.bias"), 0.5);
    assert!(weights.get("nothing").is_none());
}

#[test]
fn a_file_of_zeros_is_no_model() {
    let (problems, message) = problems(load(&[], |model, _| {
        for (_, _, bytes) in model.values_mut() {
            bytes.fill(0);
        }
    }));
    assert_eq!(problems.len(), 1, "{message}");
    assert!(message.contains("all matrices are zero"), "{message}");
}

#[test]
fn all_problems_are_reported_together() {
    let (problems, message) = problems(load(&[], |model, vocoder| {
        model.remove("text_encoder.output.bias").unwrap();
        model.insert(
            "optimizer.state".to_owned(),
            (Dtype::F32, vec![1], vec![0; 4]),
        );
        let transposed = model
            .get_mut("text_encoder.blocks.0.ffn.conv1.weight")
            .unwrap();
        transposed.1.reverse();
        let integers = model.get_mut("duration_predictor.norm.0.bias").unwrap();
        *integers = (Dtype::I64, integers.1.clone(), vec![0; 8 * integers.1[0]]);
        let infinite = vocoder.get_mut("conv_pre.bias").unwrap();
        infinite.2[4..8].copy_from_slice(&f32::INFINITY.to_le_bytes());
        let nan = model.get_mut("score_unet.mlp.0.bias").unwrap();
        nan.2[..4].copy_from_slice(&f32::NAN.to_le_bytes());
    }));
    assert_eq!(problems.len(), 6, "{message}");
    for expected in [
        "1 missing (text_encoder.output.bias)",
        "1 unexpected (optimizer.state)",
        "text_encoder.blocks.0.ffn.conv1.weight is [5, 4, 6], expected [6, 4, 1, 5]",
        "duration_predictor.norm.0.bias is I64",
        "score_unet.mlp.0.bias at element 0",
        "conv_pre.bias at element 1",
    ] {
        assert!(
            message.contains(expected),
            "{expected} is missing in: {message}"
        );
    }
}

#[test]
fn a_foreign_file_gives_one_message_of_bearable_length() {
    let (problems, message) = problems(load(&[], |model, _| {
        *model = (0..500)
            .map(|i| {
                (
                    format!("layer.{i}.weight"),
                    (Dtype::F32, vec![1], vec![0; 4]),
                )
            })
            .collect();
    }));
    assert!(problems.len() > 500);
    assert!(
        message.contains("500 unexpected") && message.contains("and 494 more"),
        "{message}"
    );
    assert!(message.len() < 1500, "{} characters", message.len());
}

#[test]
fn a_vocoder_for_another_mel_is_refused() {
    let mut other = tiny().audio;
    other.sample_rate = 22_050;
    let note = serde_json::to_string(&other).unwrap();
    let (_, message) = problems(load(&[("audio", &note)], |_, _| {}));
    assert!(
        message.contains("trained on the mel settings") && message.contains("22050"),
        "{message}"
    );

    let mut other = tiny();
    hifi_gan(&mut other).resblock_dilation_sizes[1] = vec![1, 2, 3];
    let note = serde_json::to_string(&other.vocoder).unwrap();
    let (_, message) = problems(load(&[("vocoder", &note)], |_, _| {}));
    assert!(message.contains("made for the sizes"), "{message}");

    let same = serde_json::to_string(&tiny().audio).unwrap();
    load(&[("audio", &same)], |_, _| {}).unwrap();
}

#[test]
fn truncated_and_foreign_files_are_no_safetensors() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights.safetensors");
    assert!(matches!(
        WeightsFile::open(&path),
        Err(WeightsError::Read { .. })
    ));
    let manifest = Manifest::new(&tiny()).unwrap();
    write(&path, &tensors(manifest.model()), &[]);
    let whole = fs::read(&path).unwrap();
    let truncations = [0, 4, 100, whole.len() - 1].map(|length| whole[..length].to_vec());
    for bytes in truncations
        .into_iter()
        .chain([b"RIFF\0\0\0\0WAVE".to_vec(), vec![b' '; 64]])
    {
        fs::write(&path, &bytes).unwrap();
        let error = WeightsFile::open(&path).unwrap_err();
        assert!(
            matches!(error, WeightsError::NotSafetensors { .. }),
            "{} bytes: {error}",
            bytes.len()
        );
    }
}

#[test]
fn the_hash_is_that_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("empty.safetensors");
    fs::write(&path, b"\x02\0\0\0\0\0\0\0{}").unwrap();
    let file = WeightsFile::open(&path).unwrap();
    assert_eq!(file.tensors().count(), 0);
    // printf '\x02\0\0\0\0\0\0\0{}' | sha256sum
    assert_eq!(
        file.sha256(),
        "411a485216e432ece6b9af94fa32154cf79a2a56d4f81266baa50063f45092bd"
    );
}
