"""The source-filter vocoder: pitch, pulses, filters, training, files."""

import dataclasses
import json

import numpy as np
import pytest
import torch

from gss import checkpoint
from gss.audio.mel import log_mel
from gss.config import AudioConfig
from gss.vocoder import train
from gss.vocoder.cuts import MARGIN, Cuts
from gss.vocoder.export import install_vocoder, load_vocoder
from gss.vocoder.pitch import STEP, PitchScale, at_middles, pitch_file, track, unbroken, write_pitch
from gss.vocoder.source_filter import Renderer, SourceFilter, SourceFilterConfig

AUDIO = AudioConfig()
SCALE = PitchScale(bins=60, lowest=80.0, cents=50.0)
SMALL = SourceFilterConfig(channels=16, dilations=(1, 2))


def hum(hertz: float, seconds: float) -> np.ndarray:
    """Sixteen harmonics, as 16-bit audio."""
    time = np.arange(int(seconds * AUDIO.sample_rate)) / AUDIO.sample_rate
    wave = sum(np.sin(2 * np.pi * hertz * k * time) / k for k in range(1, 17))
    return (6000 * wave).astype(np.int16)


def logits_of(pitches: list[float]) -> torch.Tensor:
    """Sure answers: unvoiced where the pitch is 0."""
    classes = SCALE.classes(torch.tensor(pitches))
    return 12.0 * torch.nn.functional.one_hot(classes, SCALE.bins + 1).T.float()


def test_the_tracker_hears_a_hum_and_its_end():
    pitch = track(np.concatenate([hum(140.0, 0.5), np.zeros(8000, np.int16)]), AUDIO.sample_rate)
    assert len(pitch) == 16000 // STEP
    assert np.abs(pitch[10:50] - 140.0).max() < 2.0
    assert (pitch[75:] == 0).all()


def test_a_contour_ignores_a_lone_octave_and_bridges_what_is_unvoiced():
    told = [110.0] * 10 + [220.0] + [110.0] * 5 + [0.0] * 6 + [120.0] * 10
    heard = SCALE.contour(logits_of(told))
    assert np.abs(heard[:16] - 110.0).max() < 2.0
    assert np.abs(heard[22:] - 120.0).max() < 2.5
    assert ((heard[16:22] > 107.0) & (heard[16:22] < 123.0)).all()


def test_classes_are_nearest_bins_and_zero_is_unvoiced():
    pitches = torch.tensor([0.0, 80.0, 80.0 * 2 ** (50.4 / 1200), 1.0, 5000.0])
    assert SCALE.classes(pitches).tolist() == [0, 1, 2, 1, 60]


def test_straight_lines_lead_through_what_is_unvoiced():
    broken = torch.tensor([[0.0, 100.0, 0.0, 0.0, 130.0, 0.0], [0.0] * 6])
    whole = unbroken(broken)
    torch.testing.assert_close(whole[0], torch.tensor([100.0, 100.0, 110.0, 120.0, 130.0, 130.0]))
    assert (whole[1] > 0).all()
    points = torch.tensor([[0.0, 10.0, 20.0, 30.0, 40.0]])
    assert at_middles(points, 4).tolist() == [[5.0, 15.0, 25.0, 35.0]]
    assert at_middles(points, 2, nearest=True).tolist() == [[10.0, 30.0]]


def test_pulses_have_the_pitch_and_power_one():
    renderer = Renderer(AUDIO, 2)
    pulses = renderer.pulses(torch.full((1, 125), 160.0), torch.zeros(1, 1))[0]
    assert len(pulses) == 16000
    assert pulses.square().mean().sqrt() == pytest.approx(1.0, abs=0.03)
    period = AUDIO.sample_rate // 160
    torch.testing.assert_close(pulses[:-period], pulses[period:], rtol=0.0, atol=0.02)


def test_minimum_phase_keeps_magnitudes_and_delays_least():
    renderer = Renderer(AUDIO, 2)
    place = torch.linspace(0, 3 * torch.pi, 513, dtype=torch.float64)
    wanted = torch.cos(place) - 0.1 * place
    spectrum = renderer.double().minimum_phase(wanted)
    torch.testing.assert_close(spectrum.abs().log(), wanted, rtol=0.0, atol=1e-9)
    response = torch.fft.irfft(spectrum, 1024)
    assert response[:64].square().sum() > 0.99 * response.square().sum()


def test_noise_alone_has_the_mel_asked_for():
    vocoder = SourceFilter(SMALL, AUDIO)
    frames = 120
    mel = (-3.0 - 0.05 * torch.arange(80.0))[:, None].expand(1, 80, frames)
    controls = torch.zeros(1, vocoder.conv_post.out_channels, frames)
    # The pulses are silent.
    controls[:, : vocoder.amplitude_channels // 2] = -40.0
    pitch = torch.full((1, SMALL.source.steps_per_frame * frames), 250.0)
    noise = torch.randn(1, frames * AUDIO.hop_length, generator=torch.Generator().manual_seed(0))
    made = vocoder.renderer(vocoder.amplitudes(mel, controls), pitch, torch.zeros(1, 1), noise)
    difference = (log_mel(made, AUDIO) - mel)[0, :, 8:-8].mean(1)
    # The mean magnitude of noise is 0.89 of its root mean square, and the logarithm lowers it further where
    # a band has few bins.
    assert difference.mean() == pytest.approx(-0.17, abs=0.06)
    assert difference.std() < 0.1


def test_a_cut_comes_with_its_own_pitch(tmp_path):
    # The pitch of every step says which step it is.
    samples = 100 * AUDIO.hop_length
    np.save(tmp_path / "train.audio.npy", (np.arange(samples) // STEP).astype(np.int16))
    np.save(pitch_file(tmp_path, "train"), np.arange(samples // STEP, dtype=np.float32))
    batch = Cuts(tmp_path, ["train"], AUDIO, 8, None, 0.0, 3, pitched=True).batch(6)
    assert batch.pitch.shape == (6, 8 * AUDIO.hop_length // STEP + 1)
    for wave, pitch in zip(batch.audio, batch.pitch):
        # Levels differ from cut to cut: where it begins is what its shares are.
        expected = torch.arange(pitch[0], pitch[-1] + 1)
        torch.testing.assert_close(pitch, expected)
        steps = wave[::STEP]
        torch.testing.assert_close(steps / steps[-1], pitch[:-1] / pitch[-2], rtol=1e-3, atol=1e-3)
    assert MARGIN * AUDIO.hop_length // STEP <= batch.pitch[:, 0].min()


def cache(folder) -> None:
    """A cache of one list of a hum, with its pitch."""
    (folder / "audio.json").write_text(json.dumps(dataclasses.asdict(AUDIO)))
    np.save(folder / "train.audio.npy", hum(130.0, 3.0))
    write_pitch(folder / "train.audio.npy", pitch_file(folder, "train"), AUDIO.sample_rate)


def options(**changes) -> train.VocoderOptions:
    changes = {"lists": "train", "batch": 2, "frames": 16, "discriminators": "mrd:4", "spectral_share": 0.5} | changes
    return train.VocoderOptions(updates=4, **changes)


def test_training_resumes_exactly_and_learns(tmp_path, monkeypatch):
    monkeypatch.setattr(train, "SourceFilterConfig", lambda: SMALL)
    cache(tmp_path)

    def losses(training: train.Training, updates: int) -> list[dict[str, float]]:
        return [training.update(training.step / 4) for _ in range(updates)]

    whole = losses(train.Training(tmp_path, options()), 4)
    assert "adversarial" in whole[-1] and "adversarial" not in whole[0]
    first = train.Training(tmp_path, options())
    assert losses(first, 3) == whole[:3]
    checkpoint.save(first.state(1.0), tmp_path / "checkpoint.pt")
    second = train.Training(tmp_path, options())
    second.restore(checkpoint.load(tmp_path / "checkpoint.pt"))
    assert losses(second, 1) == whole[3:]
    longer = train.Training(tmp_path, options(spectral_share=1.0))
    pitch = [longer.update(0.5)["pitch"] for _ in range(80)]
    assert pitch[-1] < 0.5 * pitch[0]


def test_a_cache_without_pitch_is_refused(tmp_path):
    cache(tmp_path)
    pitch_file(tmp_path, "train").unlink()
    with pytest.raises(SystemExit, match=r"train\.pitch\.npy is missing"):
        train.Training(tmp_path, options())
    with pytest.raises(SystemExit, match=r"dev\.audio\.npy is missing"):
        write_pitch(tmp_path / "dev.audio.npy", pitch_file(tmp_path, "dev"), AUDIO.sample_rate)
    np.save(pitch_file(tmp_path, "train"), np.zeros(7, np.float32))
    with pytest.raises(SystemExit, match="does not fit the audio"):
        train.Training(tmp_path, options())


def test_a_model_folder_gets_the_vocoder_and_speaks_the_same(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"audio": dataclasses.asdict(AUDIO)}))
    torch.manual_seed(4)
    vocoder = SourceFilter(SMALL, AUDIO)
    install_vocoder(vocoder, tmp_path, default=True)
    config = json.loads((tmp_path / "config.json").read_text())
    assert config["default_vocoder"] == config["vocoder"]["kind"] == "source-filter"
    mel = torch.randn(1, 80, 9) - 6.0
    audio = load_vocoder(tmp_path / "vocoder.safetensors").speak(mel)
    assert audio.shape == (1, 9 * AUDIO.hop_length)
    torch.testing.assert_close(audio, vocoder.speak(mel), rtol=0.0, atol=1e-6)
