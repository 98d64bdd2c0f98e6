"""The committed goldens are what the reference model says, alone and in padded batches."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from gss.export import goldens
from gss.model import PriorEncoder, ScoreUnet, StyleEncoder, TextEncoder

FOLDER = Path(__file__).parents[2] / "tests" / "golden"


@pytest.fixture(scope="module")
def made():
    with torch.inference_mode():
        return {golden.name: golden for golden in goldens.goldens()}


def test_the_committed_files_are_what_the_reference_makes(made):
    assert {path.stem for path in FOLDER.glob("*.safetensors")} == set(made)
    for name, golden in made.items():
        committed = load_file(FOLDER / f"{name}.safetensors")
        assert committed.keys() == golden.tensors.keys()
        for key, tensor in golden.tensors.items():
            torch.testing.assert_close(committed[key], tensor, rtol=1e-5, atol=1e-5, msg=f"{name}: {key}")


def test_the_goldens_stay_small():
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 3_000_000


CASES = [
    ("style_encoder", "style", ["mel"], lambda c, n: StyleEncoder(c.style_encoder, n)),
    ("text_encoder", "text", ["tokens"], lambda c, n: TextEncoder(c.text_encoder, len(c.symbols))),
    (
        "prior_encoder",
        "mu",
        ["text", "style"],
        lambda c, n: PriorEncoder(c.prior_encoder, c.text_encoder.hidden, c.style_encoder.style, n),
    ),
    *(
        (
            f"score_unet_{name}",
            "network",
            ["noisy", "mu", "t", "style"],
            lambda c, n: ScoreUnet(c.score_unet, c.style_encoder.style, n),
        )
        for name in ("time_embedding", "channel", "noise")
    ),
]


@pytest.mark.parametrize(("name", "output", "inputs", "build"), CASES, ids=[case[0] for case in CASES])
def test_a_padded_batch_equals_its_items_alone(made, name, output, inputs, build):
    golden = made[name]
    module = build(golden.config, goldens.N_MELS).double().eval()
    prefix = name.removesuffix("_time_embedding").removesuffix("_channel").removesuffix("_noise") + "."
    module.load_state_dict(
        {key.removeprefix(prefix): tensor for key, tensor in golden.tensors.items() if key.startswith(prefix)}
    )
    lengths = golden.tensors["input.lengths"]
    given = [golden.tensors[f"input.{key}"] for key in inputs]
    mask = torch.arange(given[0].shape[1]) < lengths[:, None]
    with torch.inference_mode():
        batch = module(*(g.double() if g.is_floating_point() else g for g in given), mask=mask)
    torch.testing.assert_close(batch.float(), golden.tensors[f"output.{output}"], rtol=1e-5, atol=1e-5)
