"""Golden files: small random modules with inputs and the outputs that an engine must reproduce.

    python -m gss.export.goldens tests/golden

Every file is a safetensors file of one module with

    metadata `config`   a whole config.json (of tiny, partly odd sizes) as JSON
    weights             under the names and types of model.safetensors or vocoder.safetensors
    input.*             what goes in
    output.*            what must come out, computed in float64 from exactly these weights and inputs

Weights are random and well scaled; gains, biases and the Rezero gains of the U-Net are away from
their neutral values, so that leaving one out shows. A batch holds two items, `input.lengths` long
and zero beyond that; its outputs are computed one item at a time, which is what the engine's masks
must achieve. Sequences are [batch, time, channels] as in the reference model.

| file | inputs -> outputs |
|---|---|
| mel_small, mel_base | audio [samples] -> mel [n_mels, frames], at 16 kHz and 22.05 kHz |
| vocoder_v1, _v2, _v3 | mel [batch, n_mels, frames], lengths -> audio [batch, samples] |
| vocoder_source_filter | mel [batch, n_mels, frames], lengths -> controls [batch, channels, frames] |
| rendering | mel [n_mels, frames], controls [channels, frames] -> pitch [frames * steps], audio [samples] |
| style_encoder | mel, lengths -> style |
| text_encoder | tokens, lengths -> text |
| duration_predictor | text, style, lengths -> log_durations, frames (offset of the config, speed 1) |
| prior_encoder | text (one state a frame), style, lengths -> mu |
| score_unet_* | noisy, mu, t, style, lengths -> network, clean (D0 = Y0 - mu, not clipped) |
| adapted | as score_unet_*, with the factors `adapter.*`, one item -> network of the changed weights |
| transport | mean_frames, reference_frames [frames, n_mels] -> map [n_mels, n_mels], offset, as the config says |
| solver_steps | nothing -> SOLVER.STEPS [steps, 5] in f64: time, a, b, c, noise, from `t_start` of the config |
| sampler | mu, style, lengths, noise, step_noise [steps, ...] -> SOLVER, the sampled mels, as the config says |
| guidance | mu, style, lengths, noise -> mel, sampled with the guidance of the config |
| pipeline | reference, reference_lengths, tokens, lengths, noise -> style, text, log_durations, frames, mu, mel |
| reference_encoder | mel, lengths -> entries, those that the stride of the config keeps |
| melody | log_odds, octaves, level, semitones -> hertz, inputs [n_mels + 2, frames], with the intonation of the config |
| pitch_predictor | reference, reference_lengths, level, text, lengths, token_of_frame, frame_lengths, mu, style -> voice, pitch |
| score_tcn | noisy, mu, t, style, entries, entry_lengths, pitch, lengths -> network |
| pipeline_tcn | as pipeline, without noise, and level -> as pipeline, and entries, voice, pitch, hertz; in float64 throughout |
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable
from math import prod
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from ..adaptation.adapter import Adapter
from ..audio.harmonics import contour, pitch_inputs
from ..audio.mel import log_mel
from ..config import (
    AudioConfig,
    DurationPredictorConfig,
    ModelConfig,
    PitchPredictorConfig,
    PriorEncoderConfig,
    ReferenceEncoderConfig,
    ScoreTcnConfig,
    ScoreUnetConfig,
    StyleEncoderConfig,
    TextEncoderConfig,
    TransportConfig,
)
from ..diffusion import Sampler, Schedule, clean_factors, solver_steps
from ..model import (
    AcousticModel,
    DurationPredictor,
    PitchPredictor,
    PriorEncoder,
    ReferenceEncoder,
    ScoreTcn,
    ScoreUnet,
    StyleEncoder,
    TextEncoder,
    frames_of,
)
from ..model.style_encoder import MEL_MEAN, MEL_STD
from ..transport import Moments, Transport, Voice
from ..vocoder.generator import VERSIONS, Generator
from ..vocoder.source_filter import SourceConfig, SourceFilter, SourceFilterConfig

N_MELS = 18
SOLVERS = ("pf-euler", "euler-maruyama", "ml-sde", "ddim", "dpm++2m")


def tiny_config() -> ModelConfig:
    """Sizes as small as they get while differing from each other, so that a mix-up shows."""
    return ModelConfig(
        profile="tiny",
        audio=AudioConfig(n_mels=N_MELS),
        style_encoder=StyleEncoderConfig(hidden=20, style=12, heads=2, kernel=5),
        text_encoder=TextEncoderConfig(hidden=24, ffn=40, ffn_kernel=5, heads=2, layers=2, activation="relu"),
        duration_predictor=DurationPredictorConfig(hidden=22),
        prior_encoder=PriorEncoderConfig(hidden=28, prenet=10, ffn=44, ffn_kernel=3, heads=4, layers=2),
        score_unet=ScoreUnetConfig(dim=8, multipliers=[1, 2], groups=4, heads=2, head_dim=6, attention=[False, True]),
    )


def tiny_tcn_config() -> ModelConfig:
    """The same with a one-dimensional score network."""
    config = tiny_config()
    config.score_unet = None
    config.reference_encoder = ReferenceEncoderConfig(hidden=14, kernel=3, entry=10, stride=4)
    config.pitch_predictor = PitchPredictorConfig(
        hidden=20,
        ffn=26,
        ffn_kernel=3,
        heads=2,
        layers=2,
        voice_layers=3,
        voice_hidden=11,
        voice=7,
        kernel=5,
        frame_layers=2,
    )
    config.score_tcn = ScoreTcnConfig(
        hidden=24, conditioning=16, layers=5, kernel=3, dilations=[1, 2, 4], heads=3, attention_every=2
    )
    return config


def randomise(module: nn.Module, generator: torch.Generator, half: bool = False) -> nn.Module:
    """Random float64 parameters that f32 holds exactly, or f16 (`half`) those of two and more axes."""
    for name, parameter in module.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if name.endswith(".g"):
            value = 0.7 + 0.1 * noise
        elif parameter.ndim > 1:
            owner = module.get_submodule(name.rpartition(".")[0])
            if isinstance(owner, nn.ConvTranspose1d | nn.ConvTranspose2d):
                fan_in = parameter[:, 0].numel() / prod(owner.stride)
            else:
                fan_in = parameter[0].numel()
            value = noise / fan_in**0.5
        elif "norm" in name and name.endswith("weight") or name.endswith("block.1.weight"):
            value = 1.0 + 0.3 * noise
        else:
            value = 0.2 * noise
            if name.endswith("affine.bias"):
                # The first half is SALN's gain.
                value[: len(value) // 2] += 1.0
        value = value.half() if half and value.ndim > 1 else value
        parameter.data = value.double()
    return module.double().eval().requires_grad_(False)


class Golden:
    """One file in the making."""

    def __init__(self, name: str, config: ModelConfig, seed: int, half: bool = False) -> None:
        self.name = name
        self.config = config
        self.half = half
        self.generator = torch.Generator().manual_seed(seed)
        self.tensors: dict[str, Tensor] = {}

    def module(self, module: nn.Module, prefix: str = "") -> nn.Module:
        """Randomises a module and keeps its weights, named with `prefix`."""
        randomise(module, self.generator, self.half)
        for name, tensor in module.state_dict().items():
            self.tensors[prefix + name] = tensor.to(torch.float16 if self.half and tensor.ndim > 1 else torch.float32)
        return module

    def random(self, *shape: int, lengths: Tensor | None = None, time_axis: int = 1) -> Tensor:
        """Normal numbers that f32 holds exactly, zero beyond the lengths."""
        values = torch.randn(shape, generator=self.generator).double()
        if lengths is not None:
            for item, length in zip(values, lengths, strict=True):
                item.narrow(time_axis - 1, int(length), shape[time_axis] - int(length)).zero_()
        return values

    def input(self, **tensors: Tensor) -> None:
        """Keeps inputs."""
        self._keep("input", tensors)

    def output(self, **tensors: Tensor) -> None:
        """Keeps outputs."""
        self._keep("output", tensors)

    def _keep(self, kind: str, tensors: dict[str, Tensor]) -> None:
        for name, tensor in tensors.items():
            exact = tensor.to(torch.float32 if tensor.is_floating_point() else torch.int32)
            self.tensors[f"{kind}.{name}"] = exact.contiguous()

    def save(self, folder: Path) -> None:
        """Writes the file."""
        save_file(self.tensors, folder / f"{self.name}.safetensors", {"config": self.config.to_json()})


def item_by_item(
    run: Callable[..., Tensor], lengths: Tensor, *sequences: Tensor, per_item: tuple[Tensor, ...] = ()
) -> Tensor:
    """Runs each item alone, cut to its length, and pads the results (of any length) with zeros."""
    results = []
    for index, length in enumerate(lengths.tolist()):
        cut = [sequence[index : index + 1, :length] for sequence in sequences]
        results.append(run(*cut, *(tensor[index : index + 1] for tensor in per_item))[0])
    return nn.utils.rnn.pad_sequence(results, batch_first=True)


def chirp_and_noise(sample_rate: int, seconds: float) -> Tensor:
    """A rising chirp, a hum, uniform noise of a linear congruential generator, and a silent end."""
    samples = int(sample_rate * seconds)
    time = np.arange(samples) / sample_rate
    chirp = 0.4 * np.sin(2 * np.pi * (60.0 * time + 0.5 * (0.45 * sample_rate / seconds) * time**2))
    hum = 0.2 * np.sin(2 * np.pi * 120.0 * time)
    state, noise = 1, np.empty(samples)
    for index in range(samples):
        state = (1664525 * state + 1013904223) % 2**32
        noise[index] = state / 2**31 - 1.0
    wave = chirp + hum + 0.02 * noise
    wave[int(0.9 * samples) :] = 0.0
    return torch.from_numpy(wave.astype(np.float32)).double()


def mel(name: str, sample_rate: int) -> Golden:
    config = tiny_config()
    config.audio = AudioConfig(sample_rate=sample_rate)
    golden = Golden(name, config, 0)
    audio = chirp_and_noise(sample_rate, 0.5)
    golden.input(audio=audio)
    golden.output(mel=log_mel(audio, config.audio))
    return golden


def vocoder(version: str, channels: int, seed: int) -> Golden:
    sizes = dataclasses.replace(VERSIONS[version], upsample_initial_channel=channels, n_mels=N_MELS)
    config = tiny_config()
    config.vocoder = sizes.to_dict()
    golden = Golden(f"vocoder_{version}", config, seed)
    generator = golden.module(Generator(sizes))
    lengths = torch.tensor([9, 4])
    frames = golden.random(2, 9, N_MELS, lengths=lengths)
    golden.input(mel=frames.transpose(1, 2), lengths=lengths)
    golden.output(audio=item_by_item(lambda x: generator(x.transpose(1, 2))[:, 0], lengths, frames))
    return golden


def vocoder_source_filter() -> Golden:
    config = tiny_config()
    sizes = SourceFilterConfig(24, 5, (1, 3), SourceConfig(steps_per_frame=2, pitch_bins=14))
    config.vocoder = sizes.to_dict()
    golden = Golden("vocoder_source_filter", config, 13)
    network = golden.module(SourceFilter(sizes, config.audio))
    lengths = torch.tensor([11, 6])
    frames = MEL_MEAN + MEL_STD * golden.random(2, 11, N_MELS, lengths=lengths)
    golden.input(mel=frames.transpose(1, 2), lengths=lengths)
    controls = item_by_item(lambda x: network(x.transpose(1, 2)).transpose(1, 2), lengths, frames)
    golden.output(controls=controls.transpose(1, 2))
    return golden


def rendering() -> Golden:
    """Sound of controls at the sizes that ship: a pitch that glides, stops and starts again, envelopes that
    move. The noise is inaudibly low: it comes from another generator in the engine."""
    audio, sizes = AudioConfig(), SourceFilterConfig()
    config = dataclasses.replace(tiny_config(), audio=audio, vocoder=sizes.to_dict())
    golden = Golden("rendering", config, 14)
    vocoder = SourceFilter(sizes, audio).double()
    frames, source = 24, sizes.source
    mel = golden.random(1, audio.n_mels, frames) + MEL_MEAN
    controls = 0.5 * golden.random(1, vocoder.amplitude_channels + 1 + source.pitch_bins, frames)
    controls[:, vocoder.amplitude_channels // 2 : vocoder.amplitude_channels] -= 40.0
    logits = controls[0, vocoder.amplitude_channels :]
    for frame in range(frames):
        logits[0 if 10 <= frame < 14 else 1 + 30 + 2 * frame, frame] += 8.0
    contour = vocoder.pitch(controls).double()
    start = torch.zeros(1, 1, dtype=torch.float64)
    silence = torch.zeros(1, frames * audio.hop_length, dtype=torch.float64)
    samples = vocoder.renderer(vocoder.amplitudes(mel, controls), contour, start, silence)
    golden.input(mel=mel[0], controls=controls[0])
    golden.output(pitch=contour[0], audio=samples[0])
    return golden


def style_encoder() -> Golden:
    config = tiny_config()
    golden = Golden("style_encoder", config, 20)
    module = golden.module(StyleEncoder(config.style_encoder, N_MELS), "style_encoder.")
    lengths = torch.tensor([23, 14])
    frames = golden.random(2, 23, N_MELS, lengths=lengths)
    golden.input(mel=frames, lengths=lengths)
    golden.output(style=item_by_item(module, lengths, frames))
    return golden


def text_encoder() -> Golden:
    config = tiny_config()
    golden = Golden("text_encoder", config, 21)
    module = golden.module(TextEncoder(config.text_encoder, len(config.symbols)), "text_encoder.")
    lengths = torch.tensor([17, 9])
    tokens = torch.randint(1, len(config.symbols), (2, 17), generator=golden.generator)
    tokens[1, 9:] = 0
    golden.input(tokens=tokens, lengths=lengths)
    golden.output(text=item_by_item(module, lengths, tokens))
    return golden


def duration_predictor() -> Golden:
    config = tiny_config()
    config.sampling.duration_offset = 1.25
    hidden, style_size = config.text_encoder.hidden, config.style_encoder.style
    golden = Golden("duration_predictor", config, 22)
    module = golden.module(DurationPredictor(config.duration_predictor, hidden, style_size), "duration_predictor.")
    lengths = torch.tensor([15, 11])
    text, style = golden.random(2, 15, hidden, lengths=lengths), golden.random(2, style_size)

    def run(text: Tensor, style: Tensor) -> Tensor:
        return module(text, style)

    log_durations = item_by_item(run, lengths, text, per_item=(style,))
    frames = frames_of(log_durations, config.sampling.duration_offset)
    frames[1, 11:] = 0
    golden.input(text=text, style=style, lengths=lengths)
    golden.output(log_durations=log_durations, frames=frames)
    return golden


def prior_encoder() -> Golden:
    config = tiny_config()
    hidden, style_size = config.text_encoder.hidden, config.style_encoder.style
    golden = Golden("prior_encoder", config, 23)
    module = golden.module(PriorEncoder(config.prior_encoder, hidden, style_size, N_MELS), "prior_encoder.")
    lengths = torch.tensor([19, 13])
    text, style = golden.random(2, 19, hidden, lengths=lengths), golden.random(2, style_size)
    golden.input(text=text, style=style, lengths=lengths)
    golden.output(mu=item_by_item(lambda text, style: module(text, style), lengths, text, per_item=(style,)))
    return golden


def score_unet(name: str, seed: int, **sizes) -> Golden:
    config = tiny_config()
    config.score_unet = dataclasses.replace(config.score_unet, **sizes)
    style_size = config.style_encoder.style
    golden = Golden(f"score_unet_{name}", config, seed, half=True)
    module = golden.module(ScoreUnet(config.score_unet, style_size, N_MELS), "score_unet.")
    # An odd length and an even one, neither a multiple of four.
    lengths = torch.tensor([15, 10])
    noisy, mu = (golden.random(2, 15, N_MELS, lengths=lengths) for _ in range(2))
    style = golden.random(2, style_size)
    t = torch.tensor([0.625, 0.21875], dtype=torch.float64)
    schedule = Schedule.of(config.schedule)

    def network(noisy: Tensor, mu: Tensor, t: Tensor, style: Tensor) -> Tensor:
        return module(noisy, mu, t, style)

    def clean(noisy: Tensor, mu: Tensor, t: Tensor, style: Tensor) -> Tensor:
        time = t[:, None, None]
        alpha, sigma = schedule.alpha(time), schedule.sigma(time)
        p, q = clean_factors(config.score_unet.parameterization, alpha, sigma)
        return p * (noisy - mu) + q * network(noisy, mu, t, style)

    golden.input(noisy=noisy, mu=mu, t=t, style=style, lengths=lengths)
    golden.output(
        network=item_by_item(network, lengths, noisy, mu, per_item=(t, style)),
        clean=item_by_item(clean, lengths, noisy, mu, per_item=(t, style)),
    )
    return golden


def adapted() -> Golden:
    config = tiny_config()
    golden = Golden("adapted", config, 61, half=True)
    module = golden.module(ScoreUnet(config.score_unet, config.style_encoder.style, N_MELS), "score_unet.")
    changes = {}
    for name in ("downs.0.0.block1.block.0", "mid_block1.mlp.1", "ups.0.3.conv"):
        weight = module.get_submodule(name).weight
        up, down = golden.random(len(weight), 2), golden.random(2, weight[0].numel())
        changes[f"score_unet.{name}.weight"] = (0.3 * up).half(), (0.3 * down).half()
    style = golden.random(1, config.style_encoder.style)
    changed = Adapter("", Voice(style[0]), changes).apply(golden.tensors)
    prefix = "score_unet."
    module.load_state_dict(
        {name.removeprefix(prefix): tensor for name, tensor in changed.items() if name.startswith(prefix)}
    )
    for name, (up, down) in changes.items():
        golden.tensors |= {f"adapter.{name}.up": up, f"adapter.{name}.down": down}
    lengths = torch.tensor([11])
    noisy, mu = (golden.random(1, 11, N_MELS, lengths=lengths) for _ in range(2))
    t = torch.tensor([0.375], dtype=torch.float64)
    golden.input(noisy=noisy, mu=mu, t=t, style=style, lengths=lengths)
    golden.output(network=module(noisy, mu, t, style))
    return golden


def transport() -> Golden:
    config = tiny_config()
    config.transport = TransportConfig(speech_range=3.5, shrinkage=0.25)
    golden = Golden("transport", config, 62)

    def recording(frames: int, loudest: float, spread: float) -> Tensor:
        """Correlated bands with the levels of loud, just heard, just unheard and silent frames."""
        below = 0.6 * golden.random(frames, 1).abs().clamp(max=3.0)
        below[0], below[4::9], below[8::9], below[-4:] = 0.0, 3.2, 3.8, 8.0
        values = spread * golden.random(frames, N_MELS) @ (0.3 * golden.random(N_MELS, N_MELS))
        values += spread * golden.random(N_MELS)
        return (values - values.mean(dim=1, keepdim=True) + loudest - below).float().double()

    mean_frames, reference_frames = recording(47, -4.0, 0.7), recording(60, -3.0, 1.2)
    said, heard = (Moments.of([mel], config.transport.speech_range) for mel in (mean_frames, reference_frames))
    found = Transport.between(said, heard, config.transport.shrinkage)
    golden.input(mean_frames=mean_frames, reference_frames=reference_frames)
    golden.output(map=found.map, offset=found.offset)
    return golden


def solver_tables() -> Golden:
    config = tiny_config()
    config.sampling.t_start = 0.96875
    golden = Golden("solver_steps", config, 0)
    for solver in SOLVERS:
        for count in (1, 2, 7):
            steps = solver_steps(solver, Schedule.of(config.schedule), count, config.sampling.t_start)
            rows = [[step.time, step.a, step.b, step.c, step.noise] for step in steps]
            golden.tensors[f"output.{solver}.{count}"] = torch.tensor(rows, dtype=torch.float64)
    return golden


def sample(
    config: ModelConfig, network: ScoreUnet, mu: Tensor, style: Tensor, noise: Tensor, *step_noise: Tensor
) -> Tensor:
    """One item's mel by the solver of the config."""
    sampling = config.sampling
    sampler = Sampler.of(config, sampling)
    return sampler(
        lambda noisy, t: network.guided(noisy, mu, t, style, sampling.guidance),
        mu,
        noise,
        lambda step: step_noise[step],
    )


def sampler() -> Golden:
    config = tiny_config()
    config.sampling.steps, config.sampling.temperature, config.sampling.t_start = 5, 0.75, 0.96875
    # Low enough to matter at some of the values.
    config.sampling.clip = 1.5
    config.sampling.detail = 0.875
    golden = Golden("sampler", config, 40, half=True)
    style_size = config.style_encoder.style
    module = golden.module(ScoreUnet(config.score_unet, style_size, N_MELS), "score_unet.")
    lengths = torch.tensor([14, 9])
    mu, noise, *step_noise = (golden.random(2, 14, N_MELS, lengths=lengths) for _ in range(2 + config.sampling.steps))
    style = golden.random(2, style_size)
    golden.input(mu=mu, style=style, lengths=lengths, noise=noise, step_noise=torch.stack(step_noise))
    for solver in SOLVERS:
        config.sampling.solver = solver

        def run(mu: Tensor, noise: Tensor, *rest: Tensor) -> Tensor:
            return sample(config, module, mu, rest[-1], noise, *rest[:-1])

        golden.output(**{solver: item_by_item(run, lengths, mu, noise, *step_noise, per_item=(style,))})
    return golden


def guidance() -> Golden:
    config = tiny_config()
    config.score_unet.null_style = True
    config.sampling.steps, config.sampling.temperature, config.sampling.guidance = 3, 0.75, 1.75
    golden = Golden("guidance", config, 60, half=True)
    style_size = config.style_encoder.style
    module = golden.module(ScoreUnet(config.score_unet, style_size, N_MELS), "score_unet.")
    lengths = torch.tensor([13, 7])
    mu, noise = (golden.random(2, 13, N_MELS, lengths=lengths) for _ in range(2))
    style = golden.random(2, style_size)

    def run(mu: Tensor, noise: Tensor, style: Tensor) -> Tensor:
        return sample(config, module, mu, style, noise)

    golden.input(mu=mu, style=style, lengths=lengths, noise=noise)
    golden.output(mel=item_by_item(run, lengths, mu, noise, per_item=(style,)))
    return golden


def pipeline() -> Golden:
    config = tiny_config()
    config.sampling.duration_offset = 0.75
    golden = Golden("pipeline", config, 50, half=True)
    model = golden.module(AcousticModel(config))
    lengths, reference_lengths = torch.tensor([8, 5]), torch.tensor([12, 17])
    tokens = torch.randint(1, len(config.symbols), (2, 8), generator=golden.generator)
    tokens[1, 5:] = 0
    reference = golden.random(2, 17, N_MELS, lengths=reference_lengths)
    style = item_by_item(model.style_encoder, reference_lengths, reference)
    text = item_by_item(model.text_encoder, lengths, tokens)
    log_durations = item_by_item(
        lambda text, style: model.duration_predictor(text, style), lengths, text, per_item=(style,)
    )
    frames = frames_of(log_durations, config.sampling.duration_offset)
    frames[1, 5:] = 0
    totals = frames.sum(dim=1)
    repeated = nn.utils.rnn.pad_sequence(
        [states.repeat_interleave(count, dim=0) for states, count in zip(text, frames, strict=True)], batch_first=True
    )
    mu = item_by_item(lambda text, style: model.prior_encoder(text, style), totals, repeated, per_item=(style,))
    noise = golden.random(2, mu.shape[1], N_MELS, lengths=totals)
    mel = item_by_item(
        lambda mu, noise, style: sample(config, model.score_unet, mu, style, noise),
        totals,
        mu,
        noise,
        per_item=(style,),
    )
    golden.input(reference=reference, reference_lengths=reference_lengths, tokens=tokens, lengths=lengths, noise=noise)
    golden.output(style=style, text=text, log_durations=log_durations, frames=frames, mu=mu, mel=mel)
    return golden


def reference_encoder() -> Golden:
    config = tiny_tcn_config()
    golden = Golden("reference_encoder", config, 70)
    module = golden.module(ReferenceEncoder(config.reference_encoder, N_MELS), "reference_encoder.")
    lengths = torch.tensor([22, 13])
    frames = golden.random(2, 22, N_MELS, lengths=lengths)
    golden.input(mel=frames, lengths=lengths)
    golden.output(entries=item_by_item(module, lengths, frames))
    return golden


def melody() -> Golden:
    config = tiny_tcn_config()
    # The mel of the model that ships, whose bands are narrower than a harmonic's distance.
    config.audio = AudioConfig()
    config.sampling.intonation = 1.25
    golden = Golden("melody", config, 71)
    log_odds, octaves = golden.random(41), 0.6 * golden.random(41).float().double()
    octaves[:2] = torch.tensor([-4.0, 4.0])
    level, semitones = -0.375, 2.5
    hertz = contour(log_odds, octaves, level, config.sampling.intonation, semitones)
    golden.input(log_odds=log_odds, octaves=octaves)
    golden.input(level=torch.tensor([level]), semitones=torch.tensor([semitones]))
    golden.output(hertz=hertz, inputs=pitch_inputs(hertz, config.audio).T)
    return golden


def pitch_predictor() -> Golden:
    config = tiny_tcn_config()
    hidden, style_size = config.text_encoder.hidden, config.style_encoder.style
    golden = Golden("pitch_predictor", config, 72)
    module = golden.module(PitchPredictor(config.pitch_predictor, hidden, style_size, N_MELS), "pitch_predictor.")
    reference_lengths, lengths, frame_lengths = torch.tensor([19, 11]), torch.tensor([4, 7]), torch.tensor([21, 14])
    reference = golden.random(2, 19, N_MELS, lengths=reference_lengths)
    text, style = golden.random(2, 7, hidden, lengths=lengths), golden.random(2, style_size)
    mu = golden.random(2, 21, N_MELS, lengths=frame_lengths)
    tokens = torch.zeros(2, 21, dtype=torch.long)
    tokens[0] = torch.arange(21) // 6
    tokens[1, :14] = torch.arange(14) // 2
    level = torch.tensor([-0.5, 0.75], dtype=torch.float64)
    voice = item_by_item(module.voice, reference_lengths, reference, per_item=(level,))
    outputs = []
    for item in range(2):
        one, frames = slice(item, item + 1), frame_lengths[item]
        states = text[one, : lengths[item]]
        outputs.append(module(states, voice[one], style[one], tokens[one, :frames], mu[one, :frames])[0])
    golden.input(reference=reference, reference_lengths=reference_lengths, level=level, text=text, lengths=lengths)
    golden.input(token_of_frame=tokens, frame_lengths=frame_lengths, mu=mu, style=style)
    golden.output(voice=voice, pitch=nn.utils.rnn.pad_sequence(outputs, batch_first=True))
    return golden


def score_tcn() -> Golden:
    config = tiny_tcn_config()
    style_size, entry = config.style_encoder.style, config.reference_encoder.entry
    golden = Golden("score_tcn", config, 73, half=True)
    module = golden.module(ScoreTcn(config.score_tcn, style_size, N_MELS, entry), "score_tcn.")
    lengths, entry_lengths = torch.tensor([15, 10]), torch.tensor([5, 9])
    noisy, mu = (golden.random(2, 15, N_MELS, lengths=lengths) for _ in range(2))
    pitch = golden.random(2, 15, N_MELS + 2, lengths=lengths)
    entries, style = golden.random(2, 9, entry, lengths=entry_lengths), golden.random(2, style_size)
    t = torch.tensor([0.625, 0.21875], dtype=torch.float64)
    outputs = []
    for item in range(2):
        one, frames, kept = slice(item, item + 1), lengths[item], entry_lengths[item]
        seen = noisy[one, :frames], mu[one, :frames], t[one], style[one], entries[one, :kept], pitch[one, :frames]
        outputs.append(module(*seen)[0])
    golden.input(noisy=noisy, mu=mu, t=t, style=style, lengths=lengths)
    golden.input(entries=entries, entry_lengths=entry_lengths, pitch=pitch)
    golden.output(network=nn.utils.rnn.pad_sequence(outputs, batch_first=True))
    return golden


def pipeline_tcn() -> Golden:
    config = tiny_tcn_config()
    config.sampling.duration_offset, config.sampling.intonation = 0.75, 1.25
    config.sampling.steps, config.sampling.temperature, config.sampling.t_end = 3, 0.0, 0.125
    golden = Golden("pipeline_tcn", config, 74, half=True)
    model = golden.module(AcousticModel(config))
    sampling, tokens, frames = config.sampling, 8, 17
    reference = golden.random(1, frames, N_MELS)
    symbols = torch.randint(1, len(config.symbols), (1, tokens), generator=golden.generator)
    style, entries = model.style_encoder(reference), model.reference_encoder(reference)
    level = torch.tensor([0.25], dtype=torch.float64)
    voice, text = model.pitch_predictor.voice(reference, level), model.text_encoder(symbols)
    log_durations = model.duration_predictor(text, style)
    durations = frames_of(log_durations, sampling.duration_offset)
    mu = model.prior_encoder(text.repeat_interleave(durations[0], dim=1), style)
    token_of_frame = torch.arange(tokens).repeat_interleave(durations[0])[None]
    pitch = model.pitch_predictor(text, voice, style, token_of_frame, mu)
    hertz = contour(pitch[0, :, 0], pitch[0, :, 1], level.item(), sampling.intonation)
    inputs = pitch_inputs(hertz, config.audio)[None]
    mel = Sampler.of(config, sampling)(
        lambda noisy, t: model.score_tcn(noisy, mu, t, style, entries, inputs), mu, torch.zeros_like(mu)
    )
    golden.input(reference=reference, level=level, tokens=symbols)
    golden.output(style=style, entries=entries, voice=voice, text=text, log_durations=log_durations, frames=durations)
    golden.output(mu=mu, pitch=pitch, hertz=hertz[None], mel=mel)
    return golden


def goldens() -> list[Golden]:
    """Every file, in the order of the table."""
    return [
        mel("mel_small", 16000),
        mel("mel_base", 22050),
        vocoder("v1", 40, 10),
        vocoder("v2", 32, 11),
        vocoder("v3", 32, 12),
        vocoder_source_filter(),
        rendering(),
        style_encoder(),
        text_encoder(),
        duration_predictor(),
        prior_encoder(),
        score_unet("time_embedding", 30),
        score_unet(
            "channel", 31, style="channel", parameterization="score", multipliers=[1, 2, 4], attention=[True] * 3
        ),
        score_unet("noise", 32, parameterization="noise", time_scale=1.0, attention=[False, False]),
        adapted(),
        transport(),
        solver_tables(),
        sampler(),
        guidance(),
        pipeline(),
        reference_encoder(),
        melody(),
        pitch_predictor(),
        score_tcn(),
        pipeline_tcn(),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    with torch.inference_mode():
        for golden in goldens():
            golden.save(folder)
            print(f"{golden.name}: {len(golden.tensors)} tensors")


if __name__ == "__main__":
    main()
