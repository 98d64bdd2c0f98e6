"""Everything that can speak a sentence for an evaluation.

    real                     the recording itself
    griffin-lim              the recording's mel through Griffin-Lim
    vocoder                  the recording's mel through the neural vocoder
    prior                    the model's mean mel, as the diffusion gets it: transported, where the model does that
    prior-plain              the mean mel as the prior encoder makes it
    model                    the model with the sampling of its config.json
    SOLVER[:STEPS[:TEMPERATURE[:CLIP[:GUIDANCE[:DETAIL]]]]]
                             the model with another solver, number of steps, temperature, clip (0: none),
                             guidance (1: none), and detail (1: all)
    adapted:FOLDER           the model with the adapter FOLDER/SPEAKER.safetensors of each speaker
    engine..., engine-vocode...
                             the engine's program: see gss.evaluation.engine

All but the last line are the PyTorch reference. What its model makes is heard through Griffin-Lim or,
where asked for, the neural vocoder. A name of `SWEEPS` stands for several systems.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from ..adaptation.adapter import Adapter, AdapterError
from ..audio.griffin_lim import griffin_lim
from ..audio.harmonics import contour, level_of, pitch_inputs
from ..audio.mel import log_mel
from ..audio.speech import Speech
from ..config import AudioConfig, ModelConfig, SamplingConfig
from ..diffusion import Sampler
from ..model import AcousticModel, frames_of
from ..phones import SYMBOL_IDS
from ..program import Program
from ..transport import Calibration, Voice, voice_of
from ..vocoder.export import Vocoder, load_vocoder
from .engine import engine, engine_vocoder
from .parallel import pitch
from .sentences import Sentence, clean_speech

System = Callable[[Sentence], Speech]

STEPS = (4, 6, 10, 50, 100)
SWEEPS = {
    "recordings": ("real", "griffin-lim", "vocoder"),
    "steps": tuple(f"{solver}:{steps}" for solver in ("dpm++2m", "ml-sde") for steps in STEPS),
    "solvers": tuple(f"{solver}:10" for solver in ("dpm++2m", "ddim", "pf-euler", "euler-maruyama", "ml-sde")),
    "temperatures": tuple(f"dpm++2m:6:{temperature}" for temperature in (0.3, 0.5, 0.67, 0.8, 1.0)),
    "engine-steps": tuple(f"engine:steps={steps}" for steps in STEPS),
}
SWEEPS["all"] = (
    *(*SWEEPS["recordings"], "prior", "model"),
    *(*SWEEPS["steps"], *SWEEPS["solvers"], *SWEEPS["temperatures"]),
    *("engine", *SWEEPS["engine-steps"], "engine-vocode"),
)


def expand(names: list[str]) -> list[str]:
    """Systems by name, sweeps replaced by what they stand for; each once."""
    return list(dict.fromkeys(system for name in names for system in SWEEPS.get(name, (name,))))


class Synthesis:
    """A trained acoustic model at work, one sentence at a time."""

    def __init__(self, folder: Path, program: Program, adapter: Path | None = None) -> None:
        self.config, self.program = ModelConfig.load(folder / "config.json"), program
        self.model = AcousticModel(self.config).eval().requires_grad_(False)
        tensors, self.own_voice = load_file(folder / "model.safetensors"), None
        if adapter is not None:
            adaptation = Adapter.load(adapter, folder)
            if (adaptation.voice.transport is None) != (self.config.transport is None):
                raise AdapterError(f"{adapter} and {folder} do not agree on the transport: fit the speaker again")
            tensors, self.own_voice = adaptation.apply(tensors), adaptation.voice
        self.model.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
        self.voices: dict[Path, Voice] = {}

    @cached_property
    def calibration(self) -> Calibration | None:
        """What measures voices, where the model transports."""
        return Calibration.of(self.config, self.program)

    def voice(self, reference: Path) -> Voice:
        """The adapter's voice, or that of a recording, which is measured once."""
        if self.own_voice is not None:
            return self.own_voice
        if reference not in self.voices:
            speech = clean_speech(reference)
            level = level_of(pitch(speech, self.config.audio))
            self.voices[reference] = voice_of(self.model, [mel_of(speech).T], self.calibration, [level])
        return self.voices[reference]

    def prior(self, symbols: list[str], voice: Voice) -> Tensor:
        """The mean mel [1, frames, n_mels] that the diffusion runs around."""
        return voice.mean(self.plain_prior(symbols, voice)[0])

    def plain_prior(self, symbols: list[str], voice: Voice) -> tuple[Tensor, Tensor]:
        """The mean mel before its transport, and the pitch inputs [1, frames, n_mels + 2] where the model has them."""
        style, tokens = voice.style[None], torch.tensor([[SYMBOL_IDS[symbol] for symbol in symbols]])
        text = self.model.text_encoder(tokens)
        durations = frames_of(self.model.duration_predictor(text, style), self.config.sampling.duration_offset)
        mu = self.model.prior_encoder(text.repeat_interleave(durations[0], dim=1), style)
        if self.config.score_tcn is None:
            return mu, mu[:, :, :0]
        token_of_frame = torch.arange(len(symbols)).repeat_interleave(durations[0])[None]
        log_odds, octaves = self.model.pitch_predictor(text, voice.pitch[None], style, token_of_frame, mu).unbind(2)
        hertz = contour(log_odds[0], octaves[0], voice.pitch[0].item(), self.config.sampling.intonation)
        return mu, pitch_inputs(hertz, self.config.audio)[None]

    def sample(self, symbols: list[str], voice: Voice, sampling: SamplingConfig, seed: int) -> Tensor:
        """A mel [1, frames, n_mels] by reverse diffusion."""
        mu, inputs = self.plain_prior(symbols, voice)
        return self.diffuse(voice.mean(mu), voice, inputs, sampling, seed)

    def diffuse(self, mu: Tensor, voice: Voice, inputs: Tensor, sampling: SamplingConfig, seed: int) -> Tensor:
        """A mel [1, frames, n_mels] around a mean of the same shape, by reverse diffusion."""
        chance = torch.Generator().manual_seed(seed)
        sampler = Sampler.of(self.config, sampling)

        def noise(_step: int = 0) -> Tensor:
            return torch.randn(mu.shape, generator=chance)

        def network(noisy: Tensor, t: Tensor) -> Tensor:
            if self.config.score_tcn is not None:
                return self.model.score_tcn(noisy, mu, t, voice.style[None], voice.entries[None], inputs)
            return self.model.score_unet.guided(noisy, mu, t, voice.style[None], sampling.guidance)

        return sampler(network, mu, noise(), noise)


def sampling_of(name: str, default: SamplingConfig) -> SamplingConfig:
    """The sampling that a system's name asks for; what it leaves out is as in `default`."""
    if name == "model":
        return default
    solver, *rest = name.split(":")
    changes: dict = {"solver": solver}
    settings = {"steps": int, "temperature": float, "clip": float, "guidance": float, "detail": float}
    for (key, convert), text in zip(settings.items(), rest, strict=False):
        changes[key] = convert(text)
    if changes.get("clip") == 0.0:
        changes["clip"] = None
    return dataclasses.replace(default, **changes)


@dataclasses.dataclass(frozen=True)
class Resources:
    """Files that systems are made of; each is read when a system first needs it."""

    model: Path
    program: Program
    vocoder: Path | None = None
    neural: bool = False
    seed: int = 1

    @cached_property
    def synthesis(self) -> Synthesis:
        """The acoustic model."""
        return Synthesis(self.model, self.program)

    @cached_property
    def generator(self) -> Vocoder:
        """The neural vocoder: the one named, or the model's."""
        path = self.vocoder or self.model / "vocoder.safetensors"
        if not path.is_file():
            raise SystemExit(f"there is no vocoder {path}; name one with --vocoder FILE")
        return load_vocoder(path)

    def audible(self, mel: Tensor, neural: bool) -> np.ndarray:
        """A waveform of a mel [n_mels, frames]."""
        if neural:
            return self.generator.speak(mel[None])[0].numpy()
        return griffin_lim(mel, AudioConfig()).numpy()


def mel_of(wave: np.ndarray) -> Tensor:
    """Log-mel [n_mels, frames] of a recording."""
    return log_mel(torch.from_numpy(wave), AudioConfig())


def timed(make: Callable[[Sentence], np.ndarray]) -> System:
    """A system that notes how long it takes."""

    def speak(sentence: Sentence) -> Speech:
        begin = time.perf_counter()
        wave = make(sentence)
        return Speech(wave, time.perf_counter() - begin)

    return speak


def speaker_of(synthesis: Synthesis, resources: Resources, mel: Callable[[list[str], Voice], Tensor]) -> System:
    """A system of what makes a mel [1, frames, n_mels] of symbols and a voice."""

    @timed
    def speak(sentence: Sentence) -> np.ndarray:
        [symbols] = resources.program.symbols([sentence.text])
        return resources.audible(mel(symbols, synthesis.voice(sentence.reference))[0].T, resources.neural)

    def prepared(sentence: Sentence) -> Speech:
        # The voice is measured once and for all systems: none of them should have to pay for it.
        synthesis.voice(sentence.reference)
        return speak(sentence)

    return prepared


def adapted(folder: Path, resources: Resources) -> System:
    """Every speaker with his own adapter of `folder`."""
    systems: dict[str, System] = {}

    def speak(sentence: Sentence) -> Speech:
        if sentence.speaker not in systems:
            adapter = folder / f"{sentence.speaker}.safetensors"
            synthesis = Synthesis(resources.model, resources.program, adapter)
            systems[sentence.speaker] = sampled(synthesis, resources, synthesis.config.sampling)
        return systems[sentence.speaker](sentence)

    return speak


def sampled(synthesis: Synthesis, resources: Resources, sampling: SamplingConfig) -> System:
    """The whole model."""
    return speaker_of(
        synthesis, resources, lambda symbols, voice: synthesis.sample(symbols, voice, sampling, resources.seed)
    )


def build(name: str, resources: Resources) -> System:
    """The system of a name."""
    kind, _, rest = name.partition(":")
    match kind:
        case "real":
            return lambda sentence: Speech(sentence.recording)
        case "griffin-lim" | "vocoder":
            return timed(lambda sentence: resources.audible(mel_of(sentence.recording), kind == "vocoder"))
        case "engine":
            return engine(resources.program, resources.model, rest)
        case "engine-vocode":
            return engine_vocoder(resources.program, resources.model, rest)
        case "adapted":
            return adapted(Path(rest), resources)
    synthesis = resources.synthesis
    match kind:
        case "prior":
            return speaker_of(synthesis, resources, synthesis.prior)
        case "prior-plain":
            return speaker_of(synthesis, resources, lambda symbols, voice: synthesis.prior(symbols, Voice(voice.style)))
    return sampled(synthesis, resources, sampling_of(name, synthesis.config.sampling))
