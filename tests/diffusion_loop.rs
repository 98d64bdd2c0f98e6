//! What the loop of the reverse diffusion costs the host: encoding, and nothing else.

mod support;
#[path = "support/tiny_model.rs"]
mod tiny_model;

use std::ops::ControlFlow;

use gss_wgpu::gpu::Activity;
use gss_wgpu::model::{Style, StyleOrigin, VocoderChoice};
use gss_wgpu::synth::{Request, StageName, Synthesizer};
use pollster::block_on;
use support::gpu;

/// More than the loop keeps in flight, so that it has to wait for some of them.
const STEPS: usize = 12;

fn request() -> Request {
    let values = (0..8_i16).map(|i| f32::from(i).sin()).collect();
    let style = Style::new(values, StyleOrigin::default()).expect("finite values");
    Request {
        steps: Some(STEPS),
        vocoder: Some(VocoderChoice::HifiGan),
        ..Request::new("It speaks.", style)
    }
}

/// What a synthesis asks of the device, from its start to each step of the diffusion, and to its end.
fn activities(synthesizer: &mut Synthesizer) -> (Vec<Activity>, Activity) {
    let start = gpu().activity();
    let mut steps = Vec::new();
    let speech = block_on(synthesizer.synthesize(&request(), |progress| {
        if progress.stage == StageName::Diffusion {
            steps.push(gpu().activity() - start);
        }
        ControlFlow::Continue(())
    }));
    speech.expect("speech");
    (steps, gpu().activity() - start)
}

#[test]
fn the_loop_only_encodes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    tiny_model::write(folder.path(), &tiny_model::config());
    let mut synthesizer = Synthesizer::load(gpu(), folder.path()).expect("the model is sound");
    let (cold, _) = activities(&mut synthesizer);
    let (warm, whole) = activities(&mut synthesizer);
    assert_eq!(cold[0].pipelines, 0, "what speaks was compiled at load");
    for steps in [cold, warm] {
        assert_eq!(steps.len(), STEPS, "every step is told");
        let between = steps[STEPS - 1] - steps[0];
        assert!(
            between.dispatches > 0,
            "the loop goes on after its first step"
        );
        let expected = Activity {
            dispatches: between.dispatches,
            submissions: between.submissions,
            waits: STEPS as u64 - 1,
            ..Activity::default()
        };
        assert_eq!(
            between, expected,
            "no buffer, bind group, pipeline or readback"
        );
    }
    assert_eq!(
        (whole.pipelines, whole.bind_groups, whole.readbacks),
        (0, 0, 3),
        "a second utterance makes nothing, and reads durations, mel and samples"
    );
}
