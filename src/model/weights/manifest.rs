//! What a configuration expects in the weights files: names and shapes, taken from the graphs
//! themselves, so that they cannot disagree.

use std::collections::BTreeMap;

use super::error::WeightProblem;
use super::file::WeightsFile;
use crate::audio::MelSpec;
use crate::graph::{Graph, GraphError, Shape};
use crate::model::config::{ModelConfig, VocoderConfig};
use crate::model::stages::{
    Extent, PitchStage, PriorStage, StepStage, StyleStage, TextStage, VocoderStage,
};

/// Keys of the vocoder file's own notes that must agree with the configuration: its sizes, and the
/// mel settings that it was trained on, both as JSON.
const SIZES_KEY: &str = "vocoder";
const MEL_KEY: &str = "audio";

/// Name of the style that stands for none, where [`ScoreUnetConfig::null_style`] says that there is
/// one. No graph has it as a weight: it goes in where a style does.
///
/// [`ScoreUnetConfig::null_style`]: crate::model::config::ScoreUnetConfig::null_style
pub const NULL_STYLE: &str = "score_unet.null_style";

/// One expected tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// Name in the file.
    pub name: String,
    /// Extents in the graph.
    pub shape: Shape,
}

/// All tensors of a model, in the order of their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    model: Vec<Expected>,
    vocoder: Option<Vec<Expected>>,
}

impl Manifest {
    /// Lists what the graphs of a configuration need.
    ///
    /// # Errors
    /// When the sizes do not fit together; a validated configuration's do.
    pub fn new(config: &ModelConfig) -> Result<Self, GraphError> {
        // Weights do not depend on the lengths.
        let one = Extent {
            batch: 1,
            tokens: 1,
            frames: 1,
        };
        let mut graphs = vec![
            StyleStage::new(config, one)?.graph,
            TextStage::new(config, one)?.graph,
            PriorStage::new(config, one)?.graph,
            StepStage::new(config, one)?.graph,
        ];
        if let Some(pitch) = &config.pitch_predictor {
            graphs.push(PitchStage::new(config, pitch, one)?.graph);
        }
        let mut model = list(&graphs);
        if matches!(&config.score_unet, Some(unet) if unet.null_style) {
            model.insert(
                NULL_STYLE.to_owned(),
                Shape::vector(config.style_encoder.style, 1),
            );
        }
        let vocoder = match &config.vocoder {
            Some(vocoder) => {
                let stage = VocoderStage::new(vocoder, config.audio.n_mels, one)?;
                Some(in_order(list(&[stage.graph])))
            }
            None => None,
        };
        Ok(Self {
            model: in_order(model),
            vocoder,
        })
    }

    /// Tensors of the acoustic model.
    #[must_use]
    pub fn model(&self) -> &[Expected] {
        &self.model
    }

    /// Tensors of the neural vocoder, if the configuration has one.
    #[must_use]
    pub fn vocoder(&self) -> Option<&[Expected]> {
        self.vocoder.as_deref()
    }
}

fn list(graphs: &[Graph]) -> BTreeMap<String, Shape> {
    let weights = graphs.iter().flat_map(Graph::weights);
    weights
        .map(|weight| (weight.name.clone(), weight.shape))
        .collect()
}

fn in_order(by_name: BTreeMap<String, Shape>) -> Vec<Expected> {
    by_name
        .into_iter()
        .map(|(name, shape)| Expected { name, shape })
        .collect()
}

/// Whether a tensor of these extents in a file is this weight of a graph. A vector `[c]` is
/// `[c, 1, 1, 1]`, a matrix `[o, c]` is `[o, c, 1, 1]`, the weight `[o, c, k]` of a convolution along
/// time is `[o, c, 1, k]`, and that of one in two directions has the same four extents.
pub(super) fn fits(found: &[usize], expected: Shape) -> bool {
    let shape = match *found {
        [n] => Shape::vector(n, 1),
        [n, c] => Shape::vector(n, c),
        [n, c, w] => Shape::sequence(n, c, w),
        [n, c, h, w] => Shape::new(n, c, h, w),
        _ => return false,
    };
    shape == expected
}

/// Where the vocoder file's own notes contradict the configuration.
pub(super) fn vocoder_metadata_problems(
    file: &WeightsFile,
    config: &ModelConfig,
) -> Vec<WeightProblem> {
    let note = |key: &str| file.metadata().get(key);
    let mut problems = Vec::new();
    let mut problem = |sentence: String| problems.push(WeightProblem::Vocoder(sentence));
    if let (Some(note), Some(expected)) = (note(SIZES_KEY), &config.vocoder) {
        match serde_json::from_str::<VocoderConfig>(note) {
            Ok(found) if found.same_network(expected) => {}
            Ok(_) => problem(format!(
                "{} was made for the sizes {note}",
                file.path().display()
            )),
            Err(error) => problem(format!("its notes about its sizes cannot be read: {error}")),
        }
    }
    if let Some(note) = note(MEL_KEY) {
        match serde_json::from_str::<MelSpec>(note) {
            Ok(found) if found == config.audio => {}
            Ok(_) => problem(format!(
                "{} was trained on the mel settings {note}",
                file.path().display()
            )),
            Err(error) => problem(format!("its notes about the mel cannot be read: {error}")),
        }
    }
    problems
}
