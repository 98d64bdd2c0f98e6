"""Checkpoints: written whole or not at all, and on request in several small files.

The files of `encoders.pt` in pieces are `encoders.pt.1-of-3` and so on: pieces of the bytes that one file
would have.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import torch


def save(state: dict[str, Any], path: Path, shard_mib: float = 0.0) -> None:
    """Writes `state`, in files of at most `shard_mib` MiB if that is not 0; older files go afterwards."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    content = buffer.getbuffer()
    size = int(shard_mib * 2**20) or len(content)
    parts = [content[start : start + size] for start in range(0, len(content), size)]
    names = [path.with_name(f"{path.name}.{i}-of-{len(parts)}") for i in range(1, len(parts) + 1)]
    files = names if len(parts) > 1 else [path]
    for file, part in zip(files, parts, strict=True):
        file.with_name(f"{file.name}.new").write_bytes(part)
    stale = {path, *_shards(path)} - set(files)
    for file in files:
        file.with_name(f"{file.name}.new").replace(file)
    for file in stale:
        file.unlink(missing_ok=True)


def exists(path: Path) -> bool:
    """Whether there is a checkpoint of this name, in one file or several."""
    return path.is_file() or bool(_shards(path))


def load(path: Path, device: str | torch.device = "cpu") -> dict[str, Any]:
    """Reads what `save` wrote."""
    if path.is_file():
        return torch.load(path, map_location=device, weights_only=True)
    shards = _shards(path)
    if not shards:
        raise SystemExit(f"there is no checkpoint {path}")
    counts = {count for _, count in shards.values()}
    if len(counts) > 1 or len(shards) != max(counts):
        raise SystemExit(f"the pieces of {path} are incomplete: {', '.join(file.name for file in shards)}")
    ordered = sorted(shards, key=lambda file: shards[file][0])
    content = io.BytesIO(b"".join(file.read_bytes() for file in ordered))
    return torch.load(content, map_location=device, weights_only=True)


def _shards(path: Path) -> dict[Path, tuple[int, int]]:
    """The pieces of a checkpoint: number and count of each."""
    found = {}
    for file in path.parent.glob(f"{path.name}.*-of-*"):
        number, _, count = file.name.removeprefix(f"{path.name}.").partition("-of-")
        if number.isdigit() and count.isdigit():
            found[file] = (int(number), int(count))
    return found
