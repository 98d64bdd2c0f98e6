//! How much memory a sentence needs on the device.

use serde::Serialize;

use super::SynthError;
use super::acoustic::{FRAME_BUCKET, TOKEN_BUCKET};
use super::vocoder::window;
use crate::gpu::{GpuError, Planning, Program};
use crate::model::ModelConfig;
use crate::model::stages::{Extent, PriorStage, Stage, StepStage, TextStage, VocoderStage};

/// Memory for the activations of one stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct StageMemory {
    /// Name of the stage.
    pub stage: &'static str,
    /// Bytes with the buffers shared as planned.
    pub planned_bytes: u64,
    /// Bytes if every tensor had a buffer of its own.
    pub naive_bytes: u64,
}

/// Memory for the activations of every stage that speaks a sentence of so many symbols and frames. The
/// plans of all stages are kept at the same time.
///
/// # Errors
/// When the configuration contradicts itself.
pub fn activation_memory(
    config: &ModelConfig,
    symbols: usize,
    frames: usize,
) -> Result<Vec<StageMemory>, SynthError> {
    let extent = Extent {
        batch: 1,
        tokens: symbols.next_multiple_of(TOKEN_BUCKET),
        frames: frames.next_multiple_of(FRAME_BUCKET),
    };
    let mut stages = vec![
        of(TextStage::new(config, extent)?)?,
        of(PriorStage::new(config, extent)?)?,
        of(StepStage::new(config, extent)?)?,
    ];
    if let Some(vocoder) = &config.vocoder {
        let frames = window(vocoder, frames);
        let extent = Extent { frames, ..extent };
        stages.push(of(VocoderStage::new(
            vocoder,
            config.audio.n_mels,
            extent,
        )?)?);
    }
    Ok(stages)
}

/// On any adapter: the kernels of some need a little more or less between them.
fn of<S: Stage>(stage: S) -> Result<StageMemory, GpuError> {
    let program = Program::new(stage.graph(), &Planning::default())?;
    let plan = program.plan();
    Ok(StageMemory {
        stage: S::NAME,
        planned_bytes: plan.planned_bytes(),
        naive_bytes: plan.naive_bytes(),
    })
}

#[cfg(test)]
mod tests {
    use super::activation_memory;
    use crate::model::ModelConfig;
    use crate::text::Symbol;

    #[test]
    fn planning_saves_most_of_the_memory() {
        let symbols = Symbol::all().map(|symbol| symbol.name().to_owned());
        let config =
            ModelConfig::small(std::iter::once("<pad>".to_owned()).chain(symbols).collect());
        let stages = activation_memory(&config, 75, 313).expect("a sound configuration");
        let names: Vec<_> = stages.iter().map(|stage| stage.stage).collect();
        assert_eq!(names, ["text", "prior", "step", "vocoder"]);
        for stage in &stages {
            assert!(2 * stage.planned_bytes < stage.naive_bytes, "{stage:?}");
        }
    }
}
