//! A score network whose weights an adaptation has changed.

use std::collections::HashMap;

use gss_wgpu::graph::WeightFormat;
use gss_wgpu::model::stages::{Extent, StepStage, input};
use gss_wgpu::model::weights::StoredTensor;
use gss_wgpu::model::{ADAPTATION_FORMAT, ADAPTATION_VERSION, Adaptation, WeightsFile};
use safetensors::{Dtype, tensor::TensorView};

use crate::engine::{AdapterEngine, Engine, Input, OracleEngine};
use crate::golden::{Golden, assert_close};
use crate::score_unet::padded_table;

/// What the names of the adaptation's tensors begin with in the golden.
const PREFIX: &str = "adapter.";

fn view<'a>(tensor: &StoredTensor<'a>) -> TensorView<'a> {
    let dtype = match tensor.data.format {
        WeightFormat::F16 => Dtype::F16,
        WeightFormat::F32 => Dtype::F32,
    };
    TensorView::new(dtype, tensor.shape.to_vec(), tensor.data.bytes).unwrap()
}

/// The golden's weights after the golden's adaptation.
fn adapted_weights(golden: &Golden) -> WeightsFile {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("adapter.safetensors");
    let factors = golden.weights.tensors().filter_map(|(name, tensor)| {
        let name = name.strip_prefix(PREFIX)?;
        Some((name.to_owned(), view(&tensor)))
    });
    let style = golden.weights.get("input.style").unwrap();
    let style = TensorView::new(Dtype::F32, vec![style.shape[1]], style.data.bytes).unwrap();
    let notes = HashMap::from(
        [
            ("format", ADAPTATION_FORMAT.to_owned()),
            ("version", ADAPTATION_VERSION.to_owned()),
            ("base", golden.weights.sha256()),
        ]
        .map(|(key, value)| (key.to_owned(), value)),
    );
    let tensors = factors.chain([("style".to_owned(), style)]);
    safetensors::serialize_to_file(tensors, Some(notes), &path).unwrap();
    let adaptation = Adaptation::open(&path).unwrap();
    assert_eq!(adaptation.changed().count(), 3);

    let changed = adaptation.apply(&golden.weights).unwrap();
    let tensors = golden.weights.tensors().map(|(name, tensor)| {
        let tensor = changed.get(name).unwrap_or(tensor);
        (name.to_owned(), view(&tensor))
    });
    let path = folder.path().join("adapted.safetensors");
    safetensors::serialize_to_file(tensors.collect::<Vec<_>>(), None, &path).unwrap();
    WeightsFile::open(&path).unwrap()
}

fn adapted(engine: &dyn Engine) {
    let golden = Golden::open("adapted");
    let weights = adapted_weights(&golden);
    let mean = golden.array("input.mu").channels_first();
    let extent = Extent {
        batch: 1,
        tokens: 0,
        frames: mean.extent(2),
    };
    let mut stage = StepStage::new(&golden.config, extent).unwrap();
    stage.graph.output(stage.network);
    let time = golden.array("input.t").floats();
    let inputs = [
        Input::Floats(input::MEAN, mean.floats()),
        Input::Floats(
            input::STATE,
            golden.array("input.noisy").channels_first().floats(),
        ),
        Input::Floats(input::CLEAN, vec![0.0; mean.values.len()]),
        Input::Floats(input::STYLE, golden.array("input.style").floats()),
        Input::Floats(input::TABLE, padded_table(&time)),
        Input::Integers(input::STEP, vec![0]),
        Input::Integers(input::SEEDS, vec![0; 2]),
        Input::Integers(
            input::FRAME_LENGTHS,
            golden.array("input.lengths").integers(),
        ),
    ];
    let expected = golden.array("output.network").channels_first().values;
    let run = |weights| {
        let mut results = engine.run(&stage.graph, weights, &inputs, &[stage.network]);
        results.remove(0)
    };
    let tolerance = engine.tolerance();
    assert_close("the adapted network", &run(&weights), &expected, tolerance);
    let plain = run(&golden.weights);
    let change = plain.iter().zip(&expected).map(|(a, b)| (a - b).abs());
    assert!(
        change.fold(0.0, f64::max) > 0.1,
        "the adaptation makes no difference"
    );
}

#[test]
fn oracle_adapted() {
    adapted(&OracleEngine);
}

#[test]
fn adapter_adapted() {
    adapted(&AdapterEngine);
}
