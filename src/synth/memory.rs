//! How much memory a sentence needs on the device.

use serde::Serialize;

use super::SynthError;
use super::utterances::{FRAME_BUCKET, TOKEN_BUCKET};
use super::vocoder::window;
use crate::gpu::{Planning, Program};
use crate::model::ModelConfig;
use crate::model::stages::{Extent, StageKind};

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
    let mut stages = Vec::new();
    for kind in StageKind::SPEAKING {
        let extent = match (&config.vocoder, kind) {
            (Some(vocoder), StageKind::Vocoder) => Extent {
                frames: window(vocoder, frames),
                ..extent
            },
            _ => extent,
        };
        if let Some(graph) = kind.graph(config, extent)? {
            // As on any adapter: the kernels of some need a little more or less between them.
            let program = Program::new(&graph, &Planning::default())?;
            let plan = program.plan();
            stages.push(StageMemory {
                stage: kind.name(),
                planned_bytes: plan.planned_bytes(),
                naive_bytes: plan.naive_bytes(),
            });
        }
    }
    Ok(stages)
}

#[cfg(test)]
mod tests {
    use super::activation_memory;
    use crate::model::ModelConfig;

    #[test]
    fn planning_saves_most_of_the_memory() {
        let stages = activation_memory(&ModelConfig::plain(&["<pad>"]), 75, 313);
        let stages = stages.expect("a sound configuration");
        let names: Vec<_> = stages.iter().map(|stage| stage.stage).collect();
        assert_eq!(names, ["text", "prior", "step", "vocoder"]);
        for stage in &stages {
            assert!(2 * stage.planned_bytes < stage.naive_bytes, "{stage:?}");
        }
    }
}
