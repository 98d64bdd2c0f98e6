//! What happens once, before the first sentence: the dictionary, the weights, the kernels.

use std::panic::resume_unwind;

use super::SynthError;
use super::acoustic::{FRAME_BUCKET, TOKEN_BUCKET};
use crate::gpu::{Executable, Gpu, GpuError, WeightData, WeightStore};
use crate::graph::Graph;
use crate::model::ModelConfig;
use crate::model::stages::{Extent, PriorStage, StepStage, StyleStage, TextStage, VocoderStage};
use crate::text::{FrontEnd, TextError};

/// Runs `action` while another core reads the dictionary, which takes as long as an upload.
pub(super) fn beside_the_dictionary<T>(
    action: impl FnOnce() -> T,
) -> (Result<FrontEnd, TextError>, T) {
    std::thread::scope(|scope| {
        let front_end = scope.spawn(FrontEnd::new);
        let result = action();
        let front_end = front_end.join();
        (
            front_end.unwrap_or_else(|panic| resume_unwind(panic)),
            result,
        )
    })
}

/// Compiles the kernels that speak, so that the first sentence need not wait for them.
pub(super) fn compile(
    gpu: &Gpu,
    config: &ModelConfig,
    weights: &WeightStore,
) -> Result<(), SynthError> {
    let _span = tracing::debug_span!("compile kernels").entered();
    // A sentence of usual length.
    let usual = Extent {
        batch: 1,
        tokens: 5 * TOKEN_BUCKET,
        frames: 10 * FRAME_BUCKET,
    };
    let mut graphs = vec![
        TextStage::new(config, usual)?.graph,
        PriorStage::new(config, usual)?.graph,
        StepStage::new(config, usual)?.graph,
    ];
    let default = config.default_vocoder;
    let spoken_through = config
        .vocoder
        .as_ref()
        .filter(|own| own.choice() == default);
    if let Some(vocoder) = spoken_through {
        graphs.push(VocoderStage::new(vocoder, config.audio.n_mels, usual)?.graph);
    }
    let programs = graphs.into_iter().map(|graph| {
        let program = gpu.plan(&graph)?;
        Ok((graph, program))
    });
    let programs = programs.collect::<Result<Vec<_>, GpuError>>()?;
    Ok(Executable::compile(gpu, &programs, weights)?)
}

/// Uploads every parameter of a model.
pub(super) fn upload<'a>(
    gpu: &Gpu,
    config: &ModelConfig,
    source: &dyn Fn(&str) -> Option<WeightData<'a>>,
) -> Result<WeightStore, SynthError> {
    let mut weights = WeightStore::new();
    // Weights do not depend on the lengths.
    let one = Extent {
        batch: 1,
        tokens: 1,
        frames: 1,
    };
    let mut upload = |graph: &Graph| weights.upload(gpu, graph, source);
    upload(&StyleStage::new(config, one)?.graph)?;
    upload(&TextStage::new(config, one)?.graph)?;
    upload(&PriorStage::new(config, one)?.graph)?;
    upload(&StepStage::new(config, one)?.graph)?;
    if let Some(vocoder) = &config.vocoder {
        upload(&VocoderStage::new(vocoder, config.audio.n_mels, one)?.graph)?;
    }
    Ok(weights)
}
