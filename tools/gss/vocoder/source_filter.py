"""A source-filter vocoder: a network that shapes pulses and noise.

The network looks at mel frames and tells the pitch, and for the pulses of that pitch and for noise how
loud each band is. What turns this into sound is signal processing, differentiable here and written anew in
the engine: minimum-phase filters that change with time, after the neural homomorphic vocoder (Liu, Chen and
Yu, Interspeech 2020) and DDSP (Engel et al., ICLR 2020). So voices keep their harmonics whatever the network
does. At the end one step of Griffin-Lim gives the sound the magnitudes that the mel asks for.

Zero-phase filters for the noise were tried: half of their response lies before its cause, and a sixteenth of
the noise's energy (-12 dB) came back 64 ms late, around the end of the transform.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

import librosa
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..audio.griffin_lim import with_magnitudes
from ..audio.mel import mel_basis
from ..config import AudioConfig
from ..model.style_encoder import MEL_MEAN, MEL_STD
from .generator import SLOPE
from .pitch import PitchScale, at_middles, unbroken

# Taps of the first and of the last convolution.
FIRST_KERNEL, LAST_KERNEL = 7, 3
# Sine of half the phase below which a pulse takes its limit: at 140 harmonics 1e-5 off, and no quotient of
# two roundings.
NEAR_PULSE = 1e-4
# Pulses have no harmonic above this share of the sample rate.
HIGHEST = 0.49


@dataclass(frozen=True)
class SourceConfig:
    """What the network controls: `steps_per_frame` spectra of pulses and of noise a mel frame, and a pitch
    of `pitch_bins` from `lowest_pitch` (Hz) on, `pitch_cents` apart."""

    steps_per_frame: int = 4
    pitch_bins: int = 180
    lowest_pitch: float = 55.0
    pitch_cents: float = 24.0


@dataclass(frozen=True)
class SourceFilterConfig:
    """The section `vocoder` of config.json, for this kind."""

    channels: int = 256
    kernel: int = 3
    dilations: tuple[int, ...] = (1, 2, 4, 8, 1, 2, 4, 8)
    source: SourceConfig = field(default_factory=SourceConfig)

    @classmethod
    def from_dict(cls, section: dict) -> SourceFilterConfig:
        """Reads the section."""
        return cls(
            section["channels"], section["kernel"], tuple(section["dilations"]), SourceConfig(**section["source"])
        )

    def to_dict(self) -> dict:
        """Writes the section."""
        return {"kind": "source-filter", **asdict(self)}


class Block(nn.Module):
    """A dilated and a pointwise convolution beside a shortcut."""

    def __init__(self, channels: int, kernel: int, dilation: int) -> None:
        super().__init__()
        padding = dilation * (kernel // 2)
        self.conv1 = nn.Conv1d(channels, channels, kernel, padding=padding, dilation=dilation)
        self.conv2 = nn.Conv1d(channels, channels, 1)
        with torch.no_grad():
            self.conv2.weight.mul_(0.3)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv2(F.leaky_relu(self.conv1(F.leaky_relu(x, SLOPE)), SLOPE))


class SourceFilter(nn.Module):
    """The network, and the sound of what it says."""

    def __init__(self, config: SourceFilterConfig, audio: AudioConfig) -> None:
        super().__init__()
        self.config, self.audio = config, audio
        source = config.source
        self.scale = PitchScale(source.pitch_bins, source.lowest_pitch, source.pitch_cents)
        self.amplitude_channels = 2 * source.steps_per_frame * audio.n_mels
        self.conv_pre = nn.Conv1d(audio.n_mels, config.channels, FIRST_KERNEL, padding=FIRST_KERNEL // 2)
        self.blocks = nn.ModuleList(Block(config.channels, config.kernel, d) for d in config.dilations)
        controls = self.amplitude_channels + 1 + source.pitch_bins
        self.conv_post = nn.Conv1d(config.channels, controls, LAST_KERNEL, padding=LAST_KERNEL // 2)
        with torch.no_grad():
            # The first sound is that of the mel itself, half pulses and half noise.
            self.conv_post.weight[: self.amplitude_channels].mul_(0.1)
            self.conv_post.bias.zero_()
        self.renderer = Renderer(audio, source.steps_per_frame)

    @property
    def hop_length(self) -> int:
        """Samples that one mel frame becomes."""
        return self.audio.hop_length

    def forward(self, mel: Tensor) -> Tensor:
        """Log-mel [batch, n_mels, frames] to controls [batch, channels, frames]: corrections of the log
        amplitude by source (pulses, noise), step and band; then a logit for unvoiced and one for each pitch."""
        x = self.conv_pre((mel - MEL_MEAN) / MEL_STD)
        for block in self.blocks:
            x = block(x)
        return self.conv_post(F.leaky_relu(x, SLOPE))

    def amplitudes(self, mel: Tensor, controls: Tensor) -> Tensor:
        """Log amplitudes [batch, 2, frames * steps, n_mels] of both sources: the mel's own, corrected."""
        steps = self.config.source.steps_per_frame
        corrections = controls[:, : self.amplitude_channels].unflatten(1, (2, steps, self.audio.n_mels))
        bands = corrections + (mel - self.renderer.unit_mel[:, None])[:, None, None]
        return bands.permute(0, 1, 4, 2, 3).flatten(2, 3)

    def logits(self, controls: Tensor) -> Tensor:
        """[batch, 1 + pitch_bins, frames]: unvoiced, then every pitch."""
        return controls[:, self.amplitude_channels :]

    def pitch(self, controls: Tensor) -> Tensor:
        """The contour that is heard, in Hz, in the middle of each step: [batch, frames * steps]."""
        steps = self.config.source.steps_per_frame
        rows = []
        for logits in self.logits(controls.detach()).cpu():
            frames = self.scale.contour(logits)
            place = (np.arange(len(frames) * steps) + 0.5) / steps - 0.5
            rows.append(torch.from_numpy(np.interp(place, np.arange(len(frames)), frames)))
        return torch.stack(rows).float()

    def taught(self, mel: Tensor, pitch: Tensor) -> tuple[Tensor, Tensor]:
        """Samples [batch, frames * hop_length] at the recording's own pitch (Hz at every `STEP` samples, from
        the first to the end, 0 where unvoiced), and how badly the network tells it: its cross-entropy."""
        controls = self(mel)
        frames = mel.shape[2]
        right = self.scale.classes(at_middles(pitch, frames, nearest=True))
        loss = F.cross_entropy(self.logits(controls), right.to(mel.device))
        contour = at_middles(unbroken(pitch), frames * self.config.source.steps_per_frame)
        noise = torch.randn(len(mel), frames * self.hop_length, device=mel.device)
        start = 2 * torch.pi * torch.rand(len(mel), 1)
        return self.renderer(self.amplitudes(mel, controls), contour, start, noise), loss

    @torch.no_grad()
    def speak(self, mel: Tensor, seed: int = 0) -> Tensor:
        """Log-mel [batch, n_mels, frames] to samples [batch, frames * hop_length]: what is rendered, with the
        mel's own magnitudes."""
        controls = self(mel)
        generator = torch.Generator().manual_seed(seed)
        noise = torch.randn(len(mel), mel.shape[2] * self.hop_length, generator=generator)
        start = torch.zeros(len(mel), 1)
        rendered = self.renderer(self.amplitudes(mel, controls), self.pitch(controls), start, noise)
        return torch.stack([with_magnitudes(wave, own, self.audio) for wave, own in zip(rendered, mel)])


class Renderer(nn.Module):
    """Pulses and noise through filters that change `steps` times a mel frame; no parameters."""

    def __init__(self, audio: AudioConfig, steps: int) -> None:
        super().__init__()
        self.n_fft, self.sample_rate, self.step = audio.n_fft, audio.sample_rate, audio.hop_length // steps
        # Periodic Hann windows, half a length apart, add up to one.
        self.register_buffer("window", torch.hann_window(2 * self.step), persistent=False)
        self.register_buffer("bands_to_bins", torch.from_numpy(bands_to_bins(audio)), persistent=False)
        basis = mel_basis(audio.sample_rate, audio.n_fft, audio.n_mels, audio.fmin, audio.fmax)
        # The log-mel of a spectrum of magnitude one.
        self.register_buffer("unit_mel", basis.sum(1).log(), persistent=False)
        # Noise of power one has magnitudes of this root mean square through the mel's Hann window.
        self.norm = (audio.win_length * 3 / 8) ** 0.5
        fold = torch.zeros(self.n_fft)
        fold[0] = fold[self.n_fft // 2] = 1.0
        fold[1 : self.n_fft // 2] = 2.0
        self.register_buffer("fold", fold, persistent=False)

    def forward(self, amplitudes: Tensor, pitch: Tensor, phase: Tensor, noise: Tensor) -> Tensor:
        """Samples [batch, n * step] of log amplitudes [batch, 2, n, n_mels] of pulses and noise, the pitch in
        Hz [batch, n] in the middle of each step, the phase of the pulses at the start in radians [batch, 1]
        (both on the processor: not every device has double precision), and white noise of power one
        [batch, n * step]."""
        sources = torch.stack([self.pulses(pitch, phase).to(noise), noise], 1)
        filters = self.minimum_phase(amplitudes @ self.bands_to_bins.T)
        filtered = (self._spectra(sources) * filters).sum(1)
        columns = torch.fft.irfft(filtered, self.n_fft).transpose(1, 2)
        length, margin = noise.shape[1], self.step // 2
        whole = (1, (columns.shape[2] - 1) * self.step + self.n_fft)
        added = F.fold(columns, whole, (1, self.n_fft), stride=(1, self.step))[:, 0, 0]
        return added[:, margin : margin + length] / self.norm

    def _spectra(self, sources: Tensor) -> Tensor:
        """Spectra [batch, 2, n, bins] of sources [batch, 2, n * step] around the middle of each step."""
        margin = self.step // 2
        cuts = F.pad(sources, (margin, margin)).unfold(2, 2 * self.step, self.step)
        return torch.fft.rfft(cuts * self.window, self.n_fft)

    def pulses(self, pitch: Tensor, phase: Tensor) -> Tensor:
        """All harmonics up to `HIGHEST` in cosine phase, as a closed sum (Dirichlet's kernel), of power one."""
        hertz = F.interpolate(pitch[:, None], scale_factor=self.step, mode="linear", align_corners=False)[:, 0]
        # Single precision would lose the phase within a minute.
        turns = torch.cumsum(hertz.double() / self.sample_rate, 1)
        half = (0.5 * phase + torch.pi * (turns % 1.0)).to(hertz)
        harmonics = torch.floor(HIGHEST * self.sample_rate / hertz)
        below = torch.sin(half)
        near = below.abs() < NEAR_PULSE
        kernel = torch.sin((2 * harmonics + 1) * half) / torch.where(near, 1.0, below)
        kernel = torch.where(near, 2 * harmonics + 1, kernel)
        return 0.5 * (kernel - 1) * torch.sqrt(4.0 * hertz / self.sample_rate)

    def minimum_phase(self, log_magnitude: Tensor) -> Tensor:
        """The causal filter of least delay with these magnitudes [..., bins], by its cepstrum
        (Oppenheim and Schafer)."""
        cepstrum = torch.fft.irfft(torch.complex(log_magnitude, torch.zeros_like(log_magnitude)), self.n_fft)
        return torch.exp(torch.fft.rfft(cepstrum * self.fold))


def bands_to_bins(audio: AudioConfig) -> np.ndarray:
    """[n_fft/2+1, n_mels]: values at the middle of every band to values at every frequency, along straight
    lines, constant beyond the first and the last band."""
    middles = librosa.mel_frequencies(audio.n_mels + 2, fmin=audio.fmin, fmax=audio.fmax)[1:-1]
    bins = audio.n_fft // 2 + 1
    place = np.interp(np.linspace(0.0, audio.sample_rate / 2, bins), middles, np.arange(audio.n_mels))
    lower = np.minimum(place.astype(int), max(audio.n_mels - 2, 0))
    matrix = np.zeros((bins, audio.n_mels), np.float32)
    matrix[np.arange(bins), lower] = 1.0 - (place - lower)
    matrix[np.arange(bins), np.minimum(lower + 1, audio.n_mels - 1)] += place - lower
    return matrix
