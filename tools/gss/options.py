"""Options of a run: a dataclass whose fields are the keys of a TOML file and options of a command.

Later sources win: the field's default, the run's own `run.toml` where it is resumed, the file given with
`--config`, the command line.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import tomllib
from pathlib import Path
from typing import Any

RUN_FILE = "run.toml"


def option(default: Any, help: str, choices: tuple[str, ...] | None = None) -> Any:
    """A field with what `--help` says about it."""
    return dataclasses.field(default=default, metadata={"help": help, "choices": choices})


@dataclasses.dataclass
class RunOptions:
    """What every training knows."""

    minutes: float = option(60.0, "length of the whole run, which the learning rate follows; see --updates")
    updates: int = option(0, "length in updates instead of minutes: only then does a resumed run repeat exactly")
    piece_minutes: float = option(0.0, "stop after so many minutes, to be resumed by the same command; 0: never")
    shard_mib: float = option(0.0, "cut checkpoints into files of at most so many MiB; 0: one file")
    learning_rate: float = option(1e-3, "highest learning rate")
    device: str = option("cpu", "where to train", ("cpu", "cuda", "mps"))
    bf16: bool = option(False, "matrix products in bfloat16 (autocast)")
    threads: int = option(1, "processor threads; two runs of one thread are faster than one of two")
    seed: int = option(0, "seed of initial weights, order and noise")


def add_options(parser: argparse.ArgumentParser, kind: type) -> None:
    """An option for every field of the dataclass `kind`, and `--config`."""
    parser.add_argument("--config", type=Path, help="TOML file of options; the command line wins")
    for field in dataclasses.fields(kind):
        about = {"help": f"{field.metadata['help']} [{field.default}]", "default": argparse.SUPPRESS}
        name = f"--{field.name.replace('_', '-')}"
        if isinstance(field.default, bool):
            parser.add_argument(name, action=argparse.BooleanOptionalAction, **about)
        else:
            parser.add_argument(name, type=type(field.default), choices=field.metadata["choices"], **about)


def read_toml(path: Path, kind: type) -> dict[str, Any]:
    """The options of a file; refuses unknown keys and values of another type."""
    values = tomllib.loads(path.read_text(encoding="utf-8"))
    fields = {field.name: field for field in dataclasses.fields(kind)}
    for key, value in values.items():
        if key not in fields:
            raise SystemExit(f"{path} has the unknown option {key}; known are {', '.join(fields)}")
        wanted = type(fields[key].default)
        if wanted is float and type(value) is int:
            values[key] = float(value)
        elif type(value) is not wanted:
            raise SystemExit(f"{path}: {key} must be of type {wanted.__name__}, not {value!r}")
        choices = fields[key].metadata["choices"]
        if choices and value not in choices:
            raise SystemExit(f"{path}: {key} must be one of {', '.join(choices)}, not {value!r}")
    return values


def resolve(arguments: argparse.Namespace, kind: type, run: Path) -> Any:
    """The options that hold for a run in the folder `run`; they are kept there."""
    kept = run / RUN_FILE
    values = read_toml(kept, kind) if kept.is_file() else {}
    if arguments.config:
        values |= read_toml(arguments.config, kind)
    names = [field.name for field in dataclasses.fields(kind)]
    values |= {name: getattr(arguments, name) for name in names if hasattr(arguments, name)}
    options = kind(**values)
    run.mkdir(parents=True, exist_ok=True)
    write_toml(options, kept)
    return options


def write_toml(options: Any, path: Path) -> None:
    """Writes every option; JSON's strings, numbers and booleans are TOML's."""
    lines = [f"{name} = {json.dumps(value)}\n" for name, value in dataclasses.asdict(options).items()]
    path.write_text("".join(lines), encoding="utf-8")
