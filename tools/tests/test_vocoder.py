"""The generator and its checkpoints: sizes, official names, folding, losses."""

import dataclasses
import json

import numpy as np
import pytest
import torch

from gss import checkpoint
from gss.config import AudioConfig
from gss.export.hifigan import convert, mismatches
from gss.vocoder.cuts import GENERATED_AUDIO, GENERATED_MELS, Cuts
from gss.vocoder.discriminators import (
    MultiPeriodDiscriminator,
    MultiResolutionDiscriminator,
    MultiScaleDiscriminator,
    discriminator_loss,
    feature_loss,
)
from gss.vocoder.export import install_vocoder, load_vocoder, save_vocoder
from gss.vocoder.generator import V1, V2, V3, VERSIONS, Generator
from gss.vocoder.spectral import MultiResolutionLoss
from gss.vocoder.train import Training, VocoderOptions, make_discriminators

# PyTorch deprecates the weight norm whose names official checkpoints have.
pytestmark = pytest.mark.filterwarnings("ignore:.*weight_norm:FutureWarning")

OFFICIAL = {
    "resblock": "1",
    "upsample_rates": [8, 8, 2, 2],
    "upsample_kernel_sizes": [16, 16, 4, 4],
    "upsample_initial_channel": 32,
    "resblock_kernel_sizes": [3, 7, 11],
    "resblock_dilation_sizes": [[1, 3, 5], [1, 3, 5], [1, 3, 5]],
    "segment_size": 8192,
    "num_mels": 80,
    "n_fft": 1024,
    "hop_size": 256,
    "win_size": 1024,
    "sampling_rate": 22050,
    "fmin": 0,
    "fmax": 8000,
    "fmax_for_loss": None,
}


def small(version: str) -> Generator:
    torch.manual_seed(1)
    return Generator(dataclasses.replace(VERSIONS[version], upsample_initial_channel=32))


@pytest.mark.parametrize(("config", "parameters"), [(V1, 13_926_017), (V2, 925_985), (V3, 1_462_273)])
def test_the_official_versions_have_their_number_of_parameters(config, parameters):
    assert sum(p.numel() for p in Generator(config).parameters()) == parameters


@pytest.mark.parametrize("version", VERSIONS)
def test_a_frame_becomes_a_hop_of_audio(version):
    generator = small(version)
    assert generator(torch.randn(2, 80, 5)).shape == (2, 1, 5 * generator.config.hop_length)


def test_an_official_checkpoint_gives_the_same_audio(tmp_path):
    generator = small("v1").add_weight_norm()
    with torch.no_grad():
        for name, parameter in generator.named_parameters():
            if name.endswith("weight_g"):
                parameter.mul_(torch.rand_like(parameter) + 0.5)
    mel = torch.randn(1, 80, 7)
    torch.save({"generator": generator.state_dict()}, tmp_path / "generator_v1")
    (tmp_path / "config.json").write_text(json.dumps(OFFICIAL))
    converted = convert(tmp_path / "generator_v1", tmp_path / "config.json")
    save_vocoder(converted, tmp_path / "vocoder.safetensors")
    audio = load_vocoder(tmp_path / "vocoder.safetensors")(mel)
    torch.testing.assert_close(audio, generator(mel).detach(), rtol=0.0, atol=1e-6)
    assert audio.abs().max() > 1e-3
    names = set(converted.state_dict())
    assert {"conv_pre.weight", "ups.0.weight", "resblocks.0.convs1.0.weight", "conv_post.bias"} <= names


def test_folding_weight_norm_keeps_the_audio():
    generator = small("v3")
    mel = torch.randn(1, 80, 4)
    plain = generator(mel)
    torch.testing.assert_close(generator.add_weight_norm().fold_weight_norm()(mel), plain, rtol=1e-5, atol=1e-6)


def test_a_checkpoint_of_other_mels_is_refused():
    audio = {"sample_rate": 16000, "n_fft": 1024, "win_length": 1024, "hop_length": 256, "n_mels": 80}
    audio |= {"fmin": 0.0, "fmax": 8000.0}
    assert mismatches(OFFICIAL, audio | {"sample_rate": 22050}) == []
    assert mismatches(OFFICIAL, audio) == ["sample_rate is 16000 in the model but 22050 in the checkpoint"]


def test_a_model_folder_gets_the_vocoder_and_keeps_the_rest(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"profile": "small", "audio": {}, "vocoder": None}))
    generator = small("v3")
    install_vocoder(generator, tmp_path, default=False, dtype=torch.float16)
    config = json.loads((tmp_path / "config.json").read_text())
    assert config["profile"] == "small"
    assert config["default_vocoder"] == "griffin-lim"
    assert config["vocoder"]["upsample_rates"] == [8, 8, 4]
    mel = torch.randn(1, 80, 6)
    audio, stored = generator(mel).detach(), load_vocoder(tmp_path / "vocoder.safetensors")(mel)
    assert (audio - stored).square().mean() < 1e-6 * audio.square().mean()


@pytest.mark.parametrize(
    "discriminator",
    [
        MultiPeriodDiscriminator(width=2, periods=(2, 3)),
        MultiScaleDiscriminator(width=16),
        MultiResolutionDiscriminator(width=4),
    ],
)
def test_discriminators_learn_and_match_features(discriminator):
    torch.manual_seed(2)
    real, made = torch.randn(2, 4096), 0.1 * torch.randn(2, 4096)
    optimizer = torch.optim.Adam(discriminator.parameters(), 1e-3)
    losses = []
    for _ in range(4):
        loss = discriminator_loss(discriminator(real), discriminator(made))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss))
    assert losses[-1] < losses[0]
    # Spectral norm estimates anew at every call in training.
    discriminator.eval()
    assert feature_loss(discriminator(real), discriminator(real)) == 0
    assert feature_loss(discriminator(real), discriminator(made)) > 0


def test_the_spectral_loss_prefers_the_right_pitch_to_the_wrong_one():
    time = torch.arange(8192) / 16000
    tone, close, far = (
        torch.sin(2 * torch.pi * pitch * time + phase)[None] for pitch, phase in ((440, 0), (440, 1), (700, 0))
    )
    loss = MultiResolutionLoss()
    assert loss(tone, tone) == 0
    assert loss(close, tone) < 0.5 * loss(far, tone)


def voices(folder, samples=40_000):
    """A cache of one list, and a folder of mels that fit audio of a quarter of its length."""
    chance = np.random.default_rng(0)
    (folder / "audio.json").write_text(json.dumps(dataclasses.asdict(AudioConfig())))
    np.save(folder / "train.audio.npy", chance.normal(0, 3000, samples).astype(np.int16))
    frames = samples // 4 // 256
    # Every frame of a made mel says where it is, and so does the audio.
    np.save(folder / GENERATED_MELS, np.repeat(np.arange(frames, dtype=np.float32)[:, None] / 100, 80, axis=1))
    np.save(folder / GENERATED_AUDIO, np.repeat(np.arange(frames), 256).astype(np.int16))


def vocoder_options(**changes) -> VocoderOptions:
    changes = {"version": "v3"} | changes
    changes = {"lists": "train", "batch": 2, "frames": 16, "discriminators": "mrd:4", "spectral_share": 0.5} | changes
    return VocoderOptions(updates=4, **changes)


def train_vocoder(training: Training, updates: int) -> list[float]:
    return [training.update(training.step / 4)["mel"] for _ in range(updates)]


def test_the_vocoder_resumes_exactly_through_its_discriminators(tmp_path, monkeypatch):
    monkeypatch.setitem(VERSIONS, "v3", small("v3").config)
    voices(tmp_path)
    whole = Training(tmp_path, vocoder_options(generated=str(tmp_path)))
    losses = train_vocoder(whole, 4)
    first = Training(tmp_path, vocoder_options(generated=str(tmp_path)))
    assert train_vocoder(first, 3) == losses[:3]
    checkpoint.save(first.state(1.0), tmp_path / "checkpoint.pt")
    second = Training(tmp_path, vocoder_options(generated=str(tmp_path)))
    second.restore(checkpoint.load(tmp_path / "checkpoint.pt"))
    assert train_vocoder(second, 1) == losses[3:]
    other = Training(tmp_path, vocoder_options(discriminators="mpd:2"))
    with pytest.raises(SystemExit, match="other discriminators"):
        other.restore(first.state(1.0))


def test_made_mels_stand_beside_their_own_audio(tmp_path):
    voices(tmp_path)
    cuts = Cuts(tmp_path, ["train"], AudioConfig(), 8, tmp_path, 1.0, seed=1)
    batch = cuts.batch(5)
    mel, audio = batch.mel, batch.audio
    assert (mel.shape, audio.shape) == ((5, 80, 8), (5, 8 * 256))
    torch.testing.assert_close(audio[:, ::256] * 32768.0 / 100, mel[:, 0], rtol=0.0, atol=1e-5)
    real = Cuts(tmp_path, ["train"], AudioConfig(), 8, None, 0.0, seed=1).batch(5)
    assert (real.mel.shape, real.audio.shape) == ((5, 80, 8), (5, 8 * 256))


def test_training_goes_on_from_a_generator_of_the_same_mels_alone(tmp_path):
    voices(tmp_path)
    generator, start = small("v1"), tmp_path / "start.safetensors"
    save_vocoder(generator, start, audio=dataclasses.asdict(AudioConfig()))
    training = Training(tmp_path, vocoder_options(start=str(start)))
    mel = torch.randn(1, 80, 4)
    torch.testing.assert_close(training.generator(mel), generator(mel), rtol=1e-4, atol=1e-6)
    assert training.generator.conv_pre.weight_v.requires_grad
    save_vocoder(generator, start, audio=dataclasses.asdict(AudioConfig(sample_rate=22050)))
    with pytest.raises(SystemExit, match="other mels"):
        Training(tmp_path, vocoder_options(start=str(start)))


def test_a_discriminator_has_a_kind_and_a_width():
    assert len(make_discriminators("mpd:2 mrd:4")) == 2
    for wrong in ("mpd", "xyz:4", "mrd:wide"):
        with pytest.raises(SystemExit, match="KIND:WIDTH"):
            make_discriminators(wrong)
