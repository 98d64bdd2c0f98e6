//! Duration predictor: how long each token sounds, in this style.

use super::config::DurationPredictorConfig;
use crate::graph::{Activation, Conv1d, Epilogue, Graph, GraphError, TensorId};

/// Hidden states `[n, hidden, 1, tokens]` and style `[n, style, 1, 1]` to the logarithms of the
/// durations in frames, `[n, 1, 1, tokens]`.
///
/// # Errors
/// When the sizes do not fit; a validated configuration's do.
pub fn build(
    graph: &mut Graph,
    config: &DurationPredictorConfig,
    hidden: TensorId,
    style: TensorId,
) -> Result<TensorId, GraphError> {
    graph.in_scope("duration_predictor", |graph| {
        let channels = graph.shape(hidden).c;
        let style = graph.linear(
            "style",
            style,
            channels,
            Activation::Identity,
            Epilogue::NONE,
        )?;
        let mut x = graph.add("condition", hidden, style, 1.0)?;
        for i in 0..2 {
            let conv = Conv1d {
                channels: config.hidden,
                kernel: config.kernel,
                dilation: 1,
            };
            let relu = Epilogue::activation(Activation::Relu);
            x = graph.conv1d(&format!("conv.{i}"), x, conv, Activation::Identity, relu)?;
            x = graph.layer_norm(&format!("norm.{i}"), x)?;
        }
        graph.linear("output", x, 1, Activation::Identity, Epilogue::NONE)
    })
}

/// Whole frames of a token: `exp(log_duration + offset) / speed`, rounded, at least 1 and at most
/// `longest`. The offset is calibrated with the model; a speed of 2 halves the duration.
#[must_use]
pub fn frames(log_duration: f32, offset: f32, speed: f32, longest: u32) -> u32 {
    let frames = (f64::from(log_duration + offset).exp() / f64::from(speed)).round();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped into the range of u32 first"
    )]
    let frames = frames.clamp(1.0, f64::from(longest.max(1))) as u32;
    frames
}

#[cfg(test)]
mod tests {
    use super::frames;

    #[test]
    fn durations_are_whole_bounded_and_follow_the_speed() {
        assert_eq!(frames(7.4_f32.ln(), 0.0, 1.0, 100), 7);
        assert_eq!(frames(7.4_f32.ln(), 0.0, 2.0, 100), 4);
        assert_eq!(frames(7.4_f32.ln(), 0.5, 1.0, 100), 12);
        assert_eq!(frames(-20.0, 0.0, 1.0, 100), 1);
        assert_eq!(frames(80.0, 0.0, 1.0, 100), 100);
    }
}
