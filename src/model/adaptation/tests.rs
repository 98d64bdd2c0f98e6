use std::collections::HashMap;
use std::path::{Path, PathBuf};

use half::f16;
use safetensors::{Dtype, tensor::TensorView};
use tempfile::TempDir;

use super::{ADAPTATION_FORMAT, Adaptation, AdaptationError};
use crate::graph::WeightFormat;
use crate::model::weights::WeightsFile;

/// A tensor as it is written.
struct Stored(&'static str, Vec<usize>, Vec<f32>);

fn write(path: &Path, tensors: &[Stored], dtype: Dtype, notes: &[(&str, &str)]) {
    let bytes = |values: &[f32]| -> Vec<u8> {
        let stored = values.iter();
        match dtype {
            Dtype::F16 => stored
                .flat_map(|&value| f16::from_f32(value).to_le_bytes())
                .collect(),
            _ => stored.flat_map(|value| value.to_le_bytes()).collect(),
        }
    };
    let data: Vec<_> = tensors.iter().map(|tensor| bytes(&tensor.2)).collect();
    let views = tensors.iter().zip(&data).map(|(tensor, data)| {
        let view = TensorView::new(dtype, tensor.1.clone(), data).unwrap();
        (tensor.0, view)
    });
    let notes: HashMap<_, _> = notes
        .iter()
        .map(|&(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    safetensors::serialize_to_file(views, Some(notes), path).unwrap();
}

/// A model of two weights, in f16.
fn model(folder: &TempDir) -> WeightsFile {
    let path = folder.path().join("model.safetensors");
    let conv: Vec<_> = (0..12_u8).map(f32::from).collect();
    let tensors = [
        Stored("conv.weight", vec![2, 3, 2], conv),
        Stored("other.weight", vec![1, 2], vec![1.0, 2.0]),
    ];
    write(&path, &tensors, Dtype::F16, &[]);
    WeightsFile::open(&path).unwrap()
}

fn style() -> Stored {
    Stored("style", vec![2], vec![0.5, -1.0])
}

/// Factors of a change of the convolution by rank 2.
fn factors() -> [Stored; 2] {
    let up = vec![1.0, 0.0, 0.5, 10.0];
    let down = (0..12_u8).map(|at| f32::from(at % 5) / 4.0).collect();
    [
        Stored("conv.weight.up", vec![2, 2], up),
        Stored("conv.weight.down", vec![2, 6], down),
    ]
}

fn adaptation(
    folder: &TempDir,
    base: &str,
    tensors: impl IntoIterator<Item = Stored>,
) -> (PathBuf, Result<Adaptation, AdaptationError>) {
    let path = folder.path().join("adaptation.safetensors");
    let notes = [
        ("format", ADAPTATION_FORMAT),
        ("version", "1"),
        ("base", base),
        ("name", "anna"),
    ];
    let tensors: Vec<_> = tensors.into_iter().collect();
    write(&path, &tensors, Dtype::F32, &notes);
    (path.clone(), Adaptation::open(&path))
}

#[test]
fn weights_change_by_the_product_of_their_factors_and_keep_their_type() {
    let folder = tempfile::tempdir().unwrap();
    let model = model(&folder);
    let (_, adaptation) = adaptation(
        &folder,
        &model.sha256(),
        factors().into_iter().chain([style()]),
    );
    let adaptation = adaptation.unwrap();
    assert_eq!(adaptation.style().values(), [0.5, -1.0]);
    assert_eq!(adaptation.style().origin.name.as_deref(), Some("anna"));
    assert_eq!(adaptation.changed().collect::<Vec<_>>(), ["conv.weight"]);

    let changed = adaptation.apply(&model).unwrap();
    assert!(changed.get("other.weight").is_none());
    let conv = changed.get("conv.weight").unwrap();
    assert_eq!(conv.shape, [2, 3, 2]);
    assert_eq!(conv.data.format, WeightFormat::F16);
    let [up, down] = factors().map(|factor| factor.2);
    let expected: Vec<_> = (0..12)
        .map(|at| {
            let (row, column) = (at / 6, at % 6);
            let change = up[2 * row] * down[column] + up[2 * row + 1] * down[6 + column];
            f16::from_f32(at as f32 + change).to_f32()
        })
        .collect();
    assert_eq!(conv.data.to_f32(), expected);
}

#[test]
fn an_adapter_of_another_model_is_refused_with_both_names() {
    let folder = tempfile::tempdir().unwrap();
    let model = model(&folder);
    let (_, adaptation) = adaptation(&folder, "0123", factors().into_iter().chain([style()]));
    let error = adaptation.unwrap().apply(&model).unwrap_err();
    assert!(
        matches!(error, AdaptationError::OtherModel { .. }),
        "{error}"
    );
    let message = error.to_string();
    assert!(
        message.contains("0123") && message.contains(&model.sha256()),
        "{message}"
    );
}

#[test]
fn changes_that_do_not_fit_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let model = model(&folder);
    let pair = |up: &'static str, down: &'static str, shapes: [[usize; 2]; 2]| {
        let ones = |shape: [usize; 2]| vec![1.0; shape[0] * shape[1]];
        [
            Stored(up, shapes[0].to_vec(), ones(shapes[0])),
            Stored(down, shapes[1].to_vec(), ones(shapes[1])),
        ]
    };
    let conv = |shapes| pair("conv.weight.up", "conv.weight.down", shapes);
    let unknown = pair("lost.weight.up", "lost.weight.down", [[2, 1], [1, 6]]);
    let mut huge = conv([[2, 1], [1, 6]]);
    huge[0].2[0] = 1e6;
    for (factors, expected) in [
        (conv([[2, 1], [1, 5]]), "the weight is [2, 3, 2]"),
        (conv([[3, 1], [1, 4]]), "the weight is [2, 3, 2]"),
        (conv([[2, 2], [1, 6]]), "the weight is [2, 3, 2]"),
        (unknown, "lost.weight: the model has no such weight"),
        (huge, "not finite"),
    ] {
        let (_, adaptation) = adaptation(
            &folder,
            &model.sha256(),
            factors.into_iter().chain([style()]),
        );
        let error = adaptation.unwrap().apply(&model).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn other_files_are_refused_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let [up, _] = factors();
    let stray = Stored("conv.weight", vec![1], vec![0.0]);
    for (tensors, expected) in [
        (factors().into_iter().collect(), "no vector `style`"),
        (vec![style(), up], "conv.weight.up is no factor"),
        (vec![style(), stray], "conv.weight is no factor"),
    ] {
        let (_, adaptation) = adaptation(&folder, "0123", tensors);
        let error = adaptation.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let path = folder.path().join("voice.safetensors");
    for (notes, expected) in [
        (&[][..], "format gss-adapter"),
        (&[("format", "gss-adapter"), ("version", "7")], "version 7"),
        (&[("format", "gss-adapter"), ("version", "1")], "base model"),
    ] {
        write(&path, &[style()], Dtype::F32, notes);
        let error = Adaptation::open(&path).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    std::fs::write(&path, "no tensors").unwrap();
    let error = Adaptation::open(&path).unwrap_err();
    assert!(matches!(error, AdaptationError::File(_)), "{error}");
}
