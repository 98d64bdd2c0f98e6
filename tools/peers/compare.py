"""Runs the same work on this engine and on its peers, side by side, and prints a table of ratios.

    cd tools
    (cd peers && cargo build --release)
    python -m peers.compare                                   # everything that this machine can run
    python -m peers.compare --works 'conv2d*' 'unet 64, 5 s' --peers burn pytorch:cpu:eager
    python -m peers.compare --from a.json b.json              # one table of earlier runs

Every peer evaluates the same module with the same weights and inputs, and its output must agree with the
reference (PyTorch on the CPU in double precision), or it is not timed. In each round every peer is timed
once, in turns; the figure is the median of the rounds, warm: plans made, kernels tuned, caches filled.
"""

from __future__ import annotations

import argparse
import contextlib
import fnmatch
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from .peer import Peer, PeerError
from .pytorch import MODES, PyTorch
from .report import Row, table
from .workers import Worker
from .works import WORKS, difference, reference

HERE = Path(__file__).parent
OURS = "gss-wgpu"
# One timing lasts at least so long, where a single evaluation is shorter.
TIMING_MS = 100.0
# Evaluations until a peer counts as warm, unless two in a row already agree within a tenth.
MAX_WARM = 4


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--works", nargs="+", default=["*"], metavar="PATTERN", help="names, with * and ?")
    parser.add_argument("--peers", nargs="+", metavar="PEER", help="burn, onnxruntime, pytorch:DEVICE:MODE")
    parser.add_argument("--rounds", type=int, default=5, help="timings of every peer (default 5)")
    parser.add_argument("--seconds", type=float, default=60.0, help="no new round of a work after these (default 60)")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of the peers on the CPU (default: all)")
    parser.add_argument("--adapter", default="auto", help="of the engine, as in `gss-wgpu --device`")
    parser.add_argument("--burn-device", default="auto", help="auto, cpu, discrete, integrated or virtual")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows here")
    parser.add_argument("--from", type=Path, nargs="+", dest="files", metavar="FILE", help="run nothing; join files")
    parser.add_argument("--list", action="store_true", help="name the works and end")
    return parser.parse_args()


def default_peers() -> list[str]:
    peers = ["burn", "pytorch:cpu:eager", "onnxruntime"]
    if torch.cuda.is_available():
        peers += [f"pytorch:cuda:{mode}" for mode in ("eager", "tf32", "bf16", "compile", "graph", "tf32-graph")]
    return peers


def open_peer(name: str, options: argparse.Namespace, folder: Path) -> Peer:
    kind, _, rest = name.partition(":")
    programs = Path(os.environ.get("CARGO_TARGET_DIR", HERE / "target")) / "release"
    if kind == OURS:
        return Worker(programs / "peers-ours", options.adapter, folder)
    if kind == "burn":
        return Worker(programs / "peers-burn", options.burn_device, folder)
    if kind == "onnxruntime":
        # Not everybody who compares has it.
        from .onnx_runtime import OnnxRuntime

        return OnnxRuntime(options.threads)
    device, _, mode = rest.partition(":")
    if kind == "pytorch" and device and mode in MODES:
        return PyTorch(device, mode, options.threads)
    raise PeerError(f"expected burn, onnxruntime, or pytorch:DEVICE:MODE with a mode of {', '.join(MODES)}")


class Contest:
    """One work on all peers, of which the first is the engine."""

    def __init__(self, name: str, peers: list[Peer]) -> None:
        self.name = name
        self.peers = peers
        self.rows = {peer: Row(name, peer.name, peer.adapter) for peer in peers}

    def run(self, rounds: int, seconds: float) -> list[Row]:
        work = WORKS[self.name]()
        expected = reference(work)
        repeats = {}
        for peer in self.peers:
            with self._attempt(peer):
                self._check(peer, peer.prepare(work, self.name), expected)
                repeats[peer] = max(1, round(TIMING_MS / warm(peer)))
        timings = {peer: [] for peer in repeats}
        start = time.monotonic()
        for number in range(rounds):
            if number and time.monotonic() - start > seconds:
                break
            # Another one begins each round, so that no peer always follows the same.
            for peer in rotated([peer for peer in timings if self.rows[peer].failure is None], number):
                with self._attempt(peer):
                    timings[peer].append(peer.time(repeats[peer]))
        for peer, values in timings.items():
            if self.rows[peer].failure is None:
                self.rows[peer].ms = statistics.median(values)
                self.rows[peer].rounds = len(values)
        ours = self.rows[self.peers[0]].ms
        for peer in self.peers:
            self.rows[peer].compare(ours)
            peer.release()
        return list(self.rows.values())

    def _check(self, peer: Peer, output: Tensor, expected: Tensor) -> None:
        distance = difference(output, expected)
        self.rows[peer].difference = distance
        if not distance <= peer.tolerance:
            raise PeerError(f"the output differs by {distance:.2g}, more than {peer.tolerance:g}")

    @contextlib.contextmanager
    def _attempt(self, peer: Peer) -> Iterator[None]:
        """Whatever a library raises concerns its peer alone."""
        try:
            yield
        except Exception as error:  # noqa: BLE001
            message = str(error).strip().splitlines()
            self.rows[peer].failure = message[0] if message else type(error).__name__
            print(f"{self.name}: {peer.name} failed: {self.rows[peer].failure}", file=sys.stderr)


def rotated(peers: list[Peer], number: int) -> list[Peer]:
    first = number % max(1, len(peers))
    return peers[first:] + peers[:first]


def warm(peer: Peer) -> float:
    """Evaluates until the time settles; returns it in milliseconds."""
    last = peer.time(1)
    for _ in range(MAX_WARM - 1):
        previous, last = last, peer.time(1)
        if abs(last - previous) < 0.1 * previous:
            break
    return last


def run(options: argparse.Namespace) -> list[Row]:
    names = [name for name in WORKS if any(fnmatch.fnmatch(name, pattern) for pattern in options.works)]
    if not names:
        raise SystemExit("no work has such a name; --list names them")
    rows, peers = [], []
    with tempfile.TemporaryDirectory() as folder:
        try:
            for name in [OURS, *(options.peers or default_peers())]:
                try:
                    peers.append(open_peer(name, options, Path(folder)))
                except (PeerError, ImportError) as error:
                    if name == OURS:
                        raise SystemExit(f"{name}: {error}") from error
                    print(f"{name} is left out: {error}", file=sys.stderr)
            for name in names:
                rows += Contest(name, peers).run(options.rounds, options.seconds)
                print(f"{name}: done", file=sys.stderr)
                if options.json:
                    write(options.json, rows)
        finally:
            for peer in peers:
                peer.close()
    return rows


def write(path: Path, rows: list[Row]) -> None:
    path.write_text(json.dumps([row.to_dict() for row in rows], indent=1) + "\n")


def main() -> None:
    options = parse_arguments()
    if options.list:
        print("\n".join(WORKS))
        return
    if options.files:
        rows = [Row(**values) for file in options.files for values in json.loads(file.read_text())]
        if options.json:
            write(options.json, rows)
    else:
        rows = run(options)
    print(table(rows))


if __name__ == "__main__":
    main()
