//! Running the program in a temporary folder with the tiny model.

use std::collections::{BTreeMap, HashMap};
use std::f32::consts::TAU;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use gss_wgpu::audio::{Audio, WavFormat, WavInfo, write_wav};
use gss_wgpu::model::{ADAPTATION_FORMAT, ADAPTATION_VERSION, Style, StyleOrigin, WeightsFile};
use safetensors::{Dtype, tensor::TensorView};
use tempfile::TempDir;

use crate::tiny_model;

/// A folder to work in, with the tiny model in `model/`.
pub(crate) struct Workplace {
    folder: TempDir,
}

impl Workplace {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let model = folder.path().join("model");
        fs::create_dir(&model).expect("a folder for the model");
        tiny_model::write(&model, &tiny_model::config());
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path(name), bytes).expect("a file in a temporary folder");
    }

    /// Writes a style that fits the tiny model.
    pub(crate) fn style(&self, name: &str) {
        let values = (0..8_i16).map(|i| f32::from(i).sin()).collect();
        let style = Style::new(values, StyleOrigin::default()).expect("finite values");
        style.write(&self.path(name)).expect("a style file");
    }

    /// Writes an adaptation of the tiny model: the style of [`Self::style`], and one changed weight.
    pub(crate) fn adaptation(&self, name: &str) {
        let model = WeightsFile::open(&self.path("model/model.safetensors")).expect("weights");
        self.adaptation_of(name, &model.sha256());
    }

    /// The same for the model with this hash.
    pub(crate) fn adaptation_of(&self, name: &str, base: &str) {
        let bytes = |values: &[f32]| -> Vec<u8> {
            values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect()
        };
        let style: Vec<_> = (0..8_i16).map(|i| f32::from(i).sin()).collect();
        let tensors = [
            ("style", vec![8], bytes(&style)),
            ("score_unet.final_conv.weight.up", vec![1, 1], bytes(&[0.5])),
            (
                "score_unet.final_conv.weight.down",
                vec![1, 8],
                bytes(&[1.0; 8]),
            ),
        ];
        let views = tensors.iter().map(|(name, shape, bytes)| {
            let view = TensorView::new(Dtype::F32, shape.clone(), bytes).expect("sizes agree");
            (*name, view)
        });
        let notes = [
            ("format", ADAPTATION_FORMAT),
            ("version", ADAPTATION_VERSION),
            ("base", base),
        ];
        let notes = notes.map(|(key, value)| (key.to_owned(), value.to_owned()));
        safetensors::serialize_to_file(views, Some(HashMap::from(notes)), &self.path(name))
            .expect("a file in a temporary folder");
    }

    /// The program, with the tiny model as its default.
    pub(crate) fn command(&self) -> Command {
        let mut command =
            Command::cargo_bin("gss-wgpu").expect("the program is built with the tests");
        command.current_dir(self.folder.path());
        command.env("GSS_MODEL", "model").env_remove("RUST_LOG");
        // The tones of the tests are nobody's voice.
        command.env("GSS_I_HAVE_RIGHTS", "1");
        // Tests leave the user's cache alone.
        command.env("GSS_DISABLE_PIPELINE_CACHE", "1");
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command()
            .args(arguments)
            .output()
            .expect("the program starts")
    }

    /// Every file with its size: what a failed command must not change.
    pub(crate) fn files(&self) -> BTreeMap<PathBuf, u64> {
        let mut files = BTreeMap::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder") {
                let entry = entry.expect("an entry");
                let metadata = entry.metadata().expect("its metadata");
                if metadata.is_dir() {
                    folders.push(entry.path());
                } else {
                    files.insert(entry.path(), metadata.len());
                }
            }
        }
        files
    }
}

/// Writes a recording of a wavering voice: harmonics that swell and fade three times a second.
pub(crate) fn tone(path: &Path, seconds: f32, amplitude: f32) {
    let rate = 16_000_u16;
    let count = (seconds * f32::from(rate)) as usize;
    let samples = (0..count).map(|i| {
        let t = i as f32 / f32::from(rate);
        let phase = TAU * (180.0 * t + 5.0 * (3.0 * t).sin());
        let wave: f32 = (1..=8_u8)
            .map(|h| (f32::from(h) * phase).sin() / f32::from(h))
            .sum();
        0.5 * amplitude * wave * (0.6 - 0.4 * (TAU * 3.0 * t).cos())
    });
    let audio = Audio {
        samples: samples.collect(),
        sample_rate: rate.into(),
    };
    write_wav(path, &audio, WavFormat::Pcm16, &WavInfo::default()).expect("a WAV file");
}
