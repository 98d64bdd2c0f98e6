"""The acoustic model: encoders, duration predictor and score network under the names of its weights."""

from __future__ import annotations

from torch import nn

from ..config import ModelConfig
from .duration_predictor import DurationPredictor, frames_of
from .pitch_predictor import PitchPredictor
from .prior_encoder import PriorEncoder
from .score_tcn import ReferenceEncoder, ScoreTcn
from .score_unet import ScoreUnet
from .style_encoder import StyleEncoder
from .text_encoder import TextEncoder

__all__ = [
    "AcousticModel",
    "DurationPredictor",
    "Encoders",
    "PitchPredictor",
    "PriorEncoder",
    "ReferenceEncoder",
    "ScoreTcn",
    "ScoreUnet",
    "StyleEncoder",
    "TextEncoder",
    "frames_of",
]


class Encoders(nn.Module):
    """Everything before the diffusion: what is trained with the prior and duration losses."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        n_mels, style = config.audio.n_mels, config.style_encoder.style
        text_hidden = config.text_encoder.hidden
        self.style_encoder = StyleEncoder(config.style_encoder, n_mels)
        self.text_encoder = TextEncoder(config.text_encoder, len(config.symbols))
        self.duration_predictor = DurationPredictor(config.duration_predictor, text_hidden, style)
        self.prior_encoder = PriorEncoder(config.prior_encoder, text_hidden, style, n_mels)


class AcousticModel(Encoders):
    """The whole acoustic model: its state dict holds the tensors of `model.safetensors`.

    Its score network is the U-Net, or the temporal convolutional network with the encoder of the reference and the
    pitch predictor that it needs.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        n_mels, style = config.audio.n_mels, config.style_encoder.style
        if config.score_tcn is None:
            self.score_unet = ScoreUnet(config.score_unet, style, n_mels)
        else:
            self.pitch_predictor = PitchPredictor(config.pitch_predictor, config.text_encoder.hidden, style, n_mels)
            self.reference_encoder = ReferenceEncoder(config.reference_encoder, n_mels)
            self.score_tcn = ScoreTcn(config.score_tcn, style, n_mels, config.reference_encoder.entry)
