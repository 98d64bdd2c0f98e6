"""The prior's mean mel, carried to the spectrum of the voice that it is to have.

A mean varies less than what it is the mean of, and the style catches a speaker's spectrum only roughly. So
each voice has an affine map of mel frames, x -> map x + offset, made once: the model says a fixed text in that
voice, and the map is the optimal transport of a Gaussian with the moments of these mean frames to one with the
moments of the reference recording's frames (Peyre and Cuturi, Computational Optimal Transport, 2.6; in colour
transfer: Pitie and Kokaram, 2007). In synthesis it is applied to every frame of a mean mel before the reverse
diffusion, which then runs around the transported mean.

In training the means are plain. A score network that was trained on around transported ones learnt that the
variance of what it is given is not to be trusted, and smoothed it away (figures: README.md).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .config import ModelConfig, TransportConfig
from .model import Encoders, frames_of
from .phones import SYMBOL_IDS
from .program import Program

# Added to every variance: a band that stands still in a recording must neither vanish nor explode.
VARIANCE_FLOOR = 1e-3
EIGENVALUE_FLOOR = 1e-6
# A voice keeps at most so many entries of its reference: 16 s at four frames of 16 ms each.
MAX_ENTRIES = 256


def speech_frames(mel: Tensor, speech_range: float) -> Tensor:
    """The frames of a log-mel [frames, n_mels] whose mean over bands is no less than the loudest's minus
    `speech_range`."""
    levels = mel.mean(dim=1)
    return mel[levels >= levels.max() - speech_range]


@dataclass(frozen=True)
class Moments:
    """Mean [n_mels] and covariance [n_mels, n_mels] of speech frames, in float64."""

    mean: Tensor
    covariance: Tensor

    @classmethod
    def of(cls, mels: Sequence[Tensor], speech_range: float) -> Moments:
        """Those of the speech frames of all recordings [frames, n_mels] together; of a single frame, no variance."""
        # On the processor: not every device has float64 and eigendecompositions.
        frames = torch.cat([speech_frames(mel.detach().cpu().double(), speech_range) for mel in mels])
        mean = frames.mean(dim=0)
        centred = frames - mean
        return cls(mean, centred.T @ centred / max(len(frames) - 1, 1))

    def regularised(self, shrinkage: float) -> Tensor:
        """The covariance with weaker correlations and no variance of zero, so that few frames will do."""
        diagonal = self.covariance.diagonal()
        return (1.0 - shrinkage) * self.covariance + torch.diag(shrinkage * diagonal + VARIANCE_FLOOR)


def matrix_power(matrix: Tensor, exponent: float) -> Tensor:
    """A power of a symmetric matrix by its eigendecomposition, eigenvalues bounded from below."""
    values, vectors = torch.linalg.eigh(matrix)
    return (vectors * values.clamp(min=EIGENVALUE_FLOOR) ** exponent) @ vectors.T


@dataclass(frozen=True)
class Transport:
    """A voice's affine map of mel frames: map [n_mels, n_mels] and offset [n_mels], in float32."""

    map: Tensor
    offset: Tensor

    @classmethod
    def between(cls, source: Moments, target: Moments, shrinkage: float) -> Transport:
        """The optimal transport between Gaussians of these moments, their covariances regularised:
        A^-1/2 (A^1/2 B A^1/2)^1/2 A^-1/2."""
        a, b = source.regularised(shrinkage), target.regularised(shrinkage)
        root, inverse = matrix_power(a, 0.5), matrix_power(a, -0.5)
        matrix = inverse @ matrix_power(root @ b @ root, 0.5) @ inverse
        return cls(matrix.float(), (target.mean - matrix @ source.mean).float())

    def __call__(self, mel: Tensor) -> Tensor:
        """A mel [..., frames, n_mels], carried over."""
        return mel @ self.map.to(mel).T + self.offset.to(mel)

    def tensors(self) -> dict[str, Tensor]:
        """As files of voices and adapters hold it."""
        return {"transport.map": self.map.contiguous(), "transport.offset": self.offset.contiguous()}

    @classmethod
    def of_tensors(cls, tensors: dict[str, Tensor]) -> Transport | None:
        """What `tensors` gave, if it is there."""
        if "transport.map" not in tensors:
            return None
        return cls(tensors["transport.map"], tensors["transport.offset"])


@dataclass(frozen=True)
class Voice:
    """A speaker as the model takes him: style [style]; where the model has them his transport, the entries of his
    reference [n, entry] and what it says of his pitch [voice]."""

    style: Tensor
    transport: Transport | None = None
    entries: Tensor | None = None
    pitch: Tensor | None = None

    def mean(self, mu: Tensor) -> Tensor:
        """The mean that the diffusion runs around, of a mean mel [..., frames, n_mels]."""
        return mu if self.transport is None else self.transport(mu)

    def tensors(self) -> dict[str, Tensor]:
        """As a file of a voice holds it."""
        parts = {"style": self.style, "entries": self.entries, "pitch": self.pitch}
        tensors = {name: part.contiguous() for name, part in parts.items() if part is not None}
        return tensors | (self.transport.tensors() if self.transport else {})


@dataclass(frozen=True)
class Calibration:
    """What a model that transports says to be measured: its settings, the text's tokens [1, tokens], and the
    offset of log durations."""

    config: TransportConfig
    tokens: Tensor
    duration_offset: float

    @classmethod
    def of(cls, config: ModelConfig, program: Program) -> Calibration | None:
        """That of a model; None where it does not transport."""
        if config.transport is None:
            return None
        [symbols] = program.symbols([config.transport.text])
        tokens = torch.tensor([[SYMBOL_IDS[symbol] for symbol in symbols]])
        return cls(config.transport, tokens, config.sampling.duration_offset)

    def moments(self, mels: Sequence[Tensor]) -> Moments:
        """Those of the speech of recordings [frames, n_mels]."""
        return Moments.of(mels, self.config.speech_range)

    @torch.no_grad()
    def transport(self, encoders: Encoders, style: Tensor, target: Moments) -> Transport:
        """From the mean mels of a style [style] to the moments of its speaker."""
        text = encoders.text_encoder(self.tokens.to(style.device))
        durations = frames_of(encoders.duration_predictor(text, style[None]), self.duration_offset)
        mu = encoders.prior_encoder(text.repeat_interleave(durations[0], dim=1), style[None])
        return Transport.between(self.moments([mu[0]]), target, self.config.shrinkage)


def voice_in(style: Tensor, encoders: Encoders, mels: Sequence[Tensor], calibration: Calibration | None) -> Voice:
    """The voice with a style [style], and the transport to the speech of some recordings [frames, n_mels] where
    the model has a calibration."""
    if calibration is None:
        return Voice(style)
    return Voice(style, calibration.transport(encoders, style, calibration.moments(mels)))


@torch.no_grad()
def voice_of(
    encoders: Encoders, mels: Sequence[Tensor], calibration: Calibration | None, levels: Sequence[float] = ()
) -> Voice:
    """The voice of some recordings [frames, n_mels], in the mean of their styles; a model that predicts pitch also needs
    the level of each (`harmonics.level_of`)."""
    style = torch.stack([encoders.style_encoder(mel[None])[0] for mel in mels]).mean(dim=0)
    voice = voice_in(style, encoders, mels, calibration)
    if not hasattr(encoders, "reference_encoder"):
        return voice
    entries = torch.cat([encoders.reference_encoder(mel[None])[0] for mel in mels])
    # Evenly over all recordings, so that each takes part.
    kept = torch.linspace(0, len(entries) - 1, min(len(entries), MAX_ENTRIES)).round().long()
    heard = zip(mels, levels, strict=True)
    pitch = torch.stack([encoders.pitch_predictor.voice(mel[None], torch.tensor([level]))[0] for mel, level in heard])
    return dataclasses.replace(voice, entries=entries[kept], pitch=pitch.mean(dim=0))
