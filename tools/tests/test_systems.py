"""What the names of evaluated systems mean."""

import pytest

from gss.config import SamplingConfig

systems = pytest.importorskip("gss.systems", exc_type=ImportError)


def test_a_name_changes_only_what_it_says():
    default = SamplingConfig(solver="ddim", steps=9, temperature=0.5, clip=2.0)
    assert systems.sampling_of("model", default) == default
    named = systems.sampling_of("dpm++2m:4", default)
    assert (named.solver, named.steps, named.temperature, named.clip) == ("dpm++2m", 4, 0.5, 2.0)
    named = systems.sampling_of("ml-sde:20:0.8:0", default)
    assert (named.solver, named.steps, named.temperature, named.clip) == ("ml-sde", 20, 0.8, None)


def test_a_missing_file_is_named():
    with pytest.raises(SystemExit, match="--model"):
        systems.build("prior", systems.Resources())
    with pytest.raises(SystemExit, match="--vocoder"):
        _ = systems.Resources().generator
