"""Sizes of a model. `ModelConfig.to_json` is the `config.json` that the engine reads."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .phones import SYMBOLS


@dataclass
class AudioConfig:
    """Mel spectrogram settings: HiFi-GAN's recipe at 16 kHz."""

    sample_rate: int = 16000
    n_fft: int = 1024
    win_length: int = 1024
    hop_length: int = 256
    n_mels: int = 80
    fmin: float = 0.0
    fmax: float = 8000.0
    log_floor: float = 1e-5


@dataclass
class StyleEncoderConfig:
    hidden: int = 128
    style: int = 128
    heads: int = 2
    kernel: int = 5


@dataclass
class TextEncoderConfig:
    hidden: int = 160
    ffn: int = 640
    ffn_kernel: int = 5
    heads: int = 2
    layers: int = 4
    prenet_kernel: int = 3
    activation: str = "mish"


@dataclass
class DurationPredictorConfig:
    hidden: int = 160
    kernel: int = 3


@dataclass
class PriorEncoderConfig:
    hidden: int = 160
    prenet: int = 80
    ffn: int = 640
    ffn_kernel: int = 5
    heads: int = 2
    layers: int = 4
    activation: str = "mish"


@dataclass
class ScoreUnetConfig:
    """`attention[i]` says whether resolution level i has linear attention.

    `style` is "time_embedding" (concatenated before every residual block) or "channel" (a third
    input channel). `parameterization` is what the network outputs: "score", "noise" or "v".
    `null_style` says whether the weights hold a style that stands for none, as guidance needs.
    """

    dim: int = 32
    multipliers: list[int] = field(default_factory=lambda: [1, 2, 4])
    groups: int = 8
    heads: int = 4
    head_dim: int = 32
    attention: list[bool] = field(default_factory=lambda: [False, True, True])
    style: str = "time_embedding"
    time_scale: float = 1000.0
    parameterization: str = "v"
    null_style: bool = False


@dataclass
class ReferenceEncoderConfig:
    """`stride` frames of the reference share an entry of `entry` numbers."""

    hidden: int = 192
    kernel: int = 5
    entry: int = 128
    stride: int = 4


@dataclass
class PitchPredictorConfig:
    """`voice` numbers say how a voice is pitched."""

    hidden: int = 192
    ffn: int = 384
    ffn_kernel: int = 5
    heads: int = 2
    layers: int = 3
    voice_layers: int = 2
    voice_hidden: int = 128
    voice: int = 64
    kernel: int = 9
    frame_layers: int = 3


@dataclass
class ScoreTcnConfig:
    """`parameterization` as for the U-Net; after every `attention_every` of the layers stands a cross-attention."""

    hidden: int = 256
    conditioning: int = 128
    layers: int = 12
    kernel: int = 5
    dilations: list[int] = field(default_factory=lambda: [1, 2, 4])
    heads: int = 4
    attention_every: int = 4
    time_scale: float = 1000.0
    parameterization: str = "v"


@dataclass
class ScheduleConfig:
    """Linear noise schedule beta_t = beta_min + (beta_max - beta_min) t."""

    beta_min: float = 0.05
    beta_max: float = 20.0


@dataclass
class SamplingConfig:
    """Defaults of synthesis. `temperature` multiplies the initial noise's standard deviation,
    `clip` bounds the clean estimate, `duration_offset` is added to the log duration, `guidance` is that
    of `ScoreUnet.guided` (1: none), `detail` the share of the difference from the mean that is kept, `t_end` the
    time at which DPM-Solver++ takes its last clean estimate (sigma is 0.008 at 0.001), `intonation` the factor of a
    predicted pitch's movement, which as a mean falls short of speech's."""

    solver: str = "dpm++2m"
    steps: int = 6
    temperature: float = 0.67
    clip: float | None = 3.0
    t_start: float = 1.0
    duration_offset: float = 0.0
    guidance: float = 1.0
    detail: float = 1.0
    t_end: float = 1e-3
    intonation: float = 1.0


@dataclass
class TransportConfig:
    """How the mean mel is carried to a voice's spectrum (`gss.transport`). `text` is what the model says to
    be measured, speech are the frames of a recording whose mean is less than `speech_range` (nats) below
    that of its loudest, `shrinkage` is the share by which correlations between bands are weakened."""

    text: str = (
        "The usual crowd of young boys thought she had gone to join a large choir, but each of them would rather "
        "keep still and watch the river flow beneath the bridge."
    )
    speech_range: float = 4.0
    shrinkage: float = 0.3


@dataclass
class ModelConfig:
    """Everything that the engine needs to know about one trained model."""

    profile: str = "small"
    audio: AudioConfig = field(default_factory=AudioConfig)
    symbols: list[str] = field(default_factory=lambda: list(SYMBOLS))
    style_encoder: StyleEncoderConfig = field(default_factory=StyleEncoderConfig)
    text_encoder: TextEncoderConfig = field(default_factory=TextEncoderConfig)
    duration_predictor: DurationPredictorConfig = field(default_factory=DurationPredictorConfig)
    prior_encoder: PriorEncoderConfig = field(default_factory=PriorEncoderConfig)
    score_unet: ScoreUnetConfig | None = field(default_factory=ScoreUnetConfig)
    pitch_predictor: PitchPredictorConfig | None = None
    reference_encoder: ReferenceEncoderConfig | None = None
    score_tcn: ScoreTcnConfig | None = None
    schedule: ScheduleConfig = field(default_factory=ScheduleConfig)
    sampling: SamplingConfig = field(default_factory=SamplingConfig)
    transport: TransportConfig | None = None
    vocoder: dict | None = None
    default_vocoder: str = "griffin-lim"

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self), indent=2) + "\n"

    @classmethod
    def from_dict(cls, values: dict) -> ModelConfig:
        parts = {part.name: part for part in dataclasses.fields(cls)}
        unknown = sorted(set(values) - set(parts))
        if unknown:
            raise ValueError(f"unknown keys in the configuration: {', '.join(unknown)}")
        sections = {
            "audio": AudioConfig,
            "style_encoder": StyleEncoderConfig,
            "text_encoder": TextEncoderConfig,
            "duration_predictor": DurationPredictorConfig,
            "prior_encoder": PriorEncoderConfig,
            "score_unet": ScoreUnetConfig,
            "pitch_predictor": PitchPredictorConfig,
            "reference_encoder": ReferenceEncoderConfig,
            "score_tcn": ScoreTcnConfig,
            "schedule": ScheduleConfig,
            "sampling": SamplingConfig,
            "transport": TransportConfig,
        }

        def section(key: str, value: Any) -> Any:
            return sections[key](**value) if key in sections and value is not None else value

        return cls(**{key: section(key, value) for key, value in values.items()})

    @classmethod
    def load(cls, path: Path) -> ModelConfig:
        return cls.from_dict(json.loads(Path(path).read_text()))

    def differences(self, other: ModelConfig) -> list[str]:
        """What makes weights of one model unfit for another: sizes, symbols, mels, schedule."""
        ours, theirs = dataclasses.asdict(self), dataclasses.asdict(other)
        settings = ("profile", "sampling", "transport", "vocoder", "default_vocoder")
        different = []
        for section, value in ours.items():
            other_value = theirs[section]
            if section in settings or value == other_value:
                continue
            if isinstance(value, dict) and isinstance(other_value, dict):
                different += [f"{section}.{key}" for key in value if value[key] != other_value.get(key)]
            else:
                different.append(section)
        return different
