"""What the score network learns from: crops of speech with their prior and the voice that it was made in."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import torch

from ..model import Encoders
from ..training.style_losses import with_noise
from ..transport import Transport, Voice
from .dataset import AlignedCorpus, Batch, Segment, batches_by_length

# In frames of 16 ms: 2 s for the network, 4 s for the style.
CROP_FRAMES = 128
REFERENCE_FRAMES = 256
# Crops of many speakers and sentences stand side by side in an update: a pool is shuffled as a whole.
POOL_SEGMENTS = 120


@dataclass
class Crop:
    """[frames, n_mels] of mel and plain prior, the style that the prior was made with, and the transport of
    its voice, where voices are measured as in synthesis."""

    mel: torch.Tensor
    mu: torch.Tensor
    style: torch.Tensor
    transport: Transport | None = None


# The voices that some segments are to be spoken in.
VoicesOf = Callable[[list[Segment]], list[Voice]]


def reference_voices(
    encoders: Encoders, corpus: AlignedCorpus, generator: random.Random, reference_noise: float = 0.0
) -> VoicesOf:
    """Voices without transport, each the style of a crop of another utterance, in the share `reference_noise`
    of the cases with added noise."""
    device, floor = next(encoders.parameters()).device, encoders.config.audio.log_floor

    def voices_of(segments: list[Segment]) -> list[Voice]:
        references = []
        for segment in segments:
            mel = corpus.reference(segment.speaker, segment.utterance, REFERENCE_FRAMES, generator)
            if reference_noise > 0.0 and generator.random() < reference_noise:
                mel = with_noise(mel, generator, floor)
            references.append(torch.from_numpy(mel.copy()))
        return [Voice(style) for style in encoders.style_encoder(torch.stack(references).to(device))]

    return voices_of


@torch.no_grad()
def make_pool(encoders: Encoders, segments: list[Segment], generator: random.Random, voices_of: VoicesOf) -> list[Crop]:
    """All crops of some segments, in random order; those shorter than a crop give none."""
    device, crops = next(encoders.parameters()).device, []
    for group in batches_by_length(segments, 4000, generator):
        batch, voices = Batch.of(group).to(device), voices_of(group)
        style = torch.stack([voice.style for voice in voices])
        text = encoders.text_encoder(batch.tokens, batch.token_mask)
        mu = encoders.prior_encoder(batch.per_frame(text), style, batch.frame_mask)
        for row, segment in enumerate(group):
            spare = len(segment.mel) % CROP_FRAMES
            start = generator.randrange(spare + 1)
            while start + CROP_FRAMES <= len(segment.mel):
                part = slice(start, start + CROP_FRAMES)
                mel, prior = batch.mel[row, part].clone(), mu[row, part].clone()
                crops.append(Crop(mel, prior, style[row].clone(), voices[row].transport))
                start += CROP_FRAMES
    generator.shuffle(crops)
    return crops


def shuffled_pools(segments: list[Segment], generator: random.Random) -> list[list[Segment]]:
    """All segments in random order, cut into pools; what is left over waits for another pass."""
    order = generator.sample(segments, len(segments))
    size = min(POOL_SEGMENTS, len(order))
    return [order[start : start + size] for start in range(0, len(order) - size + 1, size)]
