//! Layers of burn from the tensors of a work.

use burn::module::Param;
use burn::nn::conv::{Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d};
use burn::nn::{GroupNorm, Linear, PaddingConfig1d, PaddingConfig2d};
use burn::tensor::{Device, Tensor, TensorData};
use peers_worker::{Failure, Tensors};

/// Stored tensors and where they go.
pub(crate) struct Weights<'a> {
    tensors: &'a Tensors,
    device: &'a Device,
}

impl<'a> Weights<'a> {
    pub(crate) fn new(tensors: &'a Tensors, device: &'a Device) -> Self {
        Self { tensors, device }
    }

    pub(crate) fn tensor<const D: usize>(&self, name: &str) -> Result<Tensor<D>, Failure> {
        let shape = self.tensors.shape::<D>(name)?;
        let values = self.tensors.get(name)?.values.clone();
        Ok(Tensor::from_data(
            TensorData::new(values, shape),
            self.device,
        ))
    }

    fn param<const D: usize>(&self, name: &str) -> Result<Param<Tensor<D>>, Failure> {
        Ok(Param::from_tensor(self.tensor(name)?))
    }

    pub(crate) fn device(&self) -> &Device {
        self.device
    }

    /// Whether the work has a layer of this name.
    pub(crate) fn has(&self, layer: &str) -> bool {
        self.tensors.get(&format!("{layer}.weight")).is_ok()
    }

    /// `None` where the layer has no bias.
    fn bias(&self, layer: &str) -> Result<Option<Param<Tensor<1>>>, Failure> {
        let name = format!("{layer}.bias");
        let is_there = self.tensors.get(&name).is_ok();
        is_there.then(|| self.param(&name)).transpose()
    }

    /// A layer of a state dict of `PyTorch`, whose matrices are the transposed ones of burn.
    pub(crate) fn linear(&self, name: &str) -> Result<Linear, Failure> {
        let weight = self.tensor::<2>(&format!("{name}.weight"))?.transpose();
        Ok(Linear {
            weight: Param::from_tensor(weight),
            bias: self.bias(name)?,
        })
    }

    /// Keeps the length.
    pub(crate) fn conv1d(&self, name: &str, dilation: usize) -> Result<Conv1d, Failure> {
        let weight = format!("{name}.weight");
        let [_, _, kernel_size] = self.tensors.shape(&weight)?;
        let padding = dilation * (kernel_size - 1) / 2;
        Ok(Conv1d {
            weight: self.param(&weight)?,
            bias: self.bias(name)?,
            stride: 1,
            kernel_size,
            dilation,
            groups: 1,
            padding: PaddingConfig1d::Explicit(padding, padding),
        })
    }

    /// Multiplies the length by the stride.
    pub(crate) fn conv_transpose1d(
        &self,
        name: &str,
        stride: usize,
    ) -> Result<ConvTranspose1d, Failure> {
        let weight = format!("{name}.weight");
        let [inputs, outputs, kernel_size] = self.tensors.shape(&weight)?;
        Ok(ConvTranspose1d {
            weight: self.param(&weight)?,
            bias: self.bias(name)?,
            stride,
            kernel_size,
            dilation: 1,
            groups: 1,
            padding: (kernel_size - stride) / 2,
            padding_out: 0,
            channels: [inputs, outputs],
        })
    }

    /// Odd square kernel, padded by half of it.
    pub(crate) fn conv2d(&self, name: &str, stride: usize) -> Result<Conv2d, Failure> {
        let weight = format!("{name}.weight");
        let [_, _, rows, columns] = self.tensors.shape(&weight)?;
        let (vertical, horizontal) = (rows / 2, columns / 2);
        Ok(Conv2d {
            weight: self.param(&weight)?,
            bias: self.bias(name)?,
            stride: [stride; 2],
            kernel_size: [rows, columns],
            dilation: [1; 2],
            groups: 1,
            padding: PaddingConfig2d::Explicit(vertical, horizontal, vertical, horizontal),
        })
    }

    /// Kernel 4, stride 2, padding 1: doubles rows and columns.
    pub(crate) fn conv_transpose2d(&self, name: &str) -> Result<ConvTranspose2d, Failure> {
        let weight = format!("{name}.weight");
        let [inputs, outputs, rows, columns] = self.tensors.shape(&weight)?;
        Ok(ConvTranspose2d {
            weight: self.param(&weight)?,
            bias: self.bias(name)?,
            stride: [2; 2],
            kernel_size: [rows, columns],
            dilation: [1; 2],
            groups: 1,
            padding: [1; 2],
            padding_out: [0; 2],
            channels: [inputs, outputs],
        })
    }

    pub(crate) fn group_norm(&self, name: &str, groups: usize) -> Result<GroupNorm, Failure> {
        let gamma = format!("{name}.weight");
        let [channels] = self.tensors.shape(&gamma)?;
        Ok(GroupNorm {
            gamma: Some(self.param(&gamma)?),
            beta: self.bias(name)?,
            num_groups: groups,
            num_channels: channels,
            epsilon: 1e-5,
            affine: true,
        })
    }
}
