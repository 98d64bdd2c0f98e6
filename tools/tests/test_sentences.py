"""What an evaluation speaks, compares with and may learn from are different recordings."""

import numpy as np
import pytest
import soundfile

sentences = pytest.importorskip("gss.evaluation.sentences", exc_type=ImportError)


def speech(folder, seconds):
    """A list of two speakers with a recording of each of these lengths."""
    lines = ["utterance\tspeaker\tpath\ttext"]
    for speaker in ("ann", "bob"):
        for number, length in enumerate(seconds):
            wave = 0.1 * np.sin(np.arange(int(8000 * length)) / 9.0 + number)
            soundfile.write(folder / f"{speaker}{number}.wav", wave, 8000)
            lines.append(f"{speaker}{number}\t{speaker}\t{speaker}{number}.wav\tsay {number}")
    path = folder / "list.tsv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_no_recording_serves_twice(tmp_path):
    task = sentences.speaking_task(speech(tmp_path, [4.0] * 6 + [6.0] * 8 + [12.0]), 3, None, 1)
    assert sorted(task.references) == ["ann", "bob"]
    for speaker, reference in task.references.items():
        spoken = [sentence.name for sentence in task.sentences if sentence.speaker == speaker]
        others = [path.stem for path in task.others[speaker]]
        spare = [utterance.name for utterance in task.spare[speaker]]
        assert (len(spoken), len(others)) == (3, 8)
        # 12 s are too long for a comparison, not for learning.
        assert f"{speaker}14" in spare
        everything = [reference.stem, *spoken, *others, *spare]
        assert sorted(everything) == sorted(f"{speaker}{number}" for number in range(15))


def test_few_recordings_leave_nothing_to_compare_with(tmp_path):
    task = sentences.speaking_task(speech(tmp_path, [6.0, 6.0]), 3, None, 1)
    assert task.others == {"ann": [], "bob": []}
    assert task.spare == {"ann": [], "bob": []}
