"""Runs the engine's program, `gss-wgpu`, as its users do."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def find_program() -> Path:
    """GSS_PROGRAM, else what `cargo build` last made in this repository, else `gss-wgpu` on the PATH."""
    if named := os.environ.get("GSS_PROGRAM"):
        return Path(named)
    target = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
    built = [path for profile in ("release", "debug") if (path := target / profile / "gss-wgpu").is_file()]
    if built:
        return max(built, key=lambda path: path.stat().st_mtime)
    if found := shutil.which("gss-wgpu"):
        return Path(found)
    raise SystemExit("gss-wgpu was not found: build it with `cargo build --release`, or set GSS_PROGRAM")


class Program:
    """The program, found when it is first needed."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path

    def run(self, *arguments: str | Path, text: str | None = None) -> str:
        """What it prints on standard output, given `text` on standard input."""
        self.path = self.path or find_program()
        command = [str(self.path), *map(str, arguments)]
        # The corpora that are cloned from here are openly licensed.
        environment = {**os.environ, "GSS_I_HAVE_RIGHTS": "1"}
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False, env=environment)
        if done.returncode != 0:
            raise SystemExit(f"gss-wgpu {arguments[0]} failed: {done.stderr.strip()}")
        return done.stdout

    def symbols(self, texts: Sequence[str]) -> list[list[str]]:
        """Symbols of each text as synthesis would speak it, sentence after sentence; none where there is
        nothing to say."""
        lines = "".join(" ".join(text.split()) + "\n" for text in texts)
        answers = self.run("g2p", "--lines", "--json", text=lines).splitlines()
        if len(answers) != len(texts):
            raise SystemExit(f"gss-wgpu g2p gave {len(answers)} lines for {len(texts)} texts")
        return [[symbol for sentence in json.loads(line) for symbol in sentence["symbols"]] for line in answers]
