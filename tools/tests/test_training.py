"""A stopped training goes on as if it had not been stopped; techniques do what they say."""

import dataclasses
import random

import numpy as np
import pytest
import torch

from gss.config import ModelConfig, PriorEncoderConfig, ScoreUnetConfig, TextEncoderConfig
from gss.data.crops import Crop, shuffled_pools
from gss.data.dataset import AlignedCorpus, Segment
from gss.diffusion import Sampler
from gss.model import Encoders, StyleEncoder
from gss.model.layers import StyleAdaptiveLayerNorm, mixed_with_others
from gss.run import Passes
from gss.training.aligner import AlignerOptions, Clip
from gss.training.aligner import Trainer as AlignerTrainer
from gss.training.distil import Distillation, DistilOptions, step_pairs
from gss.training.encoders import SINGLE_RECORDING_REPEATED, EncoderOptions, load_lists
from gss.training.encoders import Trainer as EncoderTrainer
from gss.training.score import ScoreOptions
from gss.training.score import Trainer as ScoreTrainer
from gss.training.style_losses import mix_styles_in_training, style_distance, with_noise


def config() -> ModelConfig:
    small = ModelConfig(
        text_encoder=TextEncoderConfig(hidden=16, ffn=16, layers=1),
        prior_encoder=PriorEncoderConfig(hidden=16, prenet=8, ffn=16, layers=1),
        score_unet=ScoreUnetConfig(dim=8, multipliers=[1, 2], groups=4, heads=2, head_dim=6, attention=[False, True]),
    )
    small.style_encoder.hidden = 16
    small.duration_predictor.hidden = 16
    return small


def corpus() -> AlignedCorpus:
    chance, result = np.random.default_rng(0), AlignedCorpus()
    for number in range(8):
        speaker, mel = f"s{number % 3}", chance.normal(-6, 2, (60, 80)).astype(np.float32)
        tokens, durations = chance.integers(1, 70, 12), np.full(12, 5)
        result.segments.append(Segment(speaker, f"u{number}", tokens, durations, mel))
        result.references[speaker].append(mel)
        result.reference_names[speaker].append(f"u{number}")
    return result


def encoder_trainer(**changes) -> EncoderTrainer:
    options = EncoderOptions(frames_per_batch=150, **changes)
    return EncoderTrainer(corpus(), [], config(), options)


def train(trainer: EncoderTrainer, updates: int) -> list[float]:
    batches = iter(trainer.passes)
    return [trainer.update(next(batches), 1e-3)["prior"] for _ in range(updates)]


def assert_same(a: torch.nn.Module, b: torch.nn.Module) -> None:
    for left, right in zip(a.parameters(), b.parameters(), strict=True):
        assert torch.equal(left, right)


@pytest.mark.parametrize("changes", [{}, {"reference_noise": 0.5, "mix_styles": 0.2, "consistency_weight": 0.1}])
def test_encoders_resume_exactly(tmp_path, changes):
    from gss import checkpoint

    whole = encoder_trainer(**changes)
    losses = train(whole, 7)
    first = encoder_trainer(**changes)
    assert train(first, 3) == losses[:3]
    checkpoint.save(first.state(1.0), tmp_path / "encoders.pt")
    torch.manual_seed(99)
    second = encoder_trainer(**changes)
    second.resume(checkpoint.load(tmp_path / "encoders.pt"))
    assert train(second, 4) == losses[3:]
    assert_same(second.model, whole.model)
    assert_same(second.ema, whole.ema)


def test_speakers_with_a_single_recording_are_heard_more_often():
    pool = corpus()
    pool.references["alone"].append(pool.references["s0"][0])
    pool.reference_names["alone"].append("only")
    alone = dataclasses.replace(pool.segments[0], speaker="alone", utterance="only")
    pool.segments.append(alone)
    repeated = EncoderTrainer.repeated(pool)
    assert len(repeated) == len(pool.segments) + SINGLE_RECORDING_REPEATED - 1
    assert sum(segment is alone for segment in repeated) == SINGLE_RECORDING_REPEATED


def test_unknown_lists_of_texts_are_refused(tmp_path):
    with pytest.raises(SystemExit, match="train, voices, extra, not vocies"):
        load_lists(tmp_path, tmp_path / "durations.json", ["train", "vocies"])


def test_the_aligner_resumes_exactly():
    def trainer() -> AlignerTrainer:
        parts = [(segment.utterance, ["AH0", "K", "."], segment.mel) for segment in corpus().segments]
        return AlignerTrainer([Clip.of(*part) for part in parts], AlignerOptions(frames_per_batch=150))

    def run(aligner: AlignerTrainer, updates: range) -> list[float]:
        batches = iter(aligner.passes)
        return [aligner.update(next(batches), step / 6)["forward_sum"] for step in updates]

    whole, first, second = trainer(), trainer(), trainer()
    losses = run(whole, range(6))
    assert run(first, range(3)) == losses[:3]
    second.resume(first.state(1.0))
    assert run(second, range(3, 6)) == losses[3:]
    assert_same(second.model, whole.model)


def test_a_checkpoint_of_another_model_is_refused():
    state = encoder_trainer().state(0.0)
    state["config"]["text_encoder"]["ffn"] = 32
    state["config"]["audio"]["sample_rate"] = 22050
    with pytest.raises(SystemExit, match=r"another model: audio\.sample_rate, text_encoder\.ffn"):
        encoder_trainer().resume(state)


def crops(count: int = 4) -> list[Crop]:
    chance = torch.Generator().manual_seed(0)
    shapes = ((16, 80), (16, 80), (128,))
    return [Crop(*(torch.randn(shape, generator=chance) for shape in shapes)) for _ in range(count)]


def test_the_score_network_resumes_exactly():
    whole = ScoreTrainer(config(), ScoreOptions())
    losses = [whole.update(crops(), 1e-3)["diffusion"] for _ in range(5)]
    first = ScoreTrainer(config(), ScoreOptions())
    for _ in range(2):
        first.update(crops(), 1e-3)
    state = first.state()
    second = ScoreTrainer(config(), ScoreOptions())
    second.resume(state)
    assert [second.update(crops(), 1e-3)["diffusion"] for _ in range(3)] == losses[2:]
    assert_same(second.ema, whole.ema)


def test_passes_go_on_where_they_stopped():
    def make() -> Passes:
        return Passes(lambda chance: chance.sample(range(10), 10), seed=3)

    whole = [item for item, _ in zip(make(), range(25), strict=False)]
    first = make()
    begun = [item for item, _ in zip(first, range(13), strict=False)]
    # The pass is asked for one item more than is kept here.
    second = make()
    second.resume({**first.state(), "position": 3})
    assert begun + [item for item, _ in zip(second, range(12), strict=False)] == whole
    assert sorted(whole[:10]) == sorted(whole[10:20]) == list(range(10))


def test_pools_are_full_and_hold_nobody_twice():
    pools = shuffled_pools(list(range(250)), random.Random(0))
    assert [len(pool) for pool in pools] == [120, 120]
    assert len({item for pool in pools for item in pool}) == 240
    assert len(shuffled_pools(list(range(7)), random.Random(0))[0]) == 7


def test_consistency_moves_the_mel_and_not_the_style_encoder():
    torch.manual_seed(0)
    encoder = StyleEncoder(config().style_encoder, 80)
    mel = torch.randn(2, 40, 80, requires_grad=True)
    style = encoder(torch.randn(2, 30, 80))
    distance = style_distance(encoder, mel, None, style)
    assert distance.shape == (2,)
    distance.sum().backward()
    assert mel.grad.abs().max() > 0
    assert all(parameter.grad is None for parameter in encoder.parameters())
    same = style_distance(encoder, mel, None, encoder(mel))
    torch.testing.assert_close(same, torch.zeros(2))


def test_styles_mix_in_training_alone():
    torch.manual_seed(0)
    style = torch.eye(6)
    mixed = mixed_with_others(style, 0.2)
    torch.testing.assert_close(mixed.sum(dim=1), torch.ones(6))
    assert (mixed != style).any()
    model = Encoders(config())
    mix_styles_in_training(model, 0.2)
    norms = [module for module in model.modules() if isinstance(module, StyleAdaptiveLayerNorm)]
    assert len(norms) == 2
    text, styles = torch.randn(4, 10, 16), torch.randn(4, 128)
    model.train()
    assert not torch.equal(model.prior_encoder(text, styles), model.prior_encoder(text, styles))
    model.eval()
    assert torch.equal(model.prior_encoder(text, styles), model.prior_encoder(text, styles))


def test_noise_fills_the_silence_and_leaves_the_speech():
    mel = np.full((400, 80), -11.5, np.float32)
    mel[100:300] = 0.0
    noisy = [with_noise(mel, random.Random(seed), 1e-5) for seed in range(20)]
    for one in noisy:
        assert one.dtype == np.float32
        assert one[:100].mean() > -9.0
        assert abs(np.median(one[100:300])) < 1.0
        assert (one >= mel - 1e-4).all()
    assert np.std([one[:100].mean() for one in noisy]) > 0.3


def test_bfloat16_trains_too():
    trainer = encoder_trainer(bf16=True)
    losses = train(trainer, 4)
    assert np.isfinite(losses).all()
    assert all(parameter.dtype == torch.float32 for parameter in trainer.model.parameters())
    score = ScoreTrainer(config(), dataclasses.replace(ScoreOptions(), bf16=True, consistency_weight=0.1))
    encoder = StyleEncoder(config().style_encoder, 80)
    parts = score.update(crops(), 1e-3, encoder)
    assert np.isfinite(list(parts.values())).all()
    assert set(parts) == {"diffusion", "consistency"}


def test_a_students_step_is_two_of_its_teacher():
    teacher = ScoreTrainer(config(), ScoreOptions())
    trainer = Distillation(config(), DistilOptions(steps=3, clip=0.0), teacher.network.state_dict())
    crop = crops(1)[0]
    mu, style = crop.mu[None], crop.style[None]
    pairs = step_pairs(trainer.schedule, 3)
    assert all(abs(pair.first + pair.second - 1.0) < 1e-9 for pair in pairs)
    # A sampler at three steps that takes the targets for its network ends where the teacher's six end.
    pair_of = {pair.time: pair for pair in pairs}

    def student(noisy, t):
        pair, difference = pair_of[min(pair_of, key=lambda time: abs(time - t.item()))], noisy - mu
        clean = trainer.clean(t, difference, mu, style)
        middle = torch.full_like(t, pair.middle)
        second = trainer.clean(middle, pair.a * difference + pair.b * clean, mu, style)
        clean = pair.first * clean + pair.second * second
        alpha, sigma = trainer.schedule.alpha(t), trainer.schedule.sigma(t)
        return alpha * (difference - alpha * clean) / sigma - sigma * clean

    def network(noisy, t):
        return trainer.teacher(noisy, mu, t, style)

    noise = torch.randn(mu.shape, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        six = Sampler(trainer.schedule, "v", "ddim", 6)(network, mu, noise)
        three = Sampler(trainer.schedule, "v", "ddim", 3)(student, mu, noise)
    torch.testing.assert_close(three, six, rtol=1e-3, atol=1e-3)


def test_a_student_learns_from_its_teacher():
    torch.manual_seed(5)
    teacher = ScoreTrainer(config(), ScoreOptions())
    with torch.no_grad():
        teacher.network.final_conv.bias.fill_(0.7)
    trainer = Distillation(config(), DistilOptions(steps=2), teacher.network.state_dict())
    losses = [trainer.update(crops(), 3e-3)["distillation"] for _ in range(40)]
    assert np.mean(losses[-8:]) < 0.7 * np.mean(losses[:8])
    assert_same(trainer.teacher, teacher.network)


def test_a_share_of_the_speakers_is_part_of_a_larger_one():
    def kept(share):
        corpus = AlignedCorpus()
        for number in range(8):
            name = f"speaker {number}"
            corpus.references[name].append(np.zeros((50, 80), np.float32))
            corpus.reference_names[name].append("one")
            corpus.segments.append(Segment(name, "one", np.array([1]), np.array([50]), corpus.references[name][0]))
        corpus.keep_speakers(share)
        assert {segment.speaker for segment in corpus.segments} == set(corpus.references) == set(corpus.reference_names)
        return set(corpus.references)

    assert len(kept(0.25)) == 2
    assert kept(0.25) < kept(0.5) < kept(1.0)
    assert len(kept(0.01)) == 1
