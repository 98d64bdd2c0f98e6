"""Every layout of a corpus gives the same kind of list, and bad lists are refused by name."""

import pytest

from gss.data.utterances import ListError, read_utterances


def write(path, text=""):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_a_table_is_read_relative_to_itself(tmp_path):
    write(tmp_path / "list.tsv", 'path\tspeaker\ttext\na/one.wav\tann\tSay "one.\na/two.wav\tbob\t\n')
    one, two = read_utterances(tmp_path / "list.tsv")
    assert (one.name, one.speaker, one.path, one.text) == ("one", "ann", tmp_path / "a/one.wav", 'Say "one.')
    assert two.text == ""


def test_librispeech(tmp_path):
    write(tmp_path / "test-clean/61/70968/61-70968.trans.txt", "61-70968-0000 HE BEGAN\n61-70968-0001 GIVE IT\n")
    write(tmp_path / "test-clean/61/70968/61-70968-0001.opus")
    first, second = read_utterances(tmp_path)
    assert (first.name, first.speaker, first.text) == ("61-70968-0000", "61", "HE BEGAN")
    assert first.path.name == "61-70968-0000.flac"
    assert second.path.name == "61-70968-0001.opus"


def test_libritts(tmp_path):
    stem = "84/121123/84_121123_000007_000001"
    write(tmp_path / f"{stem}.normalized.txt", "Maximilian?\n")
    write(tmp_path / f"{stem}.original.txt", "Maximilian?\n")
    write(tmp_path / f"{stem}.wav")
    [utterance] = read_utterances(tmp_path)
    assert (utterance.speaker, utterance.text) == ("84", "Maximilian?")
    assert utterance.path == tmp_path / f"{stem}.wav"


def test_vctk(tmp_path):
    write(tmp_path / "txt/p225/p225_001.txt", "Please call Stella.\n")
    write(tmp_path / "wav48_silence_trimmed/p225/p225_001_mic1.flac")
    [utterance] = read_utterances(tmp_path)
    assert (utterance.name, utterance.speaker, utterance.text) == ("p225_001", "p225", "Please call Stella.")
    assert utterance.path.name == "p225_001_mic1.flac"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("speaker\ttext\nann\tHi\n", "has no column path"),
        ("path\tspeaker\nx.wav\t\n", "line 2 .* nothing under speaker"),
        ("path\tspeaker\na/x.wav\tann\nb/x.wav\tbob\n", "two utterances with the name x"),
        ("path\tspeaker\n", "holds no utterance"),
    ],
)
def test_a_bad_table_is_refused(tmp_path, content, complaint):
    write(tmp_path / "list.tsv", content)
    with pytest.raises(ListError, match=complaint):
        read_utterances(tmp_path / "list.tsv")


def test_what_is_not_there_is_refused(tmp_path):
    with pytest.raises(ListError, match="neither a list nor a folder"):
        read_utterances(tmp_path / "none")
