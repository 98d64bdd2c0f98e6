//! Score network of one dimension: a temporal convolutional network whose channels are the mel bands.
//!
//! It hears the voice in two ways: as the style vector, in its adaptive norms, and as the frames of the
//! reference ([`super::reference_encoder`]), which its cross-attention looks up; and it follows a pitch,
//! drawn as [`crate::audio::Harmonics`] does.

use super::config::ScoreTcnConfig;
use crate::graph::{Activation, Conv1d, Epilogue, Graph, GraphError, SolverInputs, TensorId};

/// What the network looks at besides the solver's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inputs {
    /// Mean mel `[n, n_mels, 1, frames]`.
    pub mean: TensorId,
    /// Noisy mel of the same shape.
    pub state: TensorId,
    /// Style vector `[n, style, 1, 1]`.
    pub style: TensorId,
    /// Entries of the reference `[n, entry, 1, entries]`, as many of them valid as its lengths say.
    pub entries: TensorId,
    /// Inputs of the pitch `[n, n_mels + 2, 1, frames]`.
    pub pitch: TensorId,
}

/// The network's output `[n, n_mels, 1, frames]`, whose meaning is the configuration's parameterization.
///
/// # Errors
/// When the sizes do not fit; a validated configuration's do.
pub fn build(
    graph: &mut Graph,
    config: &ScoreTcnConfig,
    inputs: Inputs,
    solver: SolverInputs,
) -> Result<TensorId, GraphError> {
    graph.in_scope("score_tcn", |graph| {
        let n_mels = graph.shape(inputs.state).c;
        let mut tcn = Tcn {
            graph,
            config,
            condition: inputs.style,
            entries: inputs.entries,
        };
        tcn.condition = tcn.condition(inputs, solver)?;
        let mut x = tcn.input(inputs)?;
        for layer in 0..config.layers {
            x = tcn.block(layer, x)?;
            if (layer + 1).is_multiple_of(config.attention_every) {
                x = tcn.attention(layer / config.attention_every, x)?;
            }
        }
        let x = tcn.norm("norm", x)?;
        tcn.linear("output", x, n_mels, Epilogue::NONE)
    })
}

/// The network under construction.
struct Tcn<'a> {
    graph: &'a mut Graph,
    config: &'a ScoreTcnConfig,
    /// Time and style, the same for all frames: `[n, conditioning, 1, 1]`.
    condition: TensorId,
    entries: TensorId,
}

impl Tcn<'_> {
    fn linear(
        &mut self,
        name: &str,
        x: TensorId,
        channels: usize,
        epilogue: Epilogue,
    ) -> Result<TensorId, GraphError> {
        self.graph
            .linear(name, x, channels, Activation::Identity, epilogue)
    }

    fn norm(&mut self, name: &str, x: TensorId) -> Result<TensorId, GraphError> {
        self.graph
            .style_adaptive_layer_norm(name, x, self.condition)
    }

    fn condition(&mut self, inputs: Inputs, solver: SolverInputs) -> Result<TensorId, GraphError> {
        let (width, batch) = (self.config.conditioning, self.graph.shape(inputs.state).n);
        let scale = self.config.time_scale;
        let time = self
            .graph
            .time_embedding("time_embedding", solver, batch, width, scale)?;
        let relu = Epilogue::activation(Activation::Relu);
        let time = self.linear("time.0", time, width, relu)?;
        let style = self.linear("style", inputs.style, width, Epilogue::NONE)?;
        self.linear("time.1", time, width, Epilogue::residual(style))
    }

    /// The sum of what state, mean and pitch become.
    fn input(&mut self, inputs: Inputs) -> Result<TensorId, GraphError> {
        let hidden = self.config.hidden;
        let x = self.linear("pitch", inputs.pitch, hidden, Epilogue::NONE)?;
        let x = self.linear("mean", inputs.mean, hidden, Epilogue::residual(x))?;
        self.linear("noisy", inputs.state, hidden, Epilogue::residual(x))
    }

    /// `x + output(relu(conv(norm(x))))`.
    fn block(&mut self, layer: usize, x: TensorId) -> Result<TensorId, GraphError> {
        let (config, name) = (self.config, format!("blocks.{layer}"));
        let conv = Conv1d {
            channels: config.hidden,
            kernel: config.kernel,
            dilation: config.dilations[layer % config.dilations.len()],
        };
        let relu = Epilogue::activation(Activation::Relu);
        let y = self.norm(&format!("{name}.norm"), x)?;
        let conv_name = format!("{name}.conv");
        let y = self
            .graph
            .conv1d(&conv_name, y, conv, Activation::Identity, relu)?;
        self.linear(
            &format!("{name}.output"),
            y,
            config.hidden,
            Epilogue::residual(x),
        )
    }

    /// `x + output(attention(norm(x), entries))`, scores divided by the root of all channels.
    fn attention(&mut self, index: usize, x: TensorId) -> Result<TensorId, GraphError> {
        let (hidden, heads, entries) = (self.config.hidden, self.config.heads, self.entries);
        let name = |part: &str| format!("attentions.{index}.{part}");
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a scale in the kernels' precision"
        )]
        let scale = (1.0 / (hidden as f64).sqrt()) as f32;
        let y = self.norm(&name("norm"), x)?;
        let query = self.linear(&name("query"), y, hidden, Epilogue::NONE)?;
        let key = self.linear(&name("key"), entries, hidden, Epilogue::NONE)?;
        let value = self.linear(&name("value"), entries, hidden, Epilogue::NONE)?;
        let mixed = self
            .graph
            .attention(&name("heads"), query, key, value, heads, scale)?;
        self.linear(&name("output"), mixed, hidden, Epilogue::residual(x))
    }
}
