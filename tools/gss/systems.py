"""Everything that can speak a sentence for an evaluation.

    real                     the recording itself
    griffin-lim              the recording's mel through Griffin-Lim
    vocoder                  the recording's mel through the neural vocoder
    prior                    the model's mean mel
    model                    the model with the sampling of its config.json
    SOLVER[:STEPS[:TEMPERATURE[:CLIP]]]
                             the model with another solver, number of steps, temperature, and clip (0: none)

What the model makes is heard through Griffin-Lim or, where asked for, the neural vocoder.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from .config import AudioConfig, ModelConfig, SamplingConfig
from .diffusion import Sampler, Schedule
from .griffin_lim import griffin_lim
from .mel import log_mel
from .model import AcousticModel, frames_of
from .phones import SYMBOL_IDS
from .sentences import Sentence
from .vocoder.export import load_vocoder
from .vocoder.generator import Generator

System = Callable[[Sentence], np.ndarray]


class Synthesis:
    """A trained acoustic model at work, one sentence at a time."""

    def __init__(self, folder: Path) -> None:
        self.config = ModelConfig.load(folder / "config.json")
        self.model = AcousticModel(self.config).eval().requires_grad_(False)
        tensors = load_file(folder / "model.safetensors")
        self.model.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})

    def prior(self, symbols: list[str], reference: Tensor) -> tuple[Tensor, Tensor]:
        """Style [1, style] of a reference mel [n_mels, frames], and the mean mel [1, frames, n_mels]."""
        style = self.model.style_encoder(reference.T[None])
        tokens = torch.tensor([[SYMBOL_IDS[symbol] for symbol in symbols]])
        text = self.model.text_encoder(tokens)
        durations = frames_of(self.model.duration_predictor(text, style), self.config.sampling.duration_offset)
        return style, self.model.prior_encoder(text.repeat_interleave(durations[0], dim=1), style)

    def sample(self, symbols: list[str], reference: Tensor, sampling: SamplingConfig, seed: int) -> Tensor:
        """A mel [n_mels, frames] by reverse diffusion."""
        style, mu = self.prior(symbols, reference)
        chance = torch.Generator().manual_seed(seed)
        sampler = Sampler(
            Schedule.of(self.config.schedule),
            self.config.score_unet.parameterization,
            sampling.solver,
            sampling.steps,
            sampling.temperature,
            sampling.clip,
            sampling.t_start,
        )

        def noise(_step: int = 0) -> Tensor:
            return torch.randn(mu.shape, generator=chance)

        def network(noisy: Tensor, t: Tensor) -> Tensor:
            return self.model.score_unet(noisy, mu, t, style)

        return sampler(network, mu, noise(), noise)[0].T


def sampling_of(name: str, default: SamplingConfig) -> SamplingConfig:
    """The sampling that a system's name asks for; what it leaves out is as in `default`."""
    if name == "model":
        return default
    solver, *rest = name.split(":")
    changes: dict = {"solver": solver}
    for key, convert, text in zip(("steps", "temperature", "clip"), (int, float, float), rest, strict=False):
        changes[key] = convert(text)
    if changes.get("clip") == 0.0:
        changes["clip"] = None
    return dataclasses.replace(default, **changes)


@dataclasses.dataclass(frozen=True)
class Resources:
    """Files that systems are made of; each is read when a system first needs it."""

    model: Path | None = None
    vocoder: Path | None = None
    phones: Path | None = None
    neural: bool = False
    seed: int = 1

    @cached_property
    def synthesis(self) -> Synthesis:
        """The acoustic model."""
        if self.model is None:
            raise SystemExit("this system needs --model FOLDER")
        return Synthesis(self.model)

    @cached_property
    def generator(self) -> Generator:
        """The neural vocoder."""
        if self.vocoder is None:
            raise SystemExit("the neural vocoder needs --vocoder FILE")
        return load_vocoder(self.vocoder)

    @cached_property
    def symbols(self) -> dict[str, list[str]]:
        """Symbols of each utterance, as `gss.phones` writes them."""
        if self.phones is None:
            raise SystemExit("the model needs --phones FILE, as gss.phones writes it")
        return json.loads(self.phones.read_text())

    def audible(self, mel: Tensor, neural: bool) -> np.ndarray:
        """A waveform of a mel [n_mels, frames]."""
        if neural:
            return self.generator(mel[None])[0, 0].numpy()
        return griffin_lim(mel, AudioConfig()).numpy()


def mel_of(wave: np.ndarray) -> Tensor:
    """Log-mel [n_mels, frames] of a recording."""
    return log_mel(torch.from_numpy(wave), AudioConfig())


def build(name: str, resources: Resources) -> System:
    """The system of a name."""
    if name == "real":
        return lambda sentence: sentence.recording
    if name in ("griffin-lim", "vocoder"):
        return lambda sentence: resources.audible(mel_of(sentence.recording), name == "vocoder")
    synthesis = resources.synthesis

    def mean(sentence: Sentence) -> np.ndarray:
        _, mu = synthesis.prior(resources.symbols[sentence.name], mel_of(sentence.reference))
        return resources.audible(mu[0].T, resources.neural)

    if name == "prior":
        return mean
    sampling = sampling_of(name, synthesis.config.sampling)

    def sampled(sentence: Sentence) -> np.ndarray:
        symbols = resources.symbols[sentence.name]
        mel = synthesis.sample(symbols, mel_of(sentence.reference), sampling, resources.seed)
        return resources.audible(mel, resources.neural)

    return sampled
