//! Works as graphs of this project.

use std::collections::HashMap;

use gss_wgpu::diffusion::COLUMNS;
use gss_wgpu::graph::{
    Activation, Conv1d, Conv2d, DType, Epilogue, Graph, Lengths, Shape, SolverInputs, TensorId,
};
use gss_wgpu::model::config::{ScoreUnetConfig, VocoderConfig};
use gss_wgpu::model::{score_unet, vocoder};
use peers_worker::{Failure, Tensors, Work};

/// A graph with the values of its inputs (integers as whole numbers) and its result.
pub(crate) struct Built {
    pub(crate) graph: Graph,
    pub(crate) inputs: HashMap<String, Vec<f32>>,
    pub(crate) output: TensorId,
}

pub(crate) fn build(work: &Work, tensors: &Tensors) -> Result<Built, Failure> {
    let mut builder = Builder {
        graph: Graph::new(),
        inputs: HashMap::new(),
        tensors,
    };
    let output = builder.work(work)?;
    builder.graph.output(output);
    Ok(Built {
        graph: builder.graph,
        inputs: builder.inputs,
        output,
    })
}

struct Builder<'a> {
    graph: Graph,
    inputs: HashMap<String, Vec<f32>>,
    tensors: &'a Tensors,
}

impl Builder<'_> {
    fn work(&mut self, work: &Work) -> Result<TensorId, Failure> {
        match work {
            Work::ScoreUnet { config } => self.score_unet(&serde_json::from_value(config.clone())?),
            Work::HifiGan { config } => self.hifi_gan(&serde_json::from_value(config.clone())?),
            Work::Matmul | Work::Conv1d { .. } | Work::ConvTranspose1d { .. } => {
                self.sequence(work)
            }
            Work::Conv2d { .. } | Work::ConvTranspose2d { .. } => self.picture(work),
        }
    }

    /// An operation along the columns.
    fn sequence(&mut self, work: &Work) -> Result<TensorId, Failure> {
        let columns =
            |shape: &[usize]| Shape::sequence(1, shape[shape.len() - 2], shape[shape.len() - 1]);
        let shape = columns(&self.tensors.get("input.x")?.shape);
        let x = self.float("x", "input.x", shape, None)?;
        let identity = Activation::Identity;
        let y = match *work {
            Work::Matmul => {
                let [channels, _] = self.tensors.shape("op.weight")?;
                self.graph.linear_without_bias("op", x, channels)?
            }
            Work::Conv1d { dilation } => {
                let [channels, _, kernel] = self.tensors.shape("op.weight")?;
                let conv = Conv1d {
                    channels,
                    kernel,
                    dilation,
                };
                self.graph.conv1d("op", x, conv, identity, Epilogue::NONE)?
            }
            Work::ConvTranspose1d { stride } => {
                let [_, channels, kernel] = self.tensors.shape("op.weight")?;
                self.graph
                    .conv_transpose1d("op", x, channels, kernel, stride, identity)?
            }
            _ => return Err(format!("{work:?} is no operation along the columns").into()),
        };
        Ok(y)
    }

    /// An operation along rows and columns.
    fn picture(&mut self, work: &Work) -> Result<TensorId, Failure> {
        let [n, c, h, w] = self.tensors.shape("input.x")?;
        let x = self.float("x", "input.x", Shape::new(n, c, h, w), None)?;
        let y = match *work {
            Work::Conv2d { stride } => {
                let [channels, _, kernel, _] = self.tensors.shape("op.weight")?;
                let conv = Conv2d {
                    channels,
                    kernel,
                    stride,
                    padding: kernel / 2,
                };
                self.graph.conv2d("op", x, conv, Epilogue::NONE)?
            }
            Work::ConvTranspose2d { height, width } => {
                let [_, channels, ..] = self.tensors.shape::<4>("op.weight")?;
                let like = self
                    .graph
                    .input("like", Shape::new(n, 1, height, width), DType::F32);
                self.graph.conv_transpose2d("op", x, channels, like)?
            }
            _ => return Err(format!("{work:?} is no operation along rows and columns").into()),
        };
        Ok(y)
    }

    /// One evaluation as in the reverse diffusion, where every tensor has lengths.
    fn score_unet(&mut self, config: &ScoreUnetConfig) -> Result<TensorId, Failure> {
        let [n, n_mels, frames] = self.tensors.shape("input.noisy")?;
        let [_, style] = self.tensors.shape("input.style")?;
        let lengths = self.lengths(frames);
        let picture = Shape::new(n, 1, n_mels, frames);
        let inputs = score_unet::Inputs {
            mean: self.float("mean", "input.mean", picture, Some(lengths))?,
            state: self.float("state", "input.noisy", picture, Some(lengths))?,
            style: self.float("style", "input.style", Shape::vector(n, style), None)?,
        };
        let mut row = vec![0.0; COLUMNS];
        row[0] = self.tensors.get("input.time")?.values[0];
        self.inputs.insert("table".to_owned(), row);
        self.inputs.insert("step".to_owned(), vec![0.0]);
        let graph = &mut self.graph;
        let solver = SolverInputs {
            table: graph.input("table", Shape::new(1, 1, 1, COLUMNS), DType::F32),
            step: graph.input("step", Shape::new(1, 1, 1, 1), DType::U32),
            seeds: graph.input("seeds", Shape::new(1, 1, n, 2), DType::U32),
        };
        Ok(score_unet::build(graph, config, inputs, solver)?)
    }

    fn hifi_gan(&mut self, config: &VocoderConfig) -> Result<TensorId, Failure> {
        let [n, n_mels, frames] = self.tensors.shape("input.mel")?;
        let lengths = self.lengths(frames);
        let shape = Shape::sequence(n, n_mels, frames);
        let mel = self.float("mel", "input.mel", shape, Some(lengths))?;
        Ok(vocoder::build(&mut self.graph, config, mel)?)
    }

    /// The lengths of a batch of one.
    fn lengths(&mut self, frames: usize) -> Lengths {
        self.inputs
            .insert("lengths".to_owned(), vec![frames as f32]);
        self.graph.lengths("lengths", 1)
    }

    /// Declares an input with the values of a stored tensor.
    fn float(
        &mut self,
        name: &str,
        stored: &str,
        shape: Shape,
        lengths: Option<Lengths>,
    ) -> Result<TensorId, Failure> {
        let values = self.tensors.get(stored)?.values.clone();
        self.inputs.insert(name.to_owned(), values);
        Ok(match lengths {
            None => self.graph.input(name, shape, DType::F32),
            Some(lengths) => self.graph.masked_input(name, shape, DType::F32, lengths),
        })
    }
}
