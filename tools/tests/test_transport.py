"""The map of a voice: what it does to frames, and that no recording breaks it."""

import dataclasses
import json

import pytest
import torch

from gss.config import ModelConfig, TransportConfig
from gss.export.goldens import N_MELS, randomise, tiny_config
from gss.model import Encoders
from gss.transport import Calibration, Moments, Transport, Voice, speech_frames, voice_of


def gaussian(seed: int, frames: int = 4000, bands: int = 6) -> torch.Tensor:
    """Correlated frames of unequal bands, all of them near enough to the loudest to be speech."""
    chance = torch.Generator().manual_seed(seed)
    mixing = 0.4 * torch.randn(bands, bands, generator=chance).double()
    return torch.randn(frames, bands, generator=chance).double() @ mixing + torch.randn(bands, generator=chance)


def moments(mel: torch.Tensor) -> Moments:
    return Moments.of([mel], speech_range=50.0)


def test_frames_get_the_moments_of_the_reference():
    source, target = gaussian(1), gaussian(2)
    carried = moments(Transport.between(moments(source), moments(target), shrinkage=0.0)(source))
    torch.testing.assert_close(carried.mean, target.mean(dim=0), rtol=0.0, atol=1e-4)
    # The floor under the variances is what keeps them from being equal.
    torch.testing.assert_close(carried.covariance, torch.cov(target.T), rtol=0.0, atol=1e-2)


def test_equal_moments_need_no_transport():
    found = Transport.between(moments(gaussian(1)), moments(gaussian(1)), shrinkage=0.3)
    torch.testing.assert_close(found.map, torch.eye(6), rtol=0.0, atol=1e-6)
    torch.testing.assert_close(found.offset, torch.zeros(6), rtol=0.0, atol=1e-6)


def test_the_map_is_the_optimal_one():
    # Among the maps between two Gaussians only the optimal is symmetric and positive definite (Brenier).
    found = Transport.between(moments(gaussian(1)), moments(gaussian(2)), shrinkage=0.3)
    torch.testing.assert_close(found.map, found.map.T, rtol=0.0, atol=1e-6)
    assert torch.linalg.eigvalsh(found.map).min() > 0.0


def test_shrinkage_weakens_correlations_and_keeps_variances():
    before = moments(gaussian(1)).covariance
    after = moments(gaussian(1)).regularised(0.25)
    torch.testing.assert_close(after.diagonal(), before.diagonal() + 1e-3)
    torch.testing.assert_close(after[0, 1], 0.75 * before[0, 1])


def test_speech_is_measured_from_the_loudest_frame_of_each_recording():
    loud, quiet = torch.tensor([0.0, -3.0, -5.0]), torch.tensor([-6.0, -9.9, -10.1])
    assert len(speech_frames(loud[:, None].expand(3, 4), 4.0)) == 2
    pooled = Moments.of([levels[:, None].expand(3, 4) for levels in (loud, quiet)], 4.0)
    torch.testing.assert_close(pooled.mean, torch.full((4,), (0.0 - 3.0 - 6.0 - 9.9) / 4).double())


@pytest.mark.parametrize("mel", [torch.full((1, 6), -3.0), torch.full((50, 6), -3.0), torch.randn(2, 6)])
def test_the_shortest_and_the_dullest_recording_give_a_finite_map(mel):
    for source, target in ((gaussian(1), mel), (mel, gaussian(1))):
        found = Transport.between(moments(source), moments(target), shrinkage=0.3)
        assert found.map.isfinite().all()
        assert found.offset.isfinite().all()


@pytest.fixture
def encoders() -> Encoders:
    return randomise(Encoders(tiny_config()), torch.Generator().manual_seed(3)).float()


def calibration(encoders: Encoders) -> Calibration:
    return Calibration(TransportConfig(), torch.arange(1, 40)[None], encoders.config.sampling.duration_offset)


def test_a_voice_carries_the_models_speech_to_the_reference(encoders):
    reference = torch.randn(200, N_MELS, generator=torch.Generator().manual_seed(4)) - 5.0
    asked = dataclasses.replace(calibration(encoders), duration_offset=1.5)
    voice = voice_of(encoders, [reference[:90], reference[90:]], asked)
    styles = [encoders.style_encoder(part[None])[0] for part in (reference[:90], reference[90:])]
    torch.testing.assert_close(voice.style, (styles[0] + styles[1]) / 2)
    text = encoders.text_encoder(asked.tokens)
    log_durations = encoders.duration_predictor(text, voice.style[None])
    durations = (log_durations + 1.5).exp().round().clamp(min=1).long()
    mu = encoders.prior_encoder(text.repeat_interleave(durations[0], dim=1), voice.style[None])[0]
    said, wanted = asked.moments([mu]), asked.moments([reference[:90], reference[90:]])
    torch.testing.assert_close(voice.mean(said.mean.float()), wanted.mean.float(), rtol=0.0, atol=1e-4)


def test_a_model_without_transport_keeps_its_mean(encoders):
    assert Calibration.of(tiny_config(), program=None) is None
    voice, mel = voice_of(encoders, [torch.randn(50, N_MELS)], None), torch.randn(2, 7, N_MELS)
    assert voice.mean(mel) is mel
    assert voice.tensors().keys() == {"style"}
    assert Transport.of_tensors(voice.tensors()) is None


def test_a_voice_survives_its_file(encoders):
    voice = voice_of(encoders, [torch.randn(50, N_MELS)], calibration(encoders))
    assert {name: tensor.dtype for name, tensor in voice.tensors().items()} == {
        "style": torch.float32,
        "transport.map": torch.float32,
        "transport.offset": torch.float32,
    }
    again, mel = Voice(voice.style, Transport.of_tensors(voice.tensors())), torch.randn(2, 7, N_MELS)
    assert torch.equal(again.mean(mel), voice.mean(mel))


def test_the_configuration_says_whether_to_transport():
    plain = tiny_config()
    old = json.loads(plain.to_json())
    del old["transport"]
    assert ModelConfig.from_dict(old).transport is None
    carried = dataclasses.replace(plain, transport=TransportConfig(text="Say it.", shrinkage=0.2))
    assert ModelConfig.from_dict(json.loads(carried.to_json())).transport == carried.transport
    # The weights fit all the same.
    assert carried.differences(plain) == plain.differences(carried) == []
