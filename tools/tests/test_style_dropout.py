"""Training without style: what is dropped, and that older checkpoints go on."""

import pytest
import torch

from gss import checkpoint
from gss.config import ModelConfig, ScoreUnetConfig
from gss.data.crops import Crop
from gss.training.score import ScoreOptions, Trainer, diffusion_losses


def config(null_style: bool) -> ModelConfig:
    sizes = ScoreUnetConfig(dim=8, multipliers=[1, 2], groups=4, heads=2, head_dim=6, attention=[False, True])
    sizes.null_style = null_style
    return ModelConfig(score_unet=sizes)


@pytest.fixture
def crops() -> list[Crop]:
    chance = torch.Generator().manual_seed(0)

    def random(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=chance)

    return [Crop(random(16, 80), random(16, 80), random(128)) for _ in range(4)]


def loss(trainer: Trainer, crops: list[Crop], style_dropout: float) -> float:
    noise = torch.Generator().manual_seed(1)
    return diffusion_losses(trainer.network, trainer.schedule, crops, noise, style_dropout)["diffusion"].item()


def test_dropped_styles_leave_only_the_prior(crops):
    trainer = Trainer(config(null_style=True), ScoreOptions(style_dropout=1.0))
    others = [Crop(crop.mel, crop.mu, crop.style + 1.0) for crop in crops]
    assert loss(trainer, crops, 1.0) == loss(trainer, others, 1.0)
    assert loss(trainer, crops, 0.0) != loss(trainer, others, 0.0)


def test_the_null_style_is_learnt(crops):
    trainer = Trainer(config(null_style=True), ScoreOptions(style_dropout=0.5))
    for _ in range(3):
        trainer.update(crops, 1e-3)
    assert trainer.network.null_style.abs().max() > 0
    assert trainer.ema.null_style.abs().max() > 0


def test_a_checkpoint_without_a_null_style_goes_on_with_one(crops):
    old = Trainer(config(null_style=False), ScoreOptions())
    old.update(crops, 1e-3)
    trainer = Trainer(config(null_style=True), ScoreOptions(style_dropout=0.5))
    trainer.resume(old.state())
    assert trainer.step == 1
    torch.testing.assert_close(trainer.network.final_conv.weight, old.network.final_conv.weight)
    trainer.update(crops, 1e-3)
    again = Trainer(config(null_style=True), ScoreOptions(style_dropout=0.5))
    again.resume(trainer.state())
    torch.testing.assert_close(again.network.null_style, trainer.network.null_style)
    moments = again.optimizer.state[again.network.null_style]["exp_avg"]
    torch.testing.assert_close(moments, trainer.optimizer.state[trainer.network.null_style]["exp_avg"])


@pytest.mark.parametrize(("before", "after"), [(False, False), (False, True), (True, False), (True, True)])
def test_a_run_starts_from_the_average_of_another(crops, tmp_path, before, after):
    old = Trainer(config(before), ScoreOptions(style_dropout=0.5 * before))
    for _ in range(2):
        old.update(crops, 1e-3)
    path = tmp_path / "score.pt"
    checkpoint.save(old.state(), path)
    trainer = Trainer(config(after), ScoreOptions(start=str(path), style_dropout=0.5 * after))
    assert trainer.step == 0
    found, expected = trainer.ema.state_dict(), old.ema.state_dict()
    for name in found.keys() & expected.keys():
        assert torch.equal(found[name], expected[name])


def test_a_start_of_other_sizes_is_refused(tmp_path):
    path = tmp_path / "score.pt"
    checkpoint.save(Trainer(config(False), ScoreOptions()).state(), path)
    wider = config(False)
    wider.score_unet.dim = 16
    with pytest.raises(SystemExit, match="other sizes"):
        Trainer(wider, ScoreOptions(start=str(path)))
