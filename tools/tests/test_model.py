"""Padding must not change results, and sizes are those of the published networks."""

import pytest
import torch

from gss.config import ModelConfig, ScoreUnetConfig, StyleEncoderConfig
from gss.model import AcousticModel, ScoreUnet, StyleEncoder


def parameters(module: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def test_the_style_encoder_has_stylespeechs_size():
    assert parameters(StyleEncoder(StyleEncoderConfig(), 80)) == 437_632


def test_the_score_network_has_unitspeechs_size():
    config = ScoreUnetConfig(dim=64, attention=[True] * 3)
    assert parameters(ScoreUnet(config, 128, 80)) == 7_864_263


@torch.no_grad()
def test_guidance_starts_from_no_style_and_ends_at_the_style():
    torch.manual_seed(0)
    network = ScoreUnet(ScoreUnetConfig(null_style=True), 128, 80)
    network.null_style.normal_()
    noisy, mu, style, t = torch.randn(1, 8, 80), torch.randn(1, 8, 80), torch.randn(1, 128), torch.tensor([0.5])
    with_style, without = network(noisy, mu, t, style), network(noisy, mu, t, network.null_style[None])
    torch.testing.assert_close(network.guided(noisy, mu, t, style, 1.0), with_style)
    torch.testing.assert_close(network.guided(noisy, mu, t, style, 0.0), without)
    torch.testing.assert_close(network.guided(noisy, mu, t, style, 3.0), 3.0 * with_style - 2.0 * without)
    with pytest.raises(ValueError, match="no null style"):
        ScoreUnet(ScoreUnetConfig(), 128, 80).guided(noisy, mu, t, style, 2.0)


@pytest.fixture(scope="module")
def model() -> AcousticModel:
    torch.manual_seed(0)
    model = AcousticModel(ModelConfig()).eval().double()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith(".g"):
                parameter.fill_(0.5)
    return model


@torch.no_grad()
def test_padding_changes_nothing(model):
    lengths = torch.tensor([37, 22])
    mask = torch.arange(37)[None] < lengths[:, None]
    mel = torch.randn(2, 37, 80, dtype=torch.float64) * mask[:, :, None]
    tokens = torch.randint(1, 70, (2, 37)) * mask
    style, t = model.style_encoder(mel, mask), torch.tensor([0.3, 0.9], dtype=torch.float64)
    text = model.text_encoder(tokens, mask)
    together = [
        style[:, None],
        text,
        model.duration_predictor(text, style, mask)[:, :, None],
        model.prior_encoder(text, style, mask),
        model.score_unet(mel, 0.5 * mel, t, style, mask),
    ]
    for row, length in enumerate(lengths.tolist()):
        one = slice(row, row + 1)
        style_alone = model.style_encoder(mel[one, :length])
        text_alone = model.text_encoder(tokens[one, :length])
        alone = [
            style_alone[:, None],
            text_alone,
            model.duration_predictor(text_alone, style_alone)[:, :, None],
            model.prior_encoder(text_alone, style_alone),
            model.score_unet(mel[one, :length], 0.5 * mel[one, :length], t[one], style_alone),
        ]
        for padded, single in zip(together, alone):
            torch.testing.assert_close(padded[one, : single.shape[1]], single)
            assert (padded[one, single.shape[1] :] == 0).all()
