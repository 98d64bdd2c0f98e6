"""Adaptation to a speaker: what it learns, what it leaves alone, and the file that it becomes."""

import dataclasses

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from gss.adaptation import finetune
from gss.adaptation.adapter import Adapter, AdapterError, model_hash
from gss.adaptation.low_rank import Adaptation, Heard, Settings
from gss.config import TransportConfig
from gss.data.dataset import Segment
from gss.export.goldens import N_MELS, tiny_config, tiny_tcn_config
from gss.model import AcousticModel, frames_of
from gss.phones import SYMBOL_IDS
from gss.transport import Calibration, Transport, Voice


@pytest.fixture
def model() -> AcousticModel:
    torch.manual_seed(0)
    return AcousticModel(tiny_config()).eval()


@pytest.fixture
def segments() -> list[Segment]:
    chance = np.random.default_rng(0)

    def segment(tokens: int) -> Segment:
        durations = chance.integers(4, 9, tokens)
        mel = chance.normal(-6.0, 1.0, (durations.sum(), N_MELS)).astype(np.float32)
        return Segment("anna", "a", chance.integers(1, 70, tokens), durations, mel)

    return [segment(tokens) for tokens in (12, 25, 30)]


def adaptation(model: AcousticModel, segments: list[Segment], **changes) -> Adaptation:
    settings = dataclasses.replace(Settings(steps=20, frames=300), **changes)
    return Adaptation(model, segments, torch.zeros(model.config.style_encoder.style), settings)


def test_a_speaker_is_learnt(model, segments):
    learner = adaptation(model, segments, learning_rate=3e-2)
    losses = [learner.update() for _ in range(20)]
    assert losses[-1]["prior"] < 0.8 * losses[0]["prior"]
    assert learner.style.abs().max() > 0


@pytest.mark.parametrize("crops", [0, 2])
def test_only_the_named_parts_change(model, segments, crops):
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    learner = adaptation(model, segments, crops=crops)
    learner.update()
    names = {name.partition(".")[0] for name in learner.factors()}
    assert names == ({"prior_encoder", "score_unet"} if crops else {"prior_encoder"})
    after = model.state_dict()
    for name, tensor in before.items():
        kept = name if name in after else f"{name.rpartition('.')[0]}.parametrizations.weight.original"
        torch.testing.assert_close(after[kept], tensor, rtol=0.0, atol=0.0)
    assert any(up.abs().max() > 0 for up, _ in learner.factors().values())


def test_the_score_network_learns_around_the_plain_mean(model, segments):
    learner = adaptation(model, segments)
    mu = torch.arange(400.0)[None, :, None].expand(1, -1, N_MELS)
    crops, network = learner.crops([dataclasses.replace(segments[0], mel=(mu[0] + 0.5).numpy())], mu)
    for crop in crops:
        torch.testing.assert_close(crop.mel - crop.mu, torch.full_like(crop.mu, 0.5))
    assert network is model.score_unet


def test_a_one_dimensional_network_is_learnt_with_its_pitch(segments):
    torch.manual_seed(0)
    model = AcousticModel(tiny_tcn_config()).eval()
    with pytest.raises(ValueError, match="the entries and the pitch"):
        adaptation(model, segments)
    frames = max(len(segment.mel) for segment in segments)
    heard = Heard(torch.randn(7, model.config.reference_encoder.entry), {"a": np.full(frames, 120.0, np.float32)})
    settings, style = Settings(steps=3, frames=300), torch.zeros(model.config.style_encoder.style)
    learner = Adaptation(model, segments, style, settings, heard)
    crops, network = learner.crops(learner.choose(), torch.zeros(9, frames, N_MELS))
    assert network.output.keywords["pitch"].shape == (len(crops), len(crops[0].mel), N_MELS + 2)
    for _ in range(3):
        losses = learner.update()
    assert np.isfinite(losses["diffusion"])
    assert {name.partition(".")[0] for name in learner.factors()} == {"prior_encoder", "score_tcn"}
    assert any(up.abs().max() > 0 for name, (up, _) in learner.factors().items() if name.startswith("score_tcn"))


def test_the_adapters_transport_is_that_of_the_adapted_weights(model, segments, tmp_path, monkeypatch):
    model.config.transport = TransportConfig()
    (tmp_path / "config.json").write_text(model.config.to_json())
    tensors = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    save_file(tensors, tmp_path / "model.safetensors")
    mels = [segment.mel for segment in segments]
    monkeypatch.setattr(finetune, "load_aligner", lambda *_: None)
    monkeypatch.setattr(finetune, "usable_speech", lambda *_: finetune.Speech(segments, mels, {}, []))

    class Front:
        """A front end for the text that the model says to be measured."""

        def symbols(self, texts: list[str]) -> list[list[str]]:
            return [list(SYMBOL_IDS)[1:40] for _ in texts]

    adapter = finetune.finetune(tmp_path, [], 20, Settings(steps=20, frames=300, learning_rate=3e-2), Front())
    calibration, voice = Calibration.of(model.config, Front()), adapter.voice

    def error() -> float:
        """How far the voice leaves the mean of what the model says from that of the speech."""
        with torch.no_grad():
            text = model.text_encoder(calibration.tokens)
            durations = frames_of(model.duration_predictor(text, voice.style[None]), calibration.duration_offset)
            said = model.prior_encoder(text.repeat_interleave(durations[0], dim=1), voice.style[None])
        spoken = voice.mean(calibration.moments([said[0]]).mean.float())
        return (spoken - calibration.moments([torch.from_numpy(mel) for mel in mels]).mean).abs().max().item()

    assert error() > 0.1
    model.load_state_dict(adapter.apply(tensors))
    assert error() < 1e-3


def test_preservation_keeps_the_changes_small(model, segments):
    def size(preservation: float) -> float:
        torch.manual_seed(0)
        learner = adaptation(AcousticModel(tiny_config()), segments, preservation=preservation)
        for _ in range(20):
            learner.update()
        return sum((up @ down).square().sum().item() for up, down in learner.factors().values())

    assert size(30.0) < 0.7 * size(0.0)


def test_the_file_makes_the_adapted_model_and_no_other(model, segments, tmp_path):
    tensors = {name: tensor.contiguous().clone() for name, tensor in model.state_dict().items()}
    save_file(tensors, tmp_path / "model.safetensors")
    learner = adaptation(model, segments)
    for _ in range(5):
        learner.update()
    path = tmp_path / "anna.safetensors"
    voice = Voice(learner.style.detach(), Transport(torch.eye(N_MELS), torch.ones(N_MELS)))
    Adapter(model_hash(tmp_path), voice, learner.factors(), {"name": "anna"}).save(path)

    adapter = Adapter.load(path, tmp_path)
    assert adapter.notes == {"name": "anna"}
    torch.testing.assert_close(adapter.voice.style, learner.style.detach())
    torch.testing.assert_close(adapter.voice.transport.map, torch.eye(N_MELS))
    torch.testing.assert_close(adapter.voice.transport.offset, torch.ones(N_MELS))
    adapted = AcousticModel(model.config).eval()
    adapted.load_state_dict(adapter.apply(load_file(tmp_path / "model.safetensors")))
    text, style = torch.randn(1, 20, model.config.text_encoder.hidden), adapter.voice.style[None]
    with torch.no_grad():
        expected, found = model.prior_encoder(text, style), adapted.prior_encoder(text, style)
    # The factors are stored in 16 bits.
    torch.testing.assert_close(found, expected, rtol=0.0, atol=5e-3)

    save_file({name: tensor + 1.0 for name, tensor in tensors.items()}, tmp_path / "model.safetensors")
    with pytest.raises(AdapterError, match="another model"):
        Adapter.load(path, tmp_path)
    save_file({"style": adapter.voice.style}, path)
    with pytest.raises(AdapterError, match="not an adapter"):
        Adapter.load(path, tmp_path)
