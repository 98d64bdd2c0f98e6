"""The page of samples refers to nothing that is not beside it."""

import re

import numpy as np
import pytest
import soundfile

evaluation = pytest.importorskip("gss.evaluation.sentences", exc_type=ImportError)
page = pytest.importorskip("gss.evaluation.page", exc_type=ImportError)


def test_a_page_holds_all_samples_and_no_other_address(tmp_path):
    wave = 0.1 * np.sin(np.arange(16000) / 20).astype(np.float32)
    soundfile.write(tmp_path / "ann.wav", wave, 16000)
    sentence = evaluation.Sentence("a-1", "ann", "1 < 2 & so on", tmp_path / "ann.wav", wave)
    made = page.Page(tmp_path / "page")
    made.add("a-1", "real", wave)
    made.add("a-1", "engine:steps=4", wave, "heard: so <on>")
    index = made.write(evaluation.Task([sentence], {"ann": tmp_path / "ann.wav"}), ["| real | 1 |"]).read_text()
    assert "1 &lt; 2 &amp; so on" in index
    assert "so &lt;on&gt;" in index
    sources = re.findall(r'src="([^"]+)"', index)
    # The reference and two systems, each to see and to hear.
    assert len(sources) == 6
    assert all((tmp_path / "page" / source).is_file() for source in sources)
    assert "://" not in index
