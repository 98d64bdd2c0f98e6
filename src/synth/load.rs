//! What happens once, before the first sentence: the dictionary, the weights, the kernels.

use super::SynthError;
use super::utterances::{FRAME_BUCKET, TOKEN_BUCKET};
use crate::gpu::{Executable, Gpu, GpuError, WeightData, WeightStore};
use crate::model::ModelConfig;
use crate::model::config::VocoderConfig;
use crate::model::stages::{Extent, StageKind};
#[cfg(feature = "english")]
use crate::text::{FrontEnd, TextError};

/// Runs `action` while another core reads the dictionary, which takes as long as an upload.
#[cfg(feature = "english")]
pub(super) fn beside_the_dictionary<T>(
    action: impl FnOnce() -> T,
) -> (Result<FrontEnd, TextError>, T) {
    std::thread::scope(|scope| {
        let front_end = scope.spawn(FrontEnd::new);
        let result = action();
        let front_end = front_end.join();
        (
            front_end.unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
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
    let own = config.vocoder.as_ref().map(VocoderConfig::choice);
    let spoken_through = own == Some(config.default_vocoder);
    let graphs = StageKind::SPEAKING
        .into_iter()
        .filter(|&kind| kind != StageKind::Vocoder || spoken_through)
        .filter_map(|kind| kind.graph(config, usual).transpose());
    let programs = graphs.map(|graph| {
        let graph = graph?;
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
    for kind in StageKind::ALL {
        if let Some(graph) = kind.graph(config, one)? {
            weights.upload(gpu, &graph, source)?;
        }
    }
    // Without a submission the copies that the uploads came from would stay until one.
    gpu.flush()?;
    Ok(weights)
}
