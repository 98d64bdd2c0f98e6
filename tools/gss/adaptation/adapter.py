"""Adapter files: what fits a model to one speaker, as the engine reads it (`--adapter`).

A safetensors file with the speaker's `style`, for a model that transports its mean mel his `transport.map`
and `transport.offset` (`gss.transport`), for one with a one-dimensional score network his `entries` and `pitch`,
and, for each changed weight `NAME` of [o, ..], the thin
matrices `NAME.up` [o, r] and `NAME.down` [r, elements / o]: the weight becomes NAME + up @ down, in the
element type that it has. The notes name the format, its version and the SHA-256 of the one
`model.safetensors` that it belongs to.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from ..transport import Transport, Voice

FORMAT = "gss-adapter"
VERSION = "1"


class AdapterError(Exception):
    """An adapter that cannot be used with this model; the message says why."""


def model_hash(model: Path) -> str:
    """SHA-256 of the weights in a model's folder."""
    return hashlib.sha256((model / "model.safetensors").read_bytes()).hexdigest()


@dataclass
class Adapter:
    """The speaker's voice, and the factors (up, down) of each changed weight by its name."""

    base: str
    voice: Voice
    changes: dict[str, tuple[Tensor, Tensor]]
    notes: dict[str, str] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        """Writes the file: factors in 16 bits, the voice in 32."""
        tensors = self.voice.tensors()
        for name, (up, down) in self.changes.items():
            tensors[f"{name}.up"], tensors[f"{name}.down"] = up.half().contiguous(), down.half().contiguous()
        notes = {"format": FORMAT, "version": VERSION, "base": self.base}
        save_file(tensors, path, self.notes | notes)

    @classmethod
    def load(cls, path: Path, model: Path) -> Adapter:
        """Reads a file that `save` wrote for the model in the folder `model`."""
        with safe_open(path, "pt") as file:
            notes = file.metadata() or {}
            if (notes.pop("format", None), notes.pop("version", None)) != (FORMAT, VERSION):
                raise AdapterError(f"{path} is not an adapter of version {VERSION}")
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        changed = [name.removesuffix(".up") for name in tensors if name.endswith(".up")]
        changes = {name: (tensors[f"{name}.up"], tensors[f"{name}.down"]) for name in changed}
        base = notes.pop("base")
        if base != model_hash(model):
            raise AdapterError(f"{path} was made for another model than {model}")
        parts = tensors.get("entries"), tensors.get("pitch")
        return cls(base, Voice(tensors["style"], Transport.of_tensors(tensors), *parts), changes, notes)

    def apply(self, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
        """The tensors of the model's file with the changes, in the types that they had."""
        changed = dict(tensors)
        for name, (up, down) in self.changes.items():
            weight = tensors[name]
            # In double precision, so that any order of the sum rounds to the same stored number.
            product = (up.double() @ down.double()).view_as(weight)
            changed[name] = (weight.double() + product).to(torch.float32).to(weight.dtype)
        return changed
