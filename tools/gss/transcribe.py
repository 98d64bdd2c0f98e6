"""Transcripts for recordings that have none, by pocketsphinx's stock US English recogniser.

    python -m gss.transcribe DICTIONARY CACHE PHONES

adds the symbols of each utterance of the list `voices` to the file that `gss.phones` wrote.
About one character in six is heard wrong; what is heard wrong sounds alike, and `train_aligner` gives
an alignment's probability to sort by. Their use is to show the encoders many more speakers.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import numpy as np
from pocketsphinx import Decoder

from .config import AudioConfig
from .phones import load_dictionary, text_to_symbols


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dictionary", type=Path)
    parser.add_argument("cache", type=Path)
    parser.add_argument("phones", type=Path)
    arguments = parser.parse_args()
    dictionary = load_dictionary(arguments.dictionary)
    audio, hop = np.load(arguments.cache / "voices.audio.npy", mmap_mode="r"), AudioConfig().hop_length
    entries = json.loads((arguments.cache / "voices.json").read_text())
    # The second passes and a wide beam double the time for less than a percent of the errors.
    decoder = Decoder(samprate=16000, fwdflat=False, bestpath=False, maxhmmpf=3000, loglevel="FATAL")
    phones, transcribed = json.loads(arguments.phones.read_text()), 0
    for entry in entries:
        start, end = entry["start"] * hop, (entry["start"] + entry["frames"]) * hop
        decoder.reinit_feat()
        decoder.start_utt()
        decoder.process_raw(np.array(audio[start:end]).tobytes(), full_utt=True)
        decoder.end_utt()
        hypothesis = decoder.hyp()
        # Alternative pronunciations carry a number: "the(2)".
        text = re.sub(r"\(\d+\)", "", hypothesis.hypstr) if hypothesis else ""
        symbols = text_to_symbols(text, dictionary)
        if symbols is not None:
            phones[entry["utterance"]] = symbols
            transcribed += 1
    arguments.phones.write_text(json.dumps(phones))
    print(f"phones for {transcribed} of {len(entries)} utterances")


if __name__ == "__main__":
    main()
