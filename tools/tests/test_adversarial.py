"""The adversarial training: what is learnt through, what voices are measured by, and that it goes on exactly."""

import random

import numpy as np
import pytest
import torch

from gss import checkpoint
from gss.config import ModelConfig, SamplingConfig, ScoreUnetConfig
from gss.data.crops import Crop
from gss.data.dataset import AlignedCorpus, Segment
from gss.model import Encoders
from gss.training.adversarial import REFERENCE_FRAMES, AdversarialOptions, AdversarialTrainer, Critic, Voices
from gss.transport import Moments, Transport


def config() -> ModelConfig:
    sizes = ScoreUnetConfig(dim=8, multipliers=[1, 2], groups=4, heads=2, head_dim=6, attention=[False, True])
    return ModelConfig(score_unet=sizes, sampling=SamplingConfig(steps=3, temperature=0.5, detail=0.5))


def trainer(**changes) -> AdversarialTrainer:
    return AdversarialTrainer(config(), AdversarialOptions(style_dropout=0.0, crops=4, **changes), None)


@pytest.fixture
def crops() -> list[Crop]:
    chance = torch.Generator().manual_seed(0)

    def random_mel() -> torch.Tensor:
        return torch.randn(32, 80, generator=chance) - 6.0

    voice = Transport.between(Moments.of([random_mel()], 4.0), Moments.of([random_mel()], 4.0), 0.3)
    return [Crop(random_mel(), random_mel(), torch.randn(128, generator=chance), voice) for _ in range(4)]


def test_what_is_spoken_is_what_synthesis_samples(crops):
    trained = trainer()
    mu, style = torch.stack([crop.mu for crop in crops]), torch.stack([crop.style for crop in crops])
    torch.manual_seed(3)
    made = trained.speak(mu, style)
    torch.manual_seed(3)
    with torch.no_grad():
        sampled = trained.sampler(lambda noisy, t: trained.network(noisy, mu, t, style), mu, torch.randn(mu.shape))
    torch.testing.assert_close(made, sampled)
    made.sum().backward()
    assert trained.network.final_conv.weight.grad.abs().max() > 0
    # The default of synthesis is half of the detail; all of it is judged.
    assert trained.sampler.detail == 1.0


def test_the_critic_learns_alone_at_first(crops):
    trained = trainer(alone=2)
    parts = [trained.update(crops, 1e-3) for _ in range(3)]
    assert set(parts[1]) == {"critic", "diffusion"}
    assert set(parts[2]) == {"critic", "diffusion", "adversarial", "features"}
    for _ in range(30):
        parts.append(trained.update(crops, 0.0))
    assert parts[-1]["critic"] < 0.7 * parts[0]["critic"]


def test_the_critic_wants_the_right_style(crops):
    critic = Critic(128)
    mel, style = torch.stack([crop.mel for crop in crops]), torch.stack([crop.style for crop in crops])
    scores, features = critic(mel, style)
    assert scores.shape == (4, 1, 20, 8)
    assert len(features) == 4
    assert not torch.equal(scores, critic(mel, style.flip(0))[0])


def test_consistency_takes_part_where_it_is_asked_for(crops):
    trained = trainer(alone=0, consistency_weight=0.1)
    assert "consistency" in trained.update(crops, 1e-3, Encoders(config()).style_encoder)


def test_the_networks_update_leaves_the_critic_alone(crops):
    trained = trainer(alone=0)
    judge, learning = trained.judge, []

    def watched(*arguments):
        learning.append(any(parameter.requires_grad for parameter in trained.critic.parameters()))
        return judge(*arguments)

    trained.judge = watched
    trained.update(crops, 1e-3)
    assert learning == [False]
    assert all(parameter.requires_grad for parameter in trained.critic.parameters())


@pytest.mark.parametrize("changes", [{"denoised": 0}, {"denoised": 5}, {"reference_noise": 0.3}])
def test_options_that_cannot_be_are_refused(changes):
    with pytest.raises(SystemExit, match="--denoised|--reference-noise"):
        AdversarialOptions(crops=4, **changes)


def test_it_goes_on_exactly(tmp_path, crops):
    torch.manual_seed(1)
    whole = trainer(alone=1)
    losses = [whole.update(crops, 1e-3) for _ in range(4)]
    torch.manual_seed(1)
    first = trainer(alone=1)
    assert [first.update(crops, 1e-3) for _ in range(2)] == losses[:2]
    checkpoint.save(first.state(), tmp_path / "score.pt")
    torch.manual_seed(99)
    second = trainer(alone=1)
    second.resume(checkpoint.load(tmp_path / "score.pt"))
    assert [second.update(crops, 1e-3) for _ in range(2)] == losses[2:]


def test_voices_are_of_other_recordings_that_are_long_enough():
    chance, corpus = np.random.default_rng(0), AlignedCorpus()
    for number, frames in enumerate((200, 40, 700, 160)):
        corpus.references["ann"].append(chance.normal(-6, 2, (frames, 80)).astype(np.float32))
        corpus.reference_names["ann"].append(f"u{number}")
    corpus.references["bob"].append(chance.normal(-6, 2, (40, 80)).astype(np.float32))
    corpus.reference_names["bob"].append("only")
    voices = Voices(Encoders(config()).requires_grad_(False), corpus, None)
    assert sorted(voices.candidates("ann")) == [0, 2, 3]
    segment = Segment("ann", "u2", np.array([1]), np.array([700]), corpus.references["ann"][2])
    for seed in range(20):
        voices.voice(segment, random.Random(seed))
    assert set(voices.measured) == {("ann", 0), ("ann", 3)}
    style = voices.encoders.style_encoder(torch.tensor(corpus.references["ann"][2][None, : REFERENCE_FRAMES[1]]))[0]
    other = Segment("ann", "u0", np.array([1]), np.array([200]), corpus.references["ann"][0])
    made = {tuple(voices.voice(other, random.Random(seed)).style.tolist()) for seed in range(20)}
    assert tuple(style.tolist()) in made
    # Who has a single recording is his own reference.
    single = Segment("bob", "only", np.array([1]), np.array([40]), corpus.references["bob"][0])
    assert voices.voice(single, random.Random(0)).transport is None
