//! Golden files and comparisons with them.

use std::path::Path;

use gss_wgpu::model::{ModelConfig, WeightsFile};
use safetensors::{Dtype, SafeTensors};

/// One file of `tests/golden`.
#[derive(Debug)]
pub(crate) struct Golden {
    pub(crate) config: ModelConfig,
    pub(crate) weights: WeightsFile,
    bytes: Vec<u8>,
}

/// Values of a golden with the extents in the file.
#[derive(Debug, Clone)]
pub(crate) struct Array {
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<f64>,
}

impl Golden {
    pub(crate) fn open(name: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
        let path = path.join(format!("{name}.safetensors"));
        let weights = WeightsFile::open(&path).unwrap();
        let config: ModelConfig = serde_json::from_str(&weights.metadata()["config"]).unwrap();
        config.validate().unwrap();
        Self {
            config,
            weights,
            bytes: std::fs::read(path).unwrap(),
        }
    }

    pub(crate) fn array(&self, name: &str) -> Array {
        let file = SafeTensors::deserialize(&self.bytes).unwrap();
        let tensor = file
            .tensor(name)
            .unwrap_or_else(|_| panic!("no {name} in the golden"));
        let data = tensor.data();
        let values = match tensor.dtype() {
            Dtype::F32 => data
                .as_chunks()
                .0
                .iter()
                .map(|&b| f64::from(f32::from_le_bytes(b)))
                .collect(),
            Dtype::F64 => data
                .as_chunks()
                .0
                .iter()
                .map(|&b| f64::from_le_bytes(b))
                .collect(),
            Dtype::I32 => data
                .as_chunks()
                .0
                .iter()
                .map(|&b| f64::from(i32::from_le_bytes(b)))
                .collect(),
            other => panic!("{name} is {other:?}"),
        };
        Array {
            shape: tensor.shape().to_vec(),
            values,
        }
    }
}

impl Array {
    /// Size of an axis.
    pub(crate) fn extent(&self, axis: usize) -> usize {
        self.shape[axis]
    }

    /// `[batch, time, channels]`, the reference's order, as `[batch, channels, time]`, the engine's.
    pub(crate) fn channels_first(&self) -> Self {
        let [batch, time, channels] = self.shape[..] else {
            panic!("three axes")
        };
        let mut values = Vec::with_capacity(self.values.len());
        for item in 0..batch {
            for channel in 0..channels {
                let at = |column| self.values[(item * time + column) * channels + channel];
                values.extend((0..time).map(at));
            }
        }
        Self {
            shape: vec![batch, channels, time],
            values,
        }
    }

    /// The part of one entry of the first axis.
    pub(crate) fn item(&self, index: usize) -> &[f64] {
        let size = self.values.len() / self.shape[0];
        &self.values[index * size..(index + 1) * size]
    }

    pub(crate) fn floats(&self) -> Vec<f32> {
        self.values.iter().map(|&value| value as f32).collect()
    }

    pub(crate) fn integers(&self) -> Vec<u32> {
        self.values.iter().map(|&value| value as u32).collect()
    }
}

/// Fails unless the values agree within `tolerance` of the largest expected one.
pub(crate) fn assert_close(what: &str, actual: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(actual.len(), expected.len(), "{what}: number of values");
    let scale = expected
        .iter()
        .fold(0.0_f64, |scale, value| scale.max(value.abs()));
    assert!(scale > 0.0, "{what}: the golden holds only zeros");
    let worst = actual
        .iter()
        .zip(expected)
        .map(|(actual, expected)| (actual - expected).abs())
        .fold(0.0, f64::max);
    // NaN in `actual` would be lost in the maximum.
    assert!(
        actual.iter().all(|value| value.is_finite()),
        "{what}: not finite"
    );
    println!("{what}: {:.2e} of {scale:.3}", worst / scale);
    assert!(
        worst <= tolerance * scale,
        "{what} differs by {worst:.3e} of {scale:.3}"
    );
}
